/** The kernel's mount table, read without touching any mount. */
import { readFile } from 'node:fs/promises';

export const SUBTYPE = 'orbit-ghost';

export interface MountEntry {
  readonly mountPoint: string;
  /** `fuse.orbit-ghost`, for example. */
  readonly type: string;
  readonly source: string;
  /** Minor device number: the name of its folder below /sys/fs/fuse/connections. */
  readonly minor: number;
  /** User number of who mounted it; undefined for what is no FUSE mount. */
  readonly owner: number | undefined;
}

/** What this user has mounted with this program, wherever and by which process, in mount order. */
export async function ownMounts(): Promise<readonly MountEntry[]> {
  const type = `fuse.${SUBTYPE}`;
  const uid = process.getuid?.();
  const entries = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
  return entries.filter((entry) => entry.type === type && entry.owner === uid);
}

/** The topmost mount at exactly this absolute path, or undefined. */
export async function mountAt(path: string): Promise<MountEntry | undefined> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8')).findLast(
    (entry) => entry.mountPoint === path,
  );
}

/**
 * Number of the FUSE connection whose mount is topmost at exactly this absolute path, or undefined. Other file systems take
 * their numbers from the same row, and get one again that a connection had.
 */
export async function connectionAt(path: string): Promise<number | undefined> {
  const entry = await mountAt(path);
  return entry !== undefined && /^fuse(blk)?(\.|$)/.test(entry.type) ? entry.minor : undefined;
}

/** Entries in mount order; format: proc_pid_mountinfo(5). */
export function parseMountInfo(text: string): MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of text.split('\n')) {
    const [left, right] = line.split(' - ', 2);
    const [, , device, , mountPoint] = left?.split(' ') ?? [];
    const [type, source, options = ''] = right?.split(' ') ?? [];
    const owner = type?.startsWith('fuse') === true ? /\buser_id=(\d+)/.exec(options)?.[1] : undefined;
    if (device === undefined || mountPoint === undefined || type === undefined) continue;
    entries.push({
      mountPoint: unescape(mountPoint),
      type,
      source: unescape(source ?? ''),
      minor: Number(device.split(':')[1]),
      owner: owner === undefined ? undefined : Number(owner),
    });
  }
  return entries;
}

/** Space, tab, newline and backslash stand as octal escapes; bytes of other characters stand as they are. */
function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
