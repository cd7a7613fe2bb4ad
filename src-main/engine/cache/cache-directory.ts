/**
 * Makes or inspects the cache directory before anything in it is trusted. Invariant: a directory that someone else could
 * write into, or that leads somewhere else, is refused and not touched.
 */
import { lstat } from 'node:fs/promises';
import { GhostError, messageOf } from '../errors.ts';
import { makeDirectory } from '../make-directory.ts';
import { DIRECTORY_MODE } from './cache-layout.ts';

const OTHERS_MAY_WRITE = 0o022;

/** Creates `directory` (absolute, no trailing slash) with mode 0700 if it is missing. Throws CACHE_UNAVAILABLE with a sentence. */
export async function prepareCacheDirectory(directory: string): Promise<void> {
  try {
    makeDirectory(directory, DIRECTORY_MODE);
  } catch (cause) {
    // A file or a dangling link in the way is named better by the inspection below.
    if ((await lstat(directory).catch(() => undefined)) === undefined) {
      throw new GhostError(
        'CACHE_UNAVAILABLE',
        `The cache directory ${directory} cannot be created (${messageOf(cause)}); choose another one.`,
        { cause },
      );
    }
  }
  const reason = await objectionTo(directory);
  if (reason !== undefined) {
    throw new GhostError('CACHE_UNAVAILABLE', `The cache directory ${directory} is refused: ${reason}`);
  }
}

/** Why `directory` is not safe to keep blocks in, or undefined when it is. */
export async function objectionTo(directory: string): Promise<string | undefined> {
  const stats = await lstat(directory);
  if (stats.isSymbolicLink()) return 'it is a symbolic link; give the directory it leads to instead.';
  if (!stats.isDirectory()) return 'it is not a directory; remove it or choose another one.';
  const user = process.geteuid?.();
  if (user !== undefined && stats.uid !== user) {
    return `it belongs to user ${stats.uid} and not to user ${user} who runs this; choose another one.`;
  }
  if ((stats.mode & OTHERS_MAY_WRITE) !== 0) {
    const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
    return `other users may write into it (mode ${mode}); run chmod 700 on it or choose another one.`;
  }
  return undefined;
}
