/**
 * When an engine that ended unasked is started again. People wait for it in their reads, so at once if it served for a moment;
 * one that fails from the start less and less soon, and not for ever. Pure.
 */

const FIRST_DELAY_MS = 100;
const DELAY_FACTOR = 4;
/** Who served for so long had no fault from the start. */
export const HEALTHY_AFTER_MS = 500;
/** What fails so often in a row will fail again. */
export const MAX_FAILURES = 5;
/** An engine that ends so often within this time does nobody any good, however long it runs in between. */
export const MAX_ENDS = 30;
export const ENDS_WITHIN_MS = 600_000;

/** Ends that count, and the failures from the start among them that came last and in a row. */
export interface RestartHistory {
  readonly failures: number;
  /** Times of the clock, oldest first. */
  readonly ends: readonly number[];
}

export const NO_ENDS: RestartHistory = { failures: 0, ends: [] };

export interface RestartDecision extends RestartHistory {
  /** Undefined: do not try again. */
  readonly delayMs: number | undefined;
}

/** `ranMs` is how long it ran since it was ready; 0 when it never was. */
export function afterEnd(
  { failures: before, ends }: RestartHistory,
  now: number,
  ranMs: number,
): RestartDecision {
  const failures = ranMs >= HEALTHY_AFTER_MS ? 1 : before + 1;
  const recent = [...ends.filter((end) => now - end < ENDS_WITHIN_MS), now];
  const isHopeless = failures >= MAX_FAILURES || recent.length >= MAX_ENDS;
  return {
    failures,
    ends: recent,
    delayMs: isHopeless ? undefined : FIRST_DELAY_MS * DELAY_FACTOR ** (failures - 1),
  };
}
