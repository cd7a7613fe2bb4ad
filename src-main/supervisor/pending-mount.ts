/**
 * The place of a mount that is still being made, for who must leave before it is. Invariant: what was mounted there before
 * is never taken for ours. Nothing here touches the place itself: a mount that does not answer yet would not let go.
 */
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
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
