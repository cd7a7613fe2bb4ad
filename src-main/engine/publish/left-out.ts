/** Keeps what a publication leaves out, for its result. Invariant: memory is bounded, and failures are never crowded out. */
import type { SkipKind } from './tree.ts';

export interface Skipped {
  readonly path: string;
  /** Completes the sentence "left out, because ...". */
  readonly reason: string;
}

/** Entries that are listed by name; beyond it they are only counted. */
const LISTED_MAX = 1_000;

export class LeftOut {
  readonly #listed: Readonly<Record<SkipKind, Skipped[]>> = { failed: [], excluded: [] };
  readonly #counts: Record<SkipKind, number> = { failed: 0, excluded: 0 };

  add(entry: Skipped, kind: SkipKind): void {
    this.#counts[kind] += 1;
    if (this.#listed[kind].length < LISTED_MAX) this.#listed[kind].push(entry);
  }

  summary(): {
    readonly skipped: readonly Skipped[];
    readonly skippedCount: number;
    readonly failedCount: number;
  } {
    const { failed, excluded } = this.#counts;
    return {
      skipped: [...this.#listed.failed, ...this.#listed.excluded].slice(0, LISTED_MAX),
      skippedCount: failed + excluded,
      failedCount: failed,
    };
  }
}
