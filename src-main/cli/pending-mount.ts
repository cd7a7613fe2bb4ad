/**
 * The place of a mount that is still being made, for who must leave before it is. Invariant: what was mounted there before
 * is never taken for ours. Nothing here touches the place itself: a mount that does not answer yet would not let go.
 */
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { mountAt } from '../engine/fuse/kernel/mount-table.ts';

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

/** As many as the kernel follows. */
const LINKS_MAX = 40;

/** As the mount table names it. Every component but the last is followed by the kernel, the last by us. */
async function placeOf(wanted: string): Promise<string> {
  let path = resolve(wanted);
  for (let links = 0; links < LINKS_MAX; links += 1) {
    const directory = await realpath(dirname(path)).catch(() => dirname(path));
    path = join(directory, basename(path));
    const target = await readlink(path).catch(() => undefined);
    if (target === undefined) break;
    path = resolve(directory, target);
  }
  return path;
}
