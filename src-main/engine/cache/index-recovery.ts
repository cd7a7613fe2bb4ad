/**
 * Brings the index and the files to agreement when a cache directory is opened: nothing to do after a clean close, a few
 * rows after a crash, a walk over all files when the index cannot be believed. Invariant: files that are not ours stay.
 */
import { lstat, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../log.ts';
import { messageOf } from '../errors.ts';
import type { Boot } from './boot.ts';
import {
  blockOfFile,
  blockPath,
  INDEX_FILE,
  isNamespace,
  isShard,
  isTemporaryFile,
  temporaryPath,
} from './cache-layout.ts';
import { CacheIndex, isDamage } from './cache-index.ts';
import { RowState } from './cache-index-schema.ts';
import type { FoundBlock } from './cache-index.ts';
import type { IndexedBlock } from './cache-index-schema.ts';
import { createPrivateFile } from './directory-lock.ts';

/** Files examined at once: enough to keep the disk busy, few enough that memory does not grow with the cache. */
const FILES_AT_ONCE = 64;
/**
 * Seconds. Blocks are not synchronized to disk one by one, so a power cut may leave the youngest with the right length
 * and wrong bytes. Linux writes a page back 30 seconds after it changed, laptop mode within ten minutes.
 */
const DISTRUSTED_BEFORE_POWER_CUT_S = 600;

export interface Opening {
  /** New for each opening: it tells this session's temporary files from those of others. */
  readonly token: string;
  readonly boot: Boot;
  readonly logger: Logger;
}

/** Opens the index of a directory that this process has locked. Throws what the file system or SQLite throws. */
export async function openIndex(directory: string, opening: Opening): Promise<CacheIndex> {
  const path = join(directory, INDEX_FILE);
  const existing = await lstat(path).catch(() => undefined);
  const index = existing && (await openExisting(directory, opening));
  return index ?? (await rebuild(directory, opening));
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
    await index.confirm(row);
    return;
  }
  await rm(path, { force: true });
  await index.forget(row);
}

async function rebuild(directory: string, { token, boot, logger }: Opening): Promise<CacheIndex> {
  const path = join(directory, INDEX_FILE);
  await removeIndex(directory);
  await createPrivateFile(path);
  const index = new CacheIndex(path);
  try {
    index.startSession(token, boot.id);
    for await (const batch of blocksOnDisk(directory)) await index.adopt(batch);
    await dropDistrusted(directory, index, boot.startedAt);
    index.markComplete();
  } catch (error) {
    index.abandon();
    throw error;
  }
  const { blocks, bytes } = index.usage();
  if (blocks > 0)
    logger.info(`The index of the cache at ${directory} was rebuilt: ${blocks} blocks, ${bytes} bytes.`);
  return index;
}

/** Removes the blocks that a power cut at the end of an earlier boot may have spoilt. */
async function dropDistrusted(directory: string, index: CacheIndex, startedAt: number): Promise<void> {
  const last = index.lastModifiedBefore(startedAt);
  if (last === undefined) return;
  const after = last - DISTRUSTED_BEFORE_POWER_CUT_S;
  const next = () => index.modifiedBetween(after, startedAt);
  for (let rows = next(); rows.length > 0; rows = next()) {
    await Promise.all(
      rows.map(async (row) => {
        await rm(join(directory, blockPath(row)), { force: true });
        await index.forget(row);
      }),
    );
  }
}

/** Every block file below `directory`, a batch at a time; removes temporary files on the way. */
async function* blocksOnDisk(directory: string): AsyncGenerator<readonly FoundBlock[]> {
  let entries: Entry[] = [];
  for await (const entry of entriesOnDisk(directory)) {
    entries.push(entry);
    if (entries.length < FILES_AT_ONCE) continue;
    yield await examineAll(directory, entries);
    entries = [];
  }
  yield await examineAll(directory, entries);
}

async function examineAll(directory: string, entries: readonly Entry[]): Promise<readonly FoundBlock[]> {
  const found = await Promise.all(entries.map((entry) => examine(directory, entry)));
  return found.filter((block) => block !== undefined);
}

interface Entry {
  readonly namespace: string;
  readonly shard: string;
  readonly entry: string;
}

async function* entriesOnDisk(directory: string): AsyncGenerator<Entry> {
  for await (const { name: namespace } of directoriesIn(directory, isNamespace)) {
    for await (const { name: shard } of directoriesIn(join(directory, namespace), isShard)) {
      for await (const file of await opendir(join(directory, namespace, shard))) {
        if (file.isFile()) yield { namespace, shard, entry: file.name };
      }
    }
  }
}

async function* directoriesIn(parent: string, isOurs: (name: string) => boolean) {
  for await (const entry of await opendir(parent)) {
    if (entry.isDirectory() && isOurs(entry.name)) yield entry;
  }
}

async function examine(
  directory: string,
  { namespace, shard, entry }: Entry,
): Promise<FoundBlock | undefined> {
  const path = join(directory, namespace, shard, entry);
  if (isTemporaryFile(entry)) {
    await rm(path, { force: true });
    return undefined;
  }
  const name = blockOfFile(namespace, shard, entry);
  if (name === undefined) return undefined;
  // Deleted since it was listed.
  const stats = await lstat(path).catch(() => undefined);
  return stats && { ...name, bytes: stats.size, modified: Math.floor(stats.mtimeMs / 1_000) };
}
