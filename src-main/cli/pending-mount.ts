/**
 * The place of a mount that is still being made, for who must leave before it is. Invariant: what was mounted there before
 * is never taken for ours. Nothing here touches the place itself: a mount that does not answer yet would not let go.
 */
import { mountAt } from '../engine/fuse/kernel/mount-table.ts';
import { placeOf } from '../engine/fuse/mount-place.ts';

export interface PendingMount {
  readonly wanted: string;
  /** Device number of what was mounted there when the mount began. */
  readonly before: number | undefined;
}

export async function pendingMount(wanted: string): Promise<PendingMount> {
  return { wanted, before: (await mountAt(await placeOf(wanted)))?.minor };
}

/** Where the mount is by now; undefined when it is not in the mount table. */
export async function pendingMountPoint({ wanted, before }: PendingMount): Promise<string | undefined> {
  const place = await placeOf(wanted);
  const entry = await mountAt(place);
  return entry === undefined || entry.minor === before ? undefined : place;
}
