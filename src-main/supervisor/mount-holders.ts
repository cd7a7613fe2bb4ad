/**
 * Who keeps a mount busy: programs with an open file or their working directory in it, and downloads. Reads /proc alone, so it
 * cannot wait for the mount. Other users' programs can be told only by root.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { GhostError } from '../engine/errors.ts';
import type { Download } from './downloads.ts';
import type { JobRecord } from './job-records.ts';

/** A machine has thousands of processes; a handful tells a person what to close. */
const MAX_PROGRAMS = 10;

/**
 * For people: `a download in the browser`, `bash (99)`; at most ten programs, without this one and the readers of its downloads.
 * Empty when nobody uses it, or nobody can be seen.
 */
export async function usersOf(
  { mountPoint }: Pick<JobRecord, 'mountPoint'>,
  downloads: readonly Pick<Download, 'pid'>[] = [],
): Promise<readonly string[]> {
  if (mountPoint === undefined) return [];
  const own = new Set<number | undefined>([process.pid, ...downloads.map(({ pid }) => pid)]);
  const users = inBrowser(downloads.length);
  const most = users.length + MAX_PROGRAMS;
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name) || own.has(Number(name))) continue;
    if (!(await holds(name, mountPoint))) continue;
    const command = await readFile(join('/proc', name, 'comm'), 'utf8').catch(() => '');
    users.push(`${command.trim()} (${name})`);
    if (users.length === most) break;
  }
  return users;
}

/** `/mnt/a is in use by a download in the browser and bash (99). Close …`. Without users it names nobody. */
export function busyError(
  { mountPoint, place }: Pick<JobRecord, 'mountPoint' | 'place'>,
  users: readonly string[],
): GhostError {
  const by = users.length === 0 ? '' : ` by ${new Intl.ListFormat('en').format(users)}`;
  return new GhostError(
    'MOUNT_BUSY',
    `${mountPoint ?? `Job ${place.key}`} is in use${by}. Close what has files or folders of it open, or unmount it by force.`,
    { job: place.job },
  );
}

function inBrowser(downloads: number): string[] {
  if (downloads === 0) return [];
  return [downloads === 1 ? 'a download in the browser' : `${downloads} downloads in the browser`];
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
