/**
 * Remembers for a moment which reads failed. The kernel answers a failed read-ahead by reading the page the program wants
 * once more; without this a program would wait for the deadline, and the source be asked, twice for one read.
 */
import type { CacheKey } from '../../cache/block-cache.ts';
import type { Clock } from '../../clock.ts';
import { GhostError } from '../../errors.ts';
import type { DeferredRead } from './operation-context.ts';

/** The kernel's second read follows at once; the rest is a machine under load. A person who tries again takes longer. */
const REMEMBERED_MS = 1_000;
/** More reads than can fail between a failure and the kernel's second read; the oldest goes first. */
const MAX_FAILURES = 64;

interface Failure {
  readonly key: CacheKey;
  /** First byte that cannot be had, and the first behind the last. */
  readonly start: number;
  readonly end: number;
  readonly error: unknown;
  readonly at: number;
}

export class RecentFailures {
  readonly #clock: Clock;
  #failures: readonly Failure[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({ file, offset, length }: DeferredRead, error: unknown): void {
    const block = error instanceof GhostError ? error.context.block : undefined;
    // The other blocks of the read may be good.
    const start = block === undefined ? offset : Math.max(offset, block * file.blockSize);
    const end =
      block === undefined ? offset + length : Math.min(offset + length, (block + 1) * file.blockSize);
    const failure = { key: file.key, start, end, error, at: this.#clock.now() };
    this.#failures = [...this.#fresh().slice(1 - MAX_FAILURES), failure];
  }

  /** Why a read of bytes that all cannot be had has just failed, or undefined. */
  find({ file, offset, length }: DeferredRead): { readonly error: unknown } | undefined {
    return this.#fresh().find(
      (failure) => failure.key === file.key && failure.start <= offset && offset + length <= failure.end,
    );
  }

  #fresh(): readonly Failure[] {
    const now = this.#clock.now();
    return this.#failures.filter(({ at }) => now - at < REMEMBERED_MS);
  }
}
