/**
 * What one transfer has learnt from its failures, and what it does next. No I/O. Invariant: every failure either uses up
 * a source, a round or a share of the block, so a journey always ends where patience does.
 */
import { MIN_BLOCK_BYTES } from '../config.ts';
import type { GhostError } from '../errors.ts';
import { backOffMs, isRetryable, type RetryPolicy } from './retry.ts';

/** Try the next source at once, wait and start over with the best one, or report the failure. */
export type NextStep =
  { readonly kind: 'switch' } | { readonly kind: 'wait'; readonly ms: number } | { readonly kind: 'give-up' };

export interface Failure {
  /** Position of the source in the ranked list. */
  readonly source: number;
  readonly error: GhostError;
  /** Bytes of the block that were there when the attempt failed. */
  readonly received: number;
  /** Whether the block was put together from several sources. */
  readonly mixed: boolean;
  /** Whether a source may be asked now, its own wish for a pause considered. */
  readonly isReady: (source: number) => boolean;
  /** Whether to go on as long as somebody waits: the network may be about to be back. */
  readonly isPatient: boolean;
}

/**
 * A round that came this much further into the block than any before does not count as failed: a link that is cut again
 * and again still gets through. The smallest block size, so at most 256 rounds of the largest block are free.
 */
const PROGRESS_BYTES = MIN_BLOCK_BYTES;

export class Journey {
  readonly #sources: number;
  readonly #policy: RetryPolicy;
  readonly #random: () => number;
  /** Sources that cannot serve this block at all. */
  readonly #excluded = new Set<number>();
  /** Sources that failed since the last wait. */
  readonly #failed = new Set<number>();
  #rounds = 0;
  #corruptions = 0;
  #mayJoinSources = true;
  /** Most bytes of the block ever held; measured against it, fetching the same part again is no progress. */
  #furthest = 0;
  #progressed = false;

  constructor(sources: number, policy: RetryPolicy, random: () => number) {
    this.#sources = sources;
    this.#policy = policy;
    this.#random = random;
  }

  /** Whether the source is not to be asked now. */
  isBarred(source: number): boolean {
    return this.#excluded.has(source) || this.#failed.has(source);
  }

  /** Whether bytes of several sources may be joined; after a wrong digest each source has to prove itself alone. */
  get mayJoinSources(): boolean {
    return this.#mayJoinSources;
  }

  /** Records a failed attempt and decides. */
  after({ source, error, received, mixed, isReady, isPatient }: Failure): NextStep {
    if (received - this.#furthest >= PROGRESS_BYTES) {
      this.#furthest = received;
      this.#progressed = true;
    }
    if (error.code === 'BLOCK_CORRUPT') this.#mayJoinSources = false;
    if (error.code === 'BLOCK_CORRUPT' && !mixed) {
      this.#corruptions += 1;
      // Once more even from a single source: the bytes may have been turned on the way.
      if (this.#corruptions >= Math.max(2, this.#sources)) return { kind: 'give-up' };
    }
    if (isRetryable(error)) this.#failed.add(source);
    else this.#excluded.add(source);
    if (this.#excluded.size === this.#sources) return { kind: 'give-up' };
    for (let other = 0; other < this.#sources; other += 1) {
      if (!this.isBarred(other) && isReady(other)) return { kind: 'switch' };
    }

    this.#failed.clear();
    if (!this.#progressed) this.#rounds += 1;
    this.#progressed = false;
    if (this.#rounds >= this.#policy.attempts && !isPatient) return { kind: 'give-up' };
    return { kind: 'wait', ms: backOffMs(this.#policy, Math.max(1, this.#rounds), this.#random) };
  }
}
