/**
 * Lets through what a person should hear of, not each of a thousand reads that fail for one reason: one problem per file in
 * some seconds, and few of all files together. What is held back stands in the log.
 */
import type { Clock } from '../clock.ts';

/** A person reads a sentence in this time. */
const INTERVAL_MS = 5_000;
/** More files than that fail for one common reason. */
const MAX_PER_INTERVAL = 10;

export class ProblemGate {
  readonly #clock: Clock;
  /** When each was let through, the oldest first. */
  readonly #admitted = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  admits(what: string): boolean {
    const now = this.#clock.now();
    for (const [known, at] of this.#admitted) {
      if (now - at < INTERVAL_MS) break;
      this.#admitted.delete(known);
    }
    if (this.#admitted.has(what) || this.#admitted.size >= MAX_PER_INTERVAL) return false;
    this.#admitted.set(what, now);
    return true;
  }
}
