/**
 * How the program ends: everything is unmounted, then the engine ends. Invariant: until everything is unmounted an end can be
 * refused or cancelled and the program goes on; after that it ends within a bound, whoever asks for what.
 */
import { GhostError } from '../engine/errors.ts';

export interface EndingOptions {
  /** Rejects with MOUNT_BUSY while something is in use. Once it is cancelled it begins to unmount nothing more. */
  readonly unmountAll: (cancelled: AbortSignal | undefined) => Promise<void>;
  /** Ends everything else. Never rejects. */
  readonly finish: (force: boolean) => Promise<void>;
  /** Makes what `finish` is doing politely a forced end. */
  readonly hurry: () => Promise<unknown>;
}

export class Ending {
  readonly #options: EndingOptions;
  /** Wishes to end that were not taken back. */
  #wishes = 0;
  #finished: Promise<void> | undefined;

  constructor(options: EndingOptions) {
    this.#options = options;
  }

  /** Whether nothing new may begin. */
  get hasBegun(): boolean {
    return this.#wishes > 0;
  }

  /** Rejects with MOUNT_BUSY unless forced, and with INTERRUPTED when it is cancelled in time: then everything goes on. */
  async stop(force: boolean, cancelled: AbortSignal | undefined): Promise<void> {
    const { unmountAll, finish, hurry } = this.#options;
    this.#wishes += 1;
    if (!force && this.#finished === undefined) {
      try {
        await orCancelled(unmountAll(cancelled), cancelled);
      } catch (error) {
        this.#wishes -= 1;
        throw error;
      }
    }
    if (this.#finished === undefined) this.#finished = finish(force);
    else if (force) await hurry();
    await this.#finished;
  }
}

/** Rejects as soon as it is cancelled, whatever `work` waits for. */
async function orCancelled(work: Promise<void>, cancelled: AbortSignal | undefined): Promise<void> {
  const cancellation = Promise.withResolvers<never>();
  const cancel = (): void =>
    cancellation.reject(
      new GhostError('INTERRUPTED', 'Ending was cancelled; what was not being unmounted yet stays mounted.'),
    );
  if (cancelled?.aborted === true) cancel();
  cancelled?.addEventListener('abort', cancel, { once: true });
  try {
    await Promise.race([work, cancellation.promise]);
  } finally {
    cancelled?.removeEventListener('abort', cancel);
  }
}
