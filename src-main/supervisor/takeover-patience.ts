/**
 * How long a mount waits for an engine that can go on with it. A catalogue that is locked, a disk that is away or too few
 * descriptors are over in a moment, and as long as its session is kept nobody's read is lost. Pure.
 */

/** A reader's default deadline: whoever waits in the mount would be given up by then anyway. */
const PATIENCE_MS = 30_000;
/** Often enough for a reader who waits, and nothing to a machine that has a reason to refuse. */
export const RETRY_MS = 1_000;

/** Whether what failed first at `failingSince` is to be tried once more; both by the clock. */
export function isPatient(failingSince: number, now: number): boolean {
  return now - failingSince < PATIENCE_MS;
}
