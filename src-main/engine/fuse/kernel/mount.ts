/**
 * Attaches a FUSE session to a directory and takes it away again: mount(2) for root, the set-user-id helper fusermount3
 * for everybody else. Nothing here talks the protocol.
 */
import { spawn } from 'node:child_process';
import { access, constants, writeFile } from 'node:fs/promises';
import { closeSync, openSync } from 'node:fs';
import { GhostError } from '../../errors.ts';
import { mount, MountFlag, receiveDescriptor, socketPair, UmountFlag, unmount } from './libc.ts';
import { placeTurns } from '../mount-place.ts';
import { connectionAt, mountAt, SUBTYPE } from './mount-table.ts';
import { MAX_REQUEST_BYTES } from './protocol/init.ts';

export const DEVICE = '/dev/fuse';
const HELPER = 'fusermount3';

export interface AttachOptions {
  readonly mountPoint: string;
  /** First column of the mount table. */
  readonly name: string;
  readonly allowOther: boolean;
}

const isRoot = (): boolean => process.geteuid?.() === 0;

/** Why nothing can be mounted here, as a sentence with the remedy, or undefined. */
export async function attachObstacle(): Promise<string | undefined> {
  try {
    await access(DEVICE, constants.R_OK | constants.W_OK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? `There is no ${DEVICE}: this kernel has no FUSE loaded. As root, type: modprobe fuse`
      : `You may not open ${DEVICE}. As root, type: chmod 0666 ${DEVICE}`;
  }
  if (isRoot() || (await helperExists())) return undefined;
  return `${HELPER} is missing, and without it only root can mount. As root, type: apt-get install fuse3`;
}

async function helperExists(): Promise<boolean> {
  const found = await Promise.all(
    (process.env['PATH'] ?? '/usr/bin:/bin').split(':').map((folder) =>
      access(`${folder}/${HELPER}`, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/** Mounts and returns the session's descriptor, which the caller closes. Throws MOUNT_FAILED. */
export async function attach(options: AttachOptions): Promise<number> {
  return isRoot() ? attachAsRoot(options) : await attachWithHelper(options);
}

function attachAsRoot({ mountPoint, name, allowOther }: AttachOptions): number {
  // A plain descriptor, not a FileHandle: it is read by another thread and must not be closed by a garbage collection here.
  const fd = openSync(DEVICE, 'r+');
  const data = [
    `fd=${fd}`,
    'rootmode=40000',
    `user_id=${process.getuid?.() ?? 0}`,
    `group_id=${process.getgid?.() ?? 0}`,
    'default_permissions',
    `max_read=${MAX_REQUEST_BYTES}`,
    ...(allowOther ? ['allow_other'] : []),
  ].join(',');
  try {
    mount(name, mountPoint, `fuse.${SUBTYPE}`, MountFlag.RDONLY | MountFlag.NOSUID | MountFlag.NODEV, data);
  } catch (error) {
    closeSync(fd);
    throw new GhostError('MOUNT_FAILED', `Mounting on ${mountPoint} failed: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  return fd;
}

async function attachWithHelper({ mountPoint, name, allowOther }: AttachOptions): Promise<number> {
  const [ours, theirs] = socketPair();
  const options = [
    'ro',
    'nosuid',
    'nodev',
    `fsname=${name}`,
    `subtype=${SUBTYPE}`,
    'default_permissions',
    `max_read=${MAX_REQUEST_BYTES}`,
    ...(allowOther ? ['allow_other'] : []),
  ].join(',');
  try {
    const helping = runHelper(['-o', options, '--', mountPoint], theirs);
    // Only the helper may hold the other end, or its death would not be noticed.
    closeSync(theirs);
    const [fd, complaint] = await Promise.all([receiveDescriptor(ours), helping]);
    if (fd === undefined) {
      throw new GhostError(
        'MOUNT_FAILED',
        `Mounting on ${mountPoint} failed: ${complaint ?? `${HELPER} sent no descriptor`}.`,
      );
    }
    return fd;
  } finally {
    closeSync(ours);
  }
}

/**
 * Takes the mount away from the tree. A session with readers is aborted too where we may, so that nobody goes on waiting;
 * otherwise it ends when the last of them closes its files, or with this process.
 */
export async function detach(mountPoint: string): Promise<void> {
  const entry = await mountAt(mountPoint);
  if (entry === undefined) return;
  if (isRoot()) {
    unmount(mountPoint, UmountFlag.FORCE | UmountFlag.DETACH);
    return;
  }
  if ((await runHelper(['-u', mountPoint])) === undefined) return;
  const complaint = await runHelper(['-u', '-z', mountPoint]);
  if (complaint !== undefined) {
    throw new GhostError('MOUNT_FAILED', `Unmounting ${mountPoint} failed: ${complaint}.`);
  }
  // Belongs to the user who mounted; where fusectl is not mounted the session ends with its last open file instead.
  await writeFile(`/sys/fs/fuse/connections/${entry.minor}/abort`, '1').catch(() => {});
}

/** Detaches the mount of one FUSE connection; what somebody else has mounted at the same place since stays. */
export async function detachConnection(mountPoint: string, connection: number | undefined): Promise<void> {
  if (connection === undefined) return;
  await placeTurns.take(mountPoint, async () => {
    if ((await connectionAt(mountPoint)) === connection) await detach(mountPoint);
  });
}

/**
 * Takes the mount of one connection away from the tree while nothing in it is open. Throws MOUNT_BUSY otherwise. Does nothing
 * when it is gone already.
 */
export async function detachIdle(mountPoint: string, connection: number | undefined): Promise<void> {
  if (connection === undefined) return;
  const complaint = await placeTurns.take(mountPoint, async () => {
    if ((await connectionAt(mountPoint)) !== connection) return undefined;
    return isRoot() ? unmountComplaint(mountPoint) : await runHelper(['-u', mountPoint]);
  });
  if (complaint === undefined) return;
  // The helper's own words, which it never translates; libc's name of the error for root.
  if (!/busy/i.test(complaint)) {
    throw new GhostError('MOUNT_FAILED', `Unmounting ${mountPoint} failed: ${complaint}.`);
  }
  throw new GhostError(
    'MOUNT_BUSY',
    `${mountPoint} is in use: a program has a file or a folder in it open. Close it and try again, or unmount by force.`,
  );
}

function unmountComplaint(mountPoint: string): string | undefined {
  try {
    unmount(mountPoint, UmountFlag.NOFOLLOW);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Runs fusermount3, with `socket` as its descriptor 3 if given; its complaint, or undefined when it succeeded. */
async function runHelper(args: readonly string[], socket?: number): Promise<string | undefined> {
  const child = spawn(HELPER, args, {
    stdio: ['ignore', 'ignore', 'pipe', ...(socket === undefined ? [] : [socket])],
    env: { ...process.env, _FUSE_COMMFD: '3' },
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk));
  const status = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', (error) => {
      complaint += error.message;
      resolve(null);
    });
  });
  return status === 0 ? undefined : complaint.trim() || `${HELPER} failed`;
}
