/**
 * The directories that the program keeps things in: whether they are there or can be made, whose they are, who uses the cache,
 * and how much room there is. Mends by making and by taking rights away from others, never by deleting.
 */
import { constants } from 'node:fs';
import { access, chmod, lstat, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { objectionTo } from '../../engine/cache/cache-directory.ts';
import { messageOf } from '../../engine/errors.ts';
import { makeDirectory } from '../../engine/make-directory.ts';
import { formatBytes } from '../../output/format.ts';
import type { SettingValues } from '../settings/setting-values.ts';
import type { Check } from './check.ts';

const PRIVATE = 0o700;
const MOUNT_ROOT_MODE = 0o755;
const OTHERS_MAY_WRITE = 0o022;

export type DirectoryValues = Pick<SettingValues, 'mountRoot' | 'cacheDirectory'>;
export type SpaceValues = Pick<SettingValues, 'cacheDirectory' | 'cacheLimitBytes' | 'cacheMinFreeBytes'>;

export async function mountRootCheck({ mountRoot }: DirectoryValues): Promise<Check> {
  const remedy = 'Choose another mount root in the settings.';
  return await directoryCheck({ name: 'Mount folder', path: mountRoot, mode: MOUNT_ROOT_MODE, remedy });
}

export async function logDirectoryCheck(path: string): Promise<Check> {
  const remedy = 'Make it your own, or set XDG_STATE_HOME to another directory.';
  return await directoryCheck({ name: 'Log folder', path, mode: PRIVATE, remedy });
}

export async function cacheDirectoryCheck({ cacheDirectory: path }: DirectoryValues): Promise<Check> {
  const name = 'Cache';
  const remedy = 'Choose another cache directory in the settings.';
  const check = await directoryCheck({ name, path, mode: PRIVATE, remedy });
  const stats = await lstat(path).catch(() => undefined);
  const objection = stats === undefined ? undefined : await objectionTo(path);
  if (stats === undefined || objection === undefined) return check;
  const sentence = `${path} is not used as the cache: ${objection}`;
  const refused: Check = { name, level: 'problem', sentence };
  const isOwn = stats.isDirectory() && stats.uid === process.geteuid?.();
  if (!isOwn || (stats.mode & OTHERS_MAY_WRITE) === 0) return refused;
  return {
    ...refused,
    mend: async () => {
      await chmod(path, PRIVATE);
      return `${path} is now yours alone (mode 0700).`;
    },
  };
}

/** `program` is the process that may use it. */
export async function cacheUserCheck(
  { cacheDirectory }: SpaceValues,
  program: number | undefined,
): Promise<readonly Check[]> {
  // Only now: it loads native code.
  const { directoryHolder } = await import('../../engine/cache/directory-lock.ts');
  const holder = await directoryHolder(cacheDirectory);
  if (holder === undefined || holder === program) return [];
  return [
    {
      name: 'Cache in use',
      level: 'warning',
      sentence: `Process ${holder} uses ${cacheDirectory}, and one process uses a cache at a time.`,
      remedy: 'Whatever else wants to keep blocks needs another cache directory, or has to wait for its end.',
    },
  ];
}

export async function spaceCheck(values: SpaceValues): Promise<Check> {
  const { cacheDirectory, cacheLimitBytes: limit, cacheMinFreeBytes: minFree = 0 } = values;
  const name = 'Free space';
  const { bavail, bsize } = await statfs(await nearestExisting(cacheDirectory));
  const free = bavail * bsize;
  const kept = minFree === 0 ? '' : `, and ${formatBytes(minFree)} of it stay free`;
  const told = `${formatBytes(free)} are free on the disk of the cache${kept}`;
  if (free > minFree) {
    const most = limit === undefined ? 'has no limit' : `may hold ${formatBytes(limit)}`;
    return { name, level: 'ok', sentence: `${told}; the cache ${most}.` };
  }
  return {
    name,
    level: 'warning',
    sentence: `${told}: new blocks are kept only in the place of old ones, or not at all. Files can be read all the same.`,
    remedy: 'Free some space, or set another cache directory or a smaller cache.min-free.',
  };
}

interface Wanted {
  readonly name: string;
  readonly path: string;
  readonly mode: number;
  readonly remedy: string;
}

/** Whether it is, or could be made, a directory that may be written to. */
async function directoryCheck({ name, path, mode, remedy }: Wanted): Promise<Check> {
  try {
    const existing = await nearestExisting(path);
    if (!(await stat(existing)).isDirectory()) {
      return { name, level: 'problem', sentence: `${existing} is not a directory.`, remedy };
    }
    await access(existing, constants.W_OK | constants.X_OK);
    if (existing === path) return { name, level: 'ok', sentence: `${path} can be written to.` };
    return {
      name,
      level: 'ok',
      sentence: `${path} will be made when it is needed.`,
      mend: () => {
        makeDirectory(path, mode);
        return `Made ${path}.`;
      },
    };
  } catch (error) {
    return {
      name,
      level: 'problem',
      sentence: `${path} cannot be written to (${messageOf(error)}).`,
      remedy,
    };
  }
}

async function nearestExisting(path: string): Promise<string> {
  for (let current = path; ; current = dirname(current)) {
    const isThere = await stat(current).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    if (isThere || dirname(current) === current) return current;
  }
}
