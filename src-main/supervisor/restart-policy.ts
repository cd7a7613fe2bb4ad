/** When an engine that ended unasked is started again: soon, then less and less soon, and not for ever. Pure. */

const FIRST_DELAY_MS = 1_000;
/** A person who waits longer takes it for dead. */
const LONGEST_DELAY_MS = 30_000;
/** Who ran for so long had no fault from the start: the next end is a first one. */
export const HEALTHY_AFTER_MS = 60_000;
/** What fails so often in a row will fail again. */
export const MAX_FAILURES = 5;

export interface RestartDecision {
  /** Ends in a row, this one included. */
  readonly failures: number;
  /** Undefined: do not try again. */
  readonly delayMs: number | undefined;
}

/** `ranMs` is how long it ran since it was ready; 0 when it never was. */
export function afterEnd(failuresBefore: number, ranMs: number): RestartDecision {
  const failures = ranMs >= HEALTHY_AFTER_MS ? 1 : failuresBefore + 1;
  if (failures >= MAX_FAILURES) return { failures, delayMs: undefined };
  return { failures, delayMs: Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS) };
}
