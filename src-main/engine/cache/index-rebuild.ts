/**
 * Makes an index anew from the files. A small cache is entered before anybody uses it; a large one is served meanwhile, and what
 * was not entered yet is asked of its file. Invariant: files that are not ours stay; an interrupted rebuild starts over.
 */
import { lstat, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheIndex, FoundBlock } from './cache-index.ts';
import type { IndexedBlock } from './cache-index-schema.ts';
import { blockOfFile, isNamespace, isShard, isTemporaryFile, pinnedFileOf } from './cache-layout.ts';
import type { BlockName } from './cache-layout.ts';
import { PinFiles } from './pin-files.ts';

/** Files examined at once: enough to keep the disk busy, few enough that memory does not grow with the cache. */
const FILES_AT_ONCE = 64;
/** Directory entries read at once. */
const ENTRIES_AT_ONCE = 256;
/**
 * Seconds. Blocks are not synchronized to disk one by one, so a power cut may leave the youngest with the right length
 * and wrong bytes. Linux writes a page back 30 seconds after it changed, laptop mode within ten minutes.
 */
const DISTRUSTED_BEFORE_POWER_CUT_S = 600;

/** What goes on in the cache while its index is made. */
export interface Meanwhile {
  /** Whether the block was removed since the rebuild began. */
  readonly isGone: (name: BlockName) => boolean;
  /** Removes a block, its file and its row. */
  readonly remove: (row: IndexedBlock) => Promise<void>;
  /** Whether nobody needs the index any more. */
  readonly isOver: () => boolean;
}

interface Entry {
  readonly namespace: string;
  readonly shard: string;
  readonly entry: string;
}

export class IndexRebuild {
  readonly #directory: string;
  readonly #index: CacheIndex;
  readonly #bootedAt: number;
  readonly #batches: AsyncGenerator<readonly Entry[]>;
  readonly #pins: PinFiles;
  /** Blocks entered so far. */
  #blocks = 0;

  /** `bootedAt`: seconds since 1970. */
  constructor(directory: string, index: CacheIndex, bootedAt: number) {
    this.#directory = directory;
    this.#index = index;
    this.#bootedAt = bootedAt;
    this.#batches = batchesOnDisk(directory);
    this.#pins = new PinFiles(directory);
  }

  get blocks(): number {
    return this.#blocks;
  }

  /**
   * Enters what there is, and stops after some `files` unless they are all. Resolves to whether the index is complete. Throws
   * what the file system or SQLite throws.
   */
  async run(files: number, { isGone, remove, isOver }: Meanwhile): Promise<boolean> {
    for (let seen = 0; seen < files;) {
      const next = await this.#batches.next();
      if (isOver()) return false;
      if (next.done === true) {
        await this.#dropDistrusted(remove);
        if (!isOver()) this.#index.markComplete();
        return !isOver();
      }
      seen += next.value.length;
      const found = await Promise.all(next.value.map((entry) => this.#examine(entry)));
      if (isOver()) return false;
      const blocks = found.filter((block) => block !== undefined);
      await this.#index.adopt(blocks, isGone);
      this.#blocks += blocks.length;
    }
    return false;
  }

  /** Removes the blocks that a power cut at the end of an earlier boot may have spoilt. */
  async #dropDistrusted(remove: Meanwhile['remove']): Promise<void> {
    const last = this.#index.lastModifiedBefore(this.#bootedAt);
    if (last === undefined) return;
    const after = last - DISTRUSTED_BEFORE_POWER_CUT_S;
    const next = () => this.#index.modifiedBetween(after, this.#bootedAt);
    for (let rows = next(); rows.length > 0; rows = next()) await Promise.all(rows.map(remove));
  }

  /** The block that a file holds; what else it may be is dealt with. */
  async #examine({ namespace, shard, entry }: Entry): Promise<FoundBlock | undefined> {
    const path = join(this.#directory, namespace, shard, entry);
    if (isTemporaryFile(entry)) {
      await rm(path, { force: true });
      return undefined;
    }
    const pinned = pinnedFileOf(namespace, shard, entry);
    if (pinned !== undefined) {
      const pin = await this.#pins.read(pinned);
      if (pin !== undefined) await this.#index.pins.add([pin]);
      return undefined;
    }
    const name = blockOfFile(namespace, shard, entry);
    if (name === undefined) return undefined;
    // Deleted since it was listed.
    const stats = await lstat(path).catch(() => undefined);
    return stats && { ...name, bytes: stats.size, modified: Math.floor(stats.mtimeMs / 1_000) };
  }
}

async function* batchesOnDisk(directory: string): AsyncGenerator<readonly Entry[]> {
  let entries: Entry[] = [];
  for await (const entry of entriesOnDisk(directory)) {
    entries.push(entry);
    if (entries.length < FILES_AT_ONCE) continue;
    yield entries;
    entries = [];
  }
  if (entries.length > 0) yield entries;
}

async function* entriesOnDisk(directory: string): AsyncGenerator<Entry> {
  for await (const { name: namespace } of directoriesIn(directory, isNamespace)) {
    for await (const { name: shard } of directoriesIn(join(directory, namespace), isShard)) {
      const path = join(directory, namespace, shard);
      for await (const file of await opendir(path, { bufferSize: ENTRIES_AT_ONCE })) {
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
