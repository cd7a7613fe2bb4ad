/**
 * Waits for a catalogue that another program has locked, off the responder thread. "5 s, three retries, back-off from
 * 100 ms doubling" is read as: the wait doubles three times (100, 200, 400, 800 ms), then stays at 800 ms, and the whole
 * takes at most 5 s; three retries alone would give up after 0.7 s and make the 5 s meaningless.
 */
import type { Clock } from '../clock.ts';
import { GhostError } from '../errors.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 800;

export interface CataloguePatience {
  /** Milliseconds from the first attempt to the last. */
  readonly budgetMs: number;
  /** Called once, before the first wait. */
  readonly onBusy?: (error: GhostError) => void;
}

/** Longer than a writer's checkpoint, shorter than a person's patience with `ls`. */
const READER_PATIENCE: CataloguePatience = { budgetMs: 5_000 };

/**
 * Runs `operation` until it succeeds. Any error but CATALOGUE_BUSY rejects at once; CATALOGUE_BUSY after the budget, with
 * one last attempt at its end; INTERRUPTED as soon as `signal` aborts.
 */
export async function withCatalogueRetry<T>(
  clock: Clock,
  operation: () => T | Promise<T>,
  signal?: AbortSignal,
  patience: CataloguePatience = READER_PATIENCE,
): Promise<T> {
  const deadline = clock.now() + patience.budgetMs;
  let told = false;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    if (signal?.aborted === true) throw interrupted();
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof GhostError) || error.code !== 'CATALOGUE_BUSY') throw error;
      const left = deadline - clock.now();
      if (left <= 0) throw error;
      if (!told) patience.onBusy?.(error);
      told = true;
      await pause(clock, Math.min(wait, left), signal);
    }
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(interrupted());
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function interrupted(): GhostError {
  return new GhostError('INTERRUPTED', 'The wait for the locked catalogue was interrupted.');
}
