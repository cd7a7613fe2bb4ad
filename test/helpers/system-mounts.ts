/**
 * Reads the kernel's mount table and the FUSE connections behind it, without ever touching a mount: a stat on a
 * dead mount point may hang, a line of /proc/self/mountinfo never does.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface MountEntry {
  readonly mountPoint: string;
  /** For example `fuse.orbit-ghost` or `ext4`. */
  readonly type: string;
  readonly source: string;
  /** Number of the FUSE connection; meaningless for other types. */
  readonly connection: number;
}

const CONNECTIONS = '/sys/fs/fuse/connections';
const execFileAsync = promisify(execFile);

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** All mounts this process sees, in mount order. */
function mountTable(): readonly MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const fields = line.split(' ');
    const separator = fields.indexOf('-');
    const [, , device = '', , mountPoint] = fields;
    const [type, source] = fields.slice(separator + 1);
    if (separator < 0 || mountPoint === undefined || type === undefined || source === undefined) continue;
    const [major = 0, minor = 0] = device.split(':').map(Number);
    // The kernel names a connection after its anonymous device, encoded as 12 bits of major and 20 of minor.
    const connection = major * 2 ** 20 + minor;
    entries.push({ mountPoint: unescape(mountPoint), type, source: unescape(source), connection });
  }
  return entries;
}

/** The topmost mount at exactly `mountPoint`. */
export function mountAt(mountPoint: string): MountEntry | undefined {
  return mountTable().findLast((entry) => entry.mountPoint === mountPoint);
}

/** FUSE mounts at or below `directory`, deepest last mounted first: the order in which to unmount. */
export function fuseMountsBelow(directory: string): readonly MountEntry[] {
  return mountTable()
    .filter(({ type }) => type === 'fuse' || type.startsWith('fuse.'))
    .filter(({ mountPoint }) => mountPoint === directory || mountPoint.startsWith(`${directory}/`))
    .toReversed();
}

/** Makes /sys/fs/fuse/connections readable where nobody mounted it yet; only root can, others keep what there is. */
async function ensureConnectionsVisible(): Promise<void> {
  if (mountTable().some(({ type }) => type === 'fusectl')) return;
  if (process.getuid?.() !== 0) return;
  await execFileAsync('mount', ['-t', 'fusectl', 'fusectl', CONNECTIONS]).catch((cause: unknown) => {
    // Two test workers may have raced for it.
    if (!mountTable().some(({ type }) => type === 'fusectl')) throw cause;
  });
}

/** Requests of a connection that wait for an answer; undefined when the connection is gone or not ours to see. */
export async function waitingRequests(connection: number): Promise<number | undefined> {
  await ensureConnectionsVisible();
  const file = join(CONNECTIONS, String(connection), 'waiting');
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
}

/**
 * Ends a mount by force: aborts the connection, which frees every process stuck in it, then takes the mount away.
 * Returns what was done, or undefined when nothing was mounted there.
 */
export async function abortMount(mountPoint: string): Promise<string | undefined> {
  const entry = mountAt(mountPoint);
  if (entry === undefined) return undefined;
  await ensureConnectionsVisible();
  const abort = join(CONNECTIONS, String(entry.connection), 'abort');
  const aborted = existsSync(abort);
  if (aborted) writeFileSync(abort, '1');
  await lazyUnmount(mountPoint);
  return `${entry.type} at ${mountPoint}: ${aborted ? 'connection aborted, ' : ''}unmounted`;
}

async function lazyUnmount(mountPoint: string): Promise<void> {
  const [command, ...args] =
    process.getuid?.() === 0
      ? (['umount', '-l', '-i', '-c', '--'] as const)
      : (['fusermount3', '-u', '-z', '--'] as const);
  await execFileAsync(command, [...args, mountPoint]).catch((cause: unknown) => {
    // The server may have unmounted by itself once its connection was aborted.
    if (mountAt(mountPoint) !== undefined) throw cause;
  });
}
