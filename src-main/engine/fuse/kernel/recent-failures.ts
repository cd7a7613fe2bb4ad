/**
 * Remembers for a moment which reads failed. The kernel answers a failed read-ahead by reading the page the program wants
 * once more; without this a program would wait for the deadline, and the source be asked, twice for one read.
 */
import type { CacheKey } from '../../cache/block-cache.ts';
import type { Clock } from '../../clock.ts';
import type { DeferredRead } from './operation-context.ts';

/** The kernel's second read follows at once; the rest is a machine under load. A person who tries again takes longer. */
const REMEMBERED_MS = 1_000;

interface Failure {
  readonly key: CacheKey;
  /** First byte, and the first behind the last. */
  readonly start: number;
  readonly end: number;
  readonly error: unknown;
}

export class RecentFailures {
  readonly #clock: Clock;
  readonly #failures = new Set<Failure>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({ file, offset, length }: DeferredRead, error: unknown): void {
    const failure = { key: file.key, start: offset, end: offset + length, error };
    this.#failures.add(failure);
    this.#clock.after(REMEMBERED_MS, () => this.#failures.delete(failure));
  }

  /** Why a read that began at the same place has just failed, or undefined. */
  find({ file, offset }: DeferredRead): { readonly error: unknown } | undefined {
    for (const failure of this.#failures) {
      if (failure.key === file.key && failure.start <= offset && offset < failure.end) return failure;
    }
    return undefined;
  }
}
