/** Several failures of one request as one error. */
import { GhostError, messageOf } from '../engine/errors.ts';

/** What failed among several that were asked to unmount: nothing, one's own error, or MOUNT_BUSY with all their sentences. */
export function throwAll(errors: readonly unknown[]): void {
  const failures = errors.filter((error) => error !== undefined);
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1)
    throw first instanceof Error ? first : new GhostError('INTERNAL', messageOf(first));
  throw new GhostError('MOUNT_BUSY', failures.map((error) => messageOf(error)).join(' '));
}
