/**
 * Holds fetches back while the cache's disk is behind, so that a source faster than the disk is slowed to its pace rather than
 * asked again later for what could not be kept. Invariant: nobody is held longer than MAX_WAIT_MS, whatever the disk does.
 */
import type { Clock } from '../clock.ts';
import type { Flight } from './flight.ts';
import { isHigher } from './priority-queue.ts';

/** Half of what the cache lets wait for its disk, so that those on their way find room, too. */
const MAX_BYTES = 64 * 1024 * 1024;
/** A disk that takes longer for one block than this is no use as a cache; reads then go on without it. */
const MAX_WAIT_MS = 1_000;

export class CommitBacklog {
  readonly #clock: Clock;
  readonly #bytes: () => number;
  /** In order of arrival. */
  readonly #held = new Map<Flight, () => void>();

  /** `bytes` tells how many wait for their commit. */
  constructor(clock: Clock, bytes: () => number) {
    this.#clock = clock;
    this.#bytes = bytes;
  }

  /** Resolves when a fetch for the flight may begin. Undefined: at once. */
  room(flight: Flight): Promise<void> | undefined {
    if (this.#bytes() < MAX_BYTES) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(MAX_WAIT_MS, () => this.#let(flight));
    this.#held.set(flight, () => {
      cancel();
      resolve();
    });
    return promise;
  }

  /** A commit has ended: one fetch may take its place, a reader's first. */
  committed(): void {
    if (this.#bytes() >= MAX_BYTES) return;
    const [first, ...others] = this.#held.keys();
    if (first === undefined) return;
    this.#let(
      others.reduce((best, other) => (isHigher(other.priority, best.priority) ? other : best), first),
    );
  }

  /** The flight is over and waits for nothing. */
  withdraw(flight: Flight): void {
    this.#let(flight);
  }

  #let(flight: Flight): void {
    const go = this.#held.get(flight);
    this.#held.delete(flight);
    go?.();
  }
}
