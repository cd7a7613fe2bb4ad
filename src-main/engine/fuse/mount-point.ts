/**
 * Makes a directory ready to be mounted on: creates it, refuses what must not be covered, takes away the dead mount of a
 * process that was killed. Runs before the mount exists, so touching the path cannot wait for ourselves.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { GhostError, messageOf } from '../errors.ts';
import { makeDirectory } from '../make-directory.ts';
import { mountAt } from './kernel/mount-table.ts';
import { placeOf, placeTurns } from './mount-place.ts';
import { inProcessTurn } from './process-turn.ts';

/** A healthy directory answers in microseconds; past this the mount there hangs. */
const PROBE_LIMIT_MS = 5_000;

export interface MountPointTools {
  /** Takes a dead mount away. */
  detach(path: string): Promise<void>;
}

/**
 * Does what begins with `prepareMountPoint` and ends when the new mount is known: of two who want the same place, also from two
 * processes, the second finds the first there.
 */
export async function inTurnAt<T>(wanted: string, work: () => Promise<T>): Promise<T> {
  const place = await placeOf(wanted);
  return await placeTurns.take(place, () => inProcessTurn(place, work));
}

/** The real path of an empty directory nothing is mounted on. Throws MOUNT_FAILED with a sentence. */
export async function prepareMountPoint(wanted: string, tools: MountPointTools): Promise<string> {
  const path = await placeOf(wanted);
  const mounted = await mountAt(path);
  if (mounted !== undefined) {
    if (!mounted.type.startsWith('fuse'))
      throw occupied(path, `a ${mounted.type} file system is mounted there`);
    if ((await probe(path)) !== 'ENOTCONN')
      throw occupied(path, `${mounted.source} is already mounted there`);
    await tools.detach(path);
  }
  const state = await probe(path);
  if (state === 'ENOENT') {
    try {
      makeDirectory(path, 0o755);
    } catch (error) {
      throw failed(`The mount point ${path} cannot be created: ${messageOf(error)}. Choose another.`, error);
    }
    return await realpath(path);
  }
  if (state === 'file') {
    throw failed(`The mount point ${path} is a file. Choose a directory.`);
  }
  if (state !== 'directory') throw failed(`The mount point ${path} cannot be used: ${state}.`);
  if ((await readdir(path)).length > 0) {
    throw failed(`The mount point ${path} is not empty. Choose an empty directory.`);
  }
  return path;
}

/** 'directory', 'file', or the code of the failure. */
async function probe(path: string): Promise<string> {
  const limit = AbortSignal.timeout(PROBE_LIMIT_MS);
  const late = new Promise<string>((settle) => {
    limit.addEventListener('abort', () => settle('it does not answer'), { once: true });
  });
  const answer = stat(path).then(
    (found) => (found.isDirectory() ? 'directory' : 'file'),
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
  return await Promise.race([answer, late]);
}

function occupied(path: string, by: string): GhostError {
  return failed(
    `The mount point ${path} is in use: ${by}. Unmount it (fusermount3 -u ${path}) or choose another.`,
  );
}

function failed(message: string, cause?: unknown): GhostError {
  return new GhostError('MOUNT_FAILED', message, { cause });
}
