/**
 * Ends a running program: politely, waiting for those who still use a mount, until it is told to force. Invariant: returns
 * when nothing is mounted any more, or throws what kept it from that.
 */
import type { Clock } from '../engine/clock.ts';
import { GhostError } from '../engine/errors.ts';
import type { Program } from '../program.ts';

/** Whoever held the mount may be gone by now. */
const ASK_AGAIN_MS = 1_000;

export interface Departure {
  readonly program: Pick<Program, 'stop'>;
  /** Aborted when nobody wants to wait any longer. */
  readonly forced: AbortSignal;
  readonly clock: Clock;
  /** Called once, with what is in the way. */
  readonly onBusy: (sentence: string) => void;
}

export async function depart({ program, forced, clock, onBusy }: Departure): Promise<void> {
  const force = aborted(forced);
  let told = false;
  while (!forced.aborted) {
    const obstacle = await Promise.race([politely(program), force]);
    if (obstacle === undefined) return;
    if (!told && !forced.aborted) onBusy(obstacle);
    told = true;
    await Promise.race([pause(ASK_AGAIN_MS, clock), force]);
  }
  await program.stop({ force: true });
}

/** What is in the way; undefined when all is over. */
async function politely(program: Pick<Program, 'stop'>): Promise<string | undefined> {
  try {
    await program.stop({ force: false });
    return undefined;
  } catch (error) {
    if (error instanceof GhostError && error.code === 'MOUNT_BUSY') return error.message;
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(''), { once: true });
  });
}

function pause(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
