/**
 * The place of a mount that is still being made, for who must leave before it is. Invariant: what was mounted there before
 * is never taken for ours. Nothing here touches the place itself: a mount that does not answer yet would not let go.
 */
import { placeOf } from '../engine/fuse/mount-place.ts';
import { identifyMount, type MountedAt } from './dead-mounts.ts';

export interface PendingMount {
  readonly wanted: string;
  /** What was mounted there when the mount began. */
  readonly before: MountedAt;
}

/** Never rejects. */
export async function pendingMount(wanted: string): Promise<PendingMount> {
  return { wanted, before: await identifyMount(await placeOf(wanted)) };
}

/** The mount as it is by now; undefined when it is not in the mount table. Never rejects. */
export async function madeMount({ wanted, before }: PendingMount): Promise<MountedAt | undefined> {
  const now = await identifyMount(await placeOf(wanted));
  return now.connection === before.connection ? undefined : now;
}
