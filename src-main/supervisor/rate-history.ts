/** Two minutes of rates, one sample a second, for a sparkline. Pure: times come with the amounts. */

const SAMPLE_MS = 1_000;
const MAX_SAMPLES = 120;
/** Nobody counted for so long: what was before says nothing of what comes. */
const GAP_MS = 5_000;

export interface RateSample {
  /** Bytes per second. */
  readonly fetched: number;
  readonly read: number;
}

export class RateHistory {
  #samples: readonly RateSample[] = [];
  #begun: { readonly at: number; readonly fetched: number; readonly read: number } | undefined;

  /** The oldest first. */
  get samples(): readonly RateSample[] {
    return this.#samples;
  }

  /** `fetched` and `read` are the bytes since the last call, `at` is now in milliseconds. */
  add(at: number, fetched: number, read: number): void {
    const begun = this.#begun;
    if (begun === undefined || at - begun.at > GAP_MS) {
      // What this first amount belongs to nobody knows.
      this.#samples = [];
      this.#begun = { at, fetched: 0, read: 0 };
      return;
    }
    const sum = { at: begun.at, fetched: begun.fetched + fetched, read: begun.read + read };
    const elapsed = at - begun.at;
    if (elapsed < SAMPLE_MS) {
      this.#begun = sum;
      return;
    }
    const perSecond = (bytes: number): number => (bytes * 1_000) / elapsed;
    // A late report stands for all the seconds it covers.
    const covered = Math.floor(elapsed / SAMPLE_MS);
    const sample = { fetched: perSecond(sum.fetched), read: perSecond(sum.read) };
    this.#samples = [...this.#samples, ...Array.from({ length: covered }, () => sample)].slice(-MAX_SAMPLES);
    this.#begun = { at: begun.at + covered * SAMPLE_MS, fetched: 0, read: 0 };
  }
}
