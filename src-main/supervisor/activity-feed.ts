/**
 * What is going on, for who watches. Invariant: the engine is asked for more than counts exactly while somebody does; counts
 * come always, so that there is a past to show.
 */
import { statfs } from 'node:fs/promises';
import type { Clock } from '../engine/clock.ts';
import type { ActivityReport } from '../engine/control/protocol.ts';
import type { Activity } from '../ipc/contract.ts';
import { ActivityBook } from './activity-book.ts';
import { ProblemBook, type RecordedProblem } from './problem-book.ts';

/** Free space changes slowly and asking a network disk takes time. */
const DISK_INTERVAL_MS = 5_000;

export interface ActivityFeedOptions {
  readonly clock: Clock;
  /** Tells the engine whether anybody looks; while there is none, the next one is told. */
  readonly setWatched: (watched: boolean) => void;
  readonly cacheDirectory: string;
  readonly cacheLimitBytes: () => number | undefined;
}

export class ActivityFeed {
  readonly #options: ActivityFeedOptions;
  readonly #book = new ActivityBook();
  readonly #problems = new ProblemBook();
  readonly #listeners = new Set<() => void>();
  #freeDiskBytes: number | undefined;
  #diskAskedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ActivityFeedOptions) {
    this.#options = options;
  }

  watch(listener: () => void): () => void {
    if (!this.#isWatched) this.#options.setWatched(true);
    this.#listeners.add(listener);
    void this.#askDisk();
    return () => {
      if (this.#listeners.delete(listener) && !this.#isWatched) this.#options.setWatched(false);
    };
  }

  report(report: ActivityReport): void {
    this.#book.report(this.#options.clock.now(), report);
    if (!this.#isWatched) return;
    void this.#askDisk();
    this.#changed();
  }

  /** Nobody counts any more: the engine is gone. */
  silence(): void {
    this.#book.silence(this.#options.clock.now());
    this.#changed();
  }

  addProblem(problem: RecordedProblem): void {
    this.#problems.add(problem);
    this.#changed();
  }

  shown(): Activity {
    return {
      at: Date.now(),
      ...this.#book.shown(),
      problems: [...this.#problems.problems],
      cache: {
        usedBytes: this.#book.latest?.cacheUsedBytes ?? 0,
        limitBytes: this.#options.cacheLimitBytes() ?? null,
        freeDiskBytes: this.#freeDiskBytes ?? null,
      },
    };
  }

  get #isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  async #askDisk(): Promise<void> {
    const { clock, cacheDirectory } = this.#options;
    if (clock.now() - this.#diskAskedAt < DISK_INTERVAL_MS) return;
    this.#diskAskedAt = clock.now();
    try {
      const { bavail, bsize } = await statfs(cacheDirectory);
      this.#freeDiskBytes = bavail * bsize;
    } catch {
      // Not made yet, or away: not known.
      this.#freeDiskBytes = undefined;
    }
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
