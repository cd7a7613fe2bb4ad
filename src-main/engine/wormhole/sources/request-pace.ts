/**
 * Counts out requests, so many a second to one host, whichever sources and mounts they are for: a token bucket per host, the
 * most urgent request first. Invariant: never more than two seconds' worth in any second, and what is given up takes no turn.
 */
import type { Clock } from '../../clock.ts';
import { DEFAULT_REQUESTS_PER_SECOND } from '../../config.ts';
import type { Priority } from '../../entangler/block-reader.ts';
import { isHigher } from '../../entangler/priority-queue.ts';

interface Waiting {
  /** As it is when a turn is given away. */
  readonly priority: () => Priority;
  readonly go: () => void;
}

interface Bucket {
  /** Requests that may leave at once; a second's worth at most. */
  tokens: number;
  /** When they were counted, by the clock. */
  at: number;
  /** In order of arrival; no more than there are places for transfers. */
  readonly waiting: Set<Waiting>;
  cancelTimer: (() => void) | undefined;
}

export class RequestPace {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, perSecond = DEFAULT_REQUESTS_PER_SECOND) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Resolves when a request to the host may leave; undefined: at once. Rejects with the signal's reason when it aborts. */
  turn(host: string, priority: () => Priority, signal: AbortSignal): Promise<void> | undefined {
    const bucket = this.#bucketOf(host);
    this.#fill(bucket);
    if (bucket.tokens >= 1 && bucket.waiting.size === 0) {
      bucket.tokens -= 1;
      return undefined;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      bucket.waiting.delete(waiting);
      this.#schedule(bucket);
      reject(signal.reason);
    };
    const waiting: Waiting = {
      priority,
      go: () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      },
    };
    bucket.waiting.add(waiting);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    else this.#schedule(bucket);
    return promise;
  }

  #bucketOf(host: string): Bucket {
    const known = this.#buckets.get(host);
    if (known !== undefined) return known;
    // A full bucket is as good as none: what is left are the hosts asked within the last second.
    for (const [other, bucket] of this.#buckets) {
      this.#fill(bucket);
      if (bucket.tokens === this.#perSecond && bucket.waiting.size === 0) this.#buckets.delete(other);
    }
    const bucket = {
      tokens: this.#perSecond,
      at: this.#clock.now(),
      waiting: new Set<Waiting>(),
      cancelTimer: undefined,
    };
    this.#buckets.set(host, bucket);
    return bucket;
  }

  #fill(bucket: Bucket): void {
    const now = this.#clock.now();
    const earned = ((now - bucket.at) / 1000) * this.#perSecond;
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + earned);
    bucket.at = now;
  }

  #schedule(bucket: Bucket): void {
    if (bucket.waiting.size === 0) {
      bucket.cancelTimer?.();
      bucket.cancelTimer = undefined;
      return;
    }
    // A whole millisecond at least: a timer that runs early by a fraction would find no token.
    const ms = Math.max(1, Math.ceil(((1 - bucket.tokens) / this.#perSecond) * 1000));
    bucket.cancelTimer ??= this.#clock.after(ms, () => {
      bucket.cancelTimer = undefined;
      this.#giveTurns(bucket);
    });
  }

  #giveTurns(bucket: Bucket): void {
    this.#fill(bucket);
    while (bucket.tokens >= 1 && bucket.waiting.size > 0) {
      const next = [...bucket.waiting].reduce((best, one) =>
        isHigher(one.priority(), best.priority()) ? one : best,
      );
      bucket.waiting.delete(next);
      bucket.tokens -= 1;
      next.go();
    }
    this.#schedule(bucket);
  }
}
