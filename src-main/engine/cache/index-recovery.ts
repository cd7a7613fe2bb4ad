/**
 * Brings the index and the files to agreement when a cache directory is opened: nothing to do after a clean close, a few
 * rows after a crash, a walk over all files when the index cannot be believed. Invariant: files that are not ours stay.
 */
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../log.ts';
import { messageOf } from '../errors.ts';
import type { Boot } from './boot.ts';
import { blockPath, INDEX_FILE, temporaryPath } from './cache-layout.ts';
import { CacheIndex, isDamage } from './cache-index.ts';
import { RowState } from './cache-index-schema.ts';
import type { IndexedBlock } from './cache-index-schema.ts';
import { createPrivateFile } from './directory-lock.ts';
import { IndexRebuild } from './index-rebuild.ts';

/** A rebuild of so many takes a moment that nobody notices; beyond, the cache is used while it goes on. */
const FILES_BEFORE_USE = 4_096;

export interface Opening {
  /** New for each opening: it tells this session's temporary files from those of others. */
  readonly token: string;
  readonly boot: Boot;
  readonly logger: Logger;
}

export interface OpenedIndex {
  readonly index: CacheIndex;
  /** What is left to be done to make it complete, by whoever uses it; undefined when it is. */
  readonly rebuild: IndexRebuild | undefined;
}

/** Opens the index of a directory that this process has locked. Throws what the file system or SQLite throws. */
export async function openIndex(directory: string, opening: Opening): Promise<OpenedIndex> {
  const path = join(directory, INDEX_FILE);
  const existing = await lstat(path).catch(() => undefined);
  const index = existing && (await openExisting(directory, opening));
  return index === undefined ? await rebuild(directory, opening) : { index, rebuild: undefined };
}

/** The index as it was left, or undefined when it cannot be believed. */
async function openExisting(
  directory: string,
  { token, boot, logger }: Opening,
): Promise<CacheIndex | undefined> {
  const path = join(directory, INDEX_FILE);
  let index: CacheIndex | undefined;
  try {
    await createPrivateFile(path);
    index = new CacheIndex(path);
    if (index.isCurrent(boot.id)) {
      await settle(directory, index, index.startSession(token, boot.id));
      return index;
    }
    logger.warn(`The index of the cache at ${directory} is stale; it is rebuilt.`);
  } catch (error) {
    index?.abandon();
    if (!isDamage(error)) throw error;
    logger.warn(`The index of the cache at ${directory} is damaged (${messageOf(error)}); it is rebuilt.`);
    return undefined;
  }
  index.abandon();
  return undefined;
}

/** Removes the index with SQLite's companion files, which would otherwise be applied to its successor. */
export async function removeIndex(directory: string): Promise<void> {
  for (const suffix of ['-wal', '-shm', '-journal', '']) {
    await rm(join(directory, `${INDEX_FILE}${suffix}`), { force: true });
  }
}

/** Finishes what a killed process had begun; `token` is that process's. */
async function settle(directory: string, index: CacheIndex, token: string): Promise<void> {
  for (let rows = index.unsettled(); rows.length > 0; rows = index.unsettled()) {
    await Promise.all(rows.map((row) => settleOne(directory, index, { row, token })));
  }
}

async function settleOne(
  directory: string,
  index: CacheIndex,
  { row, token }: { readonly row: IndexedBlock; readonly token: string },
): Promise<void> {
  await rm(join(directory, temporaryPath(row, token)), { force: true });
  const path = join(directory, blockPath(row));
  const stats = await lstat(path).catch(() => undefined);
  if (row.state === RowState.writing && stats?.isFile() === true && stats.size === row.bytes) {
    await index.confirm(row, undefined);
    return;
  }
  await rm(path, { force: true });
  await index.forget(row);
}

async function rebuild(directory: string, { token, boot, logger }: Opening): Promise<OpenedIndex> {
  const path = join(directory, INDEX_FILE);
  await removeIndex(directory);
  await createPrivateFile(path);
  const index = new CacheIndex(path);
  try {
    index.startSession(token, boot.id);
    const rebuild = new IndexRebuild(directory, index, boot.startedAt);
    const isComplete = await rebuild.run(FILES_BEFORE_USE, {
      isGone: () => false,
      isOver: () => false,
      remove: async (row) => {
        await rm(join(directory, blockPath(row)), { force: true });
        await index.forget(row);
      },
    });
    if (!isComplete) return { index, rebuild };
  } catch (error) {
    index.abandon();
    throw error;
  }
  if (index.usage().blocks > 0) logger.info(rebuiltSentence(directory, index));
  return { index, rebuild: undefined };
}

export function rebuiltSentence(directory: string, index: CacheIndex): string {
  const { blocks, bytes } = index.usage();
  return `The index of the cache at ${directory} was rebuilt: ${blocks} blocks, ${bytes} bytes.`;
}
