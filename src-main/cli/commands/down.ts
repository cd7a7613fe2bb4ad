/** `orbit-ghost down`: ends the running program and returns when its process is gone. */
import { setTimeout as delay } from 'node:timers/promises';
import { GhostError } from '../../engine/errors.ts';
import { EXIT_OK } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { withRunning } from '../running.ts';

export interface DownCommand {
  readonly force: boolean;
}

/** The supervisor gives the engine 15 seconds to finish; past this something hangs. */
const END_LIMIT_MS = 20_000;
const LOOK_AGAIN_MS = 20;

export async function downCommand({ force }: DownCommand): Promise<Outcome> {
  const pid = await withRunning(async (client) => {
    const info = await client.call('app.info', {});
    await client.call('app.stop', { force });
    return info.pid;
  });
  await ended(pid);
  process.stdout.write('Orbit GhostFS has ended; nothing is mounted any more.\n');
  return { code: EXIT_OK, atOnce: false };
}

/** A process that is not our child tells nobody when it ends. */
async function ended(pid: number): Promise<void> {
  const limit = performance.now() + END_LIMIT_MS;
  while (isAlive(pid)) {
    if (performance.now() > limit) {
      throw new GhostError(
        'TIMEOUT',
        `Everything is unmounted, but process ${pid} has not ended within ${END_LIMIT_MS / 1000} s; type \`kill ${pid}\`.`,
      );
    }
    await delay(LOOK_AGAIN_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
