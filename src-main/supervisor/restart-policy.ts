/**
 * When an engine that ended unasked is started again. People wait for it in their reads, so at once if it served for a moment;
 * one that fails from the start less and less soon, and not for ever. Pure.
 */

const FIRST_DELAY_MS = 100;
const DELAY_FACTOR = 4;
/** A person who waits in a read does not wait longer for the next try. */
export const LONGEST_DELAY_MS = 2_000;
/** Who served for so long had no fault from the start. */
export const HEALTHY_AFTER_MS = 500;
/** Fewer in a row say nothing. */
const MIN_FAILURES = 5;
/** What has failed from the start for so long, again and again, will fail again. */
export const PATIENCE_MS = 8_000;
/** The same when it began to serve each time: then something outside may end it, again and again. */
export const SERVING_PATIENCE_MS = 60_000;
/** After so many ends within this time there is no hurry any more. */
export const MANY_ENDS = 30;
export const ENDS_WITHIN_MS = 600_000;

/** Ends that count, and the failures from the start among them that came last and in a row. */
export interface RestartHistory {
  readonly failures: number;
  /** When the first of those failures was. By the clock. */
  readonly failingSince: number;
  /** Whether one of them served at all. */
  readonly hasServed: boolean;
  /** Times of the clock, oldest first. */
  readonly ends: readonly number[];
}

export const NO_ENDS: RestartHistory = { failures: 0, failingSince: 0, hasServed: false, ends: [] };

export interface RestartDecision extends RestartHistory {
  /** Undefined: do not try again. */
  readonly delayMs: number | undefined;
}

/** `ranMs` is how long it ran since it was ready; 0 when it never was. */
export function afterEnd(before: RestartHistory, now: number, ranMs: number): RestartDecision {
  const isHealthy = ranMs >= HEALTHY_AFTER_MS;
  const failures = isHealthy ? 0 : before.failures + 1;
  const failingSince = failures <= 1 ? now : before.failingSince;
  const hasServed = !isHealthy && (ranMs > 0 || (failures > 1 && before.hasServed));
  const ends = [...before.ends.filter((end) => now - end < ENDS_WITHIN_MS), now];
  const patience = hasServed ? SERVING_PATIENCE_MS : PATIENCE_MS;
  const isHopeless = failures >= MIN_FAILURES && now - failingSince >= patience;
  const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * DELAY_FACTOR ** Math.max(0, failures - 1));
  return {
    failures,
    failingSince,
    hasServed,
    ends,
    delayMs: isHopeless ? undefined : ends.length < MANY_ENDS ? delayMs : LONGEST_DELAY_MS,
  };
}
