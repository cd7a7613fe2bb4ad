/**
 * Who keeps a mount busy: programs with an open file or their working directory in it. Reads /proc alone, so it cannot wait for
 * the mount. Other users' programs can be told only by root.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { GhostError } from '../engine/errors.ts';
import type { JobRecord } from './job-records.ts';

export interface Holder {
  readonly pid: number;
  readonly process: string;
}

/** A machine has thousands of processes; a handful tells a person what to close. */
const MAX_HOLDERS = 10;

/** At most ten, without this process's own. Empty when nobody does, or nobody can be seen. */
export async function holdersOf(mountPoint: string): Promise<readonly Holder[]> {
  const holders: Holder[] = [];
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    if (!(await holds(name, mountPoint))) continue;
    const command = await readFile(join('/proc', name, 'comm'), 'utf8').catch(() => '');
    holders.push({ pid: Number(name), process: command.trim() });
    if (holders.length === MAX_HOLDERS) break;
  }
  return holders;
}

/** `/mnt/a is in use by cat (1234) and bash (99); close them …`. Without holders it says no more than that. */
export function busyError(
  { mountPoint, place }: Pick<JobRecord, 'mountPoint' | 'place'>,
  holders: readonly Holder[],
): GhostError {
  const names = holders.map(({ pid, process }) => `${process} (${pid})`);
  const by = names.length === 0 ? '' : ` by ${new Intl.ListFormat('en').format(names)}`;
  return new GhostError(
    'MOUNT_BUSY',
    `${mountPoint ?? `Job ${place.key}`} is in use${by}. Close what has files or folders of it open, or unmount it by force.`,
    { job: place.job },
  );
}

async function holds(pid: string, mountPoint: string): Promise<boolean> {
  const directory = join('/proc', pid);
  const descriptors = await readdir(join(directory, 'fd')).catch(() => []);
  const links = ['cwd', 'root', ...descriptors.map((descriptor) => join('fd', descriptor))];
  for (const link of links) {
    // The kernel answers from its own memory; the file behind the link is not looked at.
    const target = await readlink(join(directory, link)).catch(() => '');
    if (target === mountPoint || target.startsWith(`${mountPoint}/`)) return true;
  }
  return false;
}
