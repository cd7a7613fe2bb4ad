/** Judges from samples whether something grows, or only comes and goes. Pure. */

export interface Sample {
  /** Milliseconds since some moment. */
  readonly at: number;
  readonly value: number;
}

export interface Growth {
  /** The least of the first and of the last part of the time. */
  readonly first: number;
  readonly last: number;
  /** By which the least of each part grows from the beginning to the end, as a straight line through them has it. */
  readonly growth: number;
}

/** What is not needed is given back now and then: the least within each part is what stays. */
const PARTS = 12;

export function growthOf(samples: readonly Sample[]): Growth {
  const start = samples[0]?.at ?? 0;
  const span = (samples.at(-1)?.at ?? 0) - start + 1;
  const least: Sample[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    const within = samples.filter(({ at }) => Math.floor(((at - start) / span) * PARTS) === part);
    if (within.length > 0) least.push({ at: part, value: Math.min(...within.map(({ value }) => value)) });
  }
  const last = least.at(-1)?.value ?? 0;
  return { first: least[0]?.value ?? 0, last, growth: slopeOf(least) * (PARTS - 1) };
}

/** By the method of least squares. */
function slopeOf(points: readonly Sample[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [at, value] = [mean(points.map((point) => point.at)), mean(points.map((point) => point.value))];
  const spread = points.reduce((sum, point) => sum + (point.at - at) ** 2, 0);
  return spread === 0
    ? 0
    : points.reduce((sum, point) => sum + (point.at - at) * (point.value - value), 0) / spread;
}
