/**
 * Keeps a second process out of a cache directory. The lock is an exclusive transaction on an empty SQLite database,
 * which is a kernel file lock: it vanishes with its process, however that ends. Invariant: this process never opens and
 * closes the lock file by other means while it is held, because POSIX would drop the lock with that descriptor.
 */
import { lstat, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { GhostError, messageOf } from '../errors.ts';
import { FILE_MODE, LOCK_FILE } from './cache-layout.ts';

export interface DirectoryLock {
  release(): void;
}

/** Throws CACHE_UNAVAILABLE, naming the directory and the process that holds it where the system tells. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = join(directory, LOCK_FILE);
  await createPrivateFile(path);
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: 0, fileMustExist: true });
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return { release: () => void held.close() };
  } catch (cause) {
    database?.close();
    if (!(cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY'))) {
      const sentence = `The lock file ${path} cannot be used (${messageOf(cause)}); remove it if no program uses the cache.`;
      throw new GhostError('CACHE_UNAVAILABLE', sentence, { cause });
    }
    const pid = await holderOf(path);
    const who =
      pid === undefined
        ? 'another process'
        : pid === process.pid
          ? 'this process'
          : `process ${await programOf(pid)}`;
    throw new GhostError(
      'CACHE_UNAVAILABLE',
      `The cache directory ${directory} is in use by ${who}; stop that or choose another cache directory with --cache-dir.`,
      { cause },
    );
  }
}

/** Creates an empty file with mode 0600 unless a plain file of that name is there; SQLite alone would make it 0644. */
export async function createPrivateFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'wx', FILE_MODE);
    await file.close();
  } catch (cause) {
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile() === true) return;
    throw new GhostError(
      'CACHE_UNAVAILABLE',
      `The cache file ${path} cannot be used (${stats === undefined ? messageOf(cause) : 'it is not a plain file'}).`,
      { cause },
    );
  }
}

/** The process the kernel says holds a lock on `path`. Linux lists locks as `major:minor:inode`, the numbers in hex. */
async function holderOf(path: string): Promise<number | undefined> {
  try {
    const [locks, stats] = await Promise.all([readFile('/proc/locks', 'utf8'), lstat(path)]);
    const major = (stats.dev >> 8) & 0xfff;
    const minor = (stats.dev & 0xff) | ((stats.dev >> 12) & 0xfff00);
    const hex = (value: number) => value.toString(16).padStart(2, '0');
    const file = ` ${hex(major)}:${hex(minor)}:${stats.ino} `;
    const line = locks.split('\n').find((candidate) => candidate.includes(file));
    const pid = Number(/ (\d+) [0-9a-f]+:/.exec(line ?? '')?.[1]);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The process to stop, see `programOf`, so that nobody uses the directory; undefined when nobody does or the system does not tell. */
export async function directoryHolder(directory: string): Promise<number | undefined> {
  const pid = await holderOf(join(directory, LOCK_FILE));
  return pid === undefined ? undefined : await programOf(pid);
}

/** What a person can stop: the program that an engine belongs to, which is its parent, or the process itself. */
async function programOf(pid: number): Promise<number> {
  try {
    const [command, status] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    const parent = Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1]);
    // Without its program an engine leaves by itself; the system's first process is not to be stopped.
    return command.includes('/engine-main.') && parent > 1 ? parent : pid;
  } catch {
    return pid;
  }
}
