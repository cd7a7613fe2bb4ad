/**
 * Which of the ranked sources serves the next request: the first healthy one. Pure: state in, decision out. Invariant: a
 * source that asked for a pause is never chosen without waiting for its end, and that pause is shared by all transfers.
 */

export interface SourceHealth {
  readonly failuresInARow: number;
  /** Until then better sources are preferred (clock milliseconds). */
  readonly unhealthyUntil: number;
  /** Until then the server does not want to be asked (clock milliseconds). */
  readonly pausedUntil: number;
}

export const HEALTHY: SourceHealth = { failuresInARow: 0, unhealthyUntil: 0, pausedUntil: 0 };

/** One failure is chance, three without a success between them are a state. */
const FAILURES_UNTIL_UNHEALTHY = 3;
/** Long enough to spare readers the dead source, short enough to come back to the best one soon. */
const UNHEALTHY_MS = 5_000;

export function healthAfterFailure(health: SourceHealth, now: number, pauseMs: number): SourceHealth {
  const failuresInARow = health.failuresInARow + 1;
  return {
    failuresInARow,
    unhealthyUntil: failuresInARow >= FAILURES_UNTIL_UNHEALTHY ? now + UNHEALTHY_MS : health.unhealthyUntil,
    pausedUntil: Math.max(health.pausedUntil, now + pauseMs),
  };
}

/** A success ends the run of failures, but not the pause the server has asked another transfer to make. */
export function healthAfterSuccess(health: SourceHealth): SourceHealth {
  return { ...HEALTHY, pausedUntil: health.pausedUntil };
}

export interface SourceChoice {
  /** Position in the ranked list. */
  readonly index: number;
  /** Milliseconds to wait before asking; 0 for now. */
  readonly waitMs: number;
}

/** The source to ask, `barred` ones apart; undefined when none is left. `ranked` is in rank order, best first. */
export function chooseSource(
  ranked: readonly SourceHealth[],
  now: number,
  barred: (index: number) => boolean,
): SourceChoice | undefined {
  let best: { readonly index: number; readonly waitMs: number; readonly unhealthy: boolean } | undefined;
  for (const [index, health] of ranked.entries()) {
    if (barred(index)) continue;
    const waitMs = Math.max(0, health.pausedUntil - now);
    const unhealthy = health.unhealthyUntil > now;
    const better =
      best === undefined || waitMs < best.waitMs || (waitMs === best.waitMs && best.unhealthy && !unhealthy);
    if (better) best = { index, waitMs, unhealthy };
  }
  return best === undefined ? undefined : { index: best.index, waitMs: best.waitMs };
}
