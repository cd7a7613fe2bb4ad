/** Turns totals that are reported now and then into rates over about the last second. Pure: times come with the totals. */

/** Long enough not to flicker, short enough to be now. Milliseconds. */
const WINDOW_MS = 1_000;
/** Nobody counted for so long: an average over it says nothing of now. Milliseconds. */
const GAP_MS = 5_000;

interface Sample {
  readonly at: number;
  readonly totals: ReadonlyMap<string, number>;
}

export class RateMeter {
  /** The oldest first; all but the first are within the window. */
  #samples: Sample[] = [];

  /** `at` in milliseconds. A key that was not in an earlier report counted from nothing. */
  report(at: number, totals: ReadonlyMap<string, number>): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && at - last.at > GAP_MS) this.#samples = [];
    this.#samples.push({ at, totals });
    const inside = this.#samples.findIndex((sample) => sample.at > at - WINDOW_MS);
    this.#samples = this.#samples.slice(Math.max(inside - 1, 0));
  }

  /** Per second. 0 for what has just begun to be watched, and for a total that began anew. */
  rate(key: string): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return 0;
    const gained = (last.totals.get(key) ?? 0) - (first.totals.get(key) ?? 0);
    return Math.max(0, (gained * 1_000) / (last.at - first.at));
  }
}
