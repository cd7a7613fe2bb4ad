/**
 * The block cache on disk: takes verified blocks from the event loop and writes them behind the readers' backs.
 * Invariant: operations on one block run one after the other, and a file exists only while the index names it.
 */
import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { BlockCache, CacheKey } from './block-cache.ts';
import { BlockFiles } from './block-files.ts';
import { BlockStore } from './block-store.ts';
import { currentBoot } from './boot.ts';
import type { Boot } from './boot.ts';
import { CacheChanges } from './cache-changes.ts';
import type { CacheListener } from './cache-changes.ts';
import { prepareCacheDirectory } from './cache-directory.ts';
import { CacheHealth } from './cache-health.ts';
import type { CacheIndex } from './cache-index.ts';
import type { CacheUsage, IndexedBlock, NamespaceUsage } from './cache-index-schema.ts';
import { blockName, blockPath, shardOf } from './cache-layout.ts';
import { lockDirectory } from './directory-lock.ts';
import type { DirectoryLock } from './directory-lock.ts';
import { Eviction, REMOVALS_AT_ONCE } from './eviction.ts';
import { openIndex, removeIndex } from './index-recovery.ts';
import { RecentUses } from './recent-uses.ts';
import { Removals } from './removals.ts';
import { WriteQueue } from './write-queue.ts';

export interface DiskCacheOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Bytes of blocks, of all jobs together; undefined is as much as the disk holds. */
  readonly limit?: number | undefined;
  /** Defaults to the running system's; tests play a reboot with it. */
  readonly boot?: Boot;
}

interface Parts {
  readonly directory: string;
  readonly lock: DirectoryLock;
  readonly index: CacheIndex;
  readonly files: BlockFiles;
  readonly health: CacheHealth;
  readonly changes: CacheChanges;
  readonly limit: number | undefined;
}

const NOTHING: CacheUsage = { blocks: 0, bytes: 0 };

export class DiskCache implements BlockCache {
  /** Shared with the responder threads, so that they let go of removed blocks. */
  readonly removals = new Removals();
  readonly #directory: string;
  readonly #lock: DirectoryLock;
  readonly #index: CacheIndex;
  readonly #files: BlockFiles;
  readonly #health: CacheHealth;
  readonly #changes: CacheChanges;
  readonly #queue = new WriteQueue();
  readonly #store: BlockStore;
  readonly #uses: RecentUses;
  readonly #eviction: Eviction;
  #closing: Promise<void> | undefined;

  private constructor({ directory, lock, index, files, health, changes, limit }: Parts) {
    this.#directory = directory;
    this.#lock = lock;
    this.#index = index;
    this.#files = files;
    this.#health = health;
    this.#changes = changes;
    this.#store = new BlockStore({
      index,
      files,
      health,
      changes,
      removals: this.removals,
      queue: this.#queue,
    });
    this.#uses = new RecentUses(index, (error) => health.failed(error));
    this.#eviction = new Eviction(
      {
        storedBytes: () => index.usage().bytes,
        settleUses: () => this.#uses.settle(),
        leastRecentlyUsed: (use, visit) => index.leastRecentlyUsed(use, visit),
        isBusy: (block) => this.#queue.isBusy(blockPath(block)),
        remove: async (block) => void (await this.#removeStored(block)),
      },
      limit,
    );
    this.#enforceLimit();
  }

  /**
   * Creates the directory if it is missing. Throws CACHE_UNAVAILABLE with a sentence when the directory is unsafe, in use
   * by another process, or unusable.
   */
  static async open(path: string, { logger, clock, limit, boot }: DiskCacheOptions): Promise<DiskCache> {
    const directory = resolve(path);
    await prepareCacheDirectory(directory);
    const lock = await lockDirectory(directory);
    try {
      const token = randomBytes(6).toString('hex');
      const index = await openIndex(directory, { token, boot: boot ?? (await currentBoot()), logger });
      const files = new BlockFiles(directory, token);
      return new DiskCache({
        directory,
        lock,
        index,
        files,
        health: new CacheHealth(directory, { logger, clock }),
        changes: new CacheChanges(logger),
        limit,
      });
    } catch (cause) {
      lock.release();
      if (cause instanceof GhostError) throw cause;
      const sentence = `The cache at ${directory} cannot be opened (${messageOf(cause)}); check the disk or choose another directory.`;
      throw new GhostError('CACHE_UNAVAILABLE', sentence, { cause });
    }
  }

  /** Why blocks are not being kept at present, as a sentence; undefined while all is well. */
  get degraded(): string | undefined {
    return this.#health.trouble;
  }

  usage(): CacheUsage {
    return this.#index.usage();
  }

  /** What a job's blocks take; nothing once the cache is closed, as in all that follow. */
  usageOf(namespace: string): CacheUsage {
    return this.#ask(() => this.#index.usageOf(namespace), NOTHING);
  }

  /** What the blocks of each job take that has any, by name. */
  namespaces(): readonly NamespaceUsage[] {
    return this.#ask(() => this.#index.namespaces(), []);
  }

  /** What the blocks of one file take: one look-up, however many there are. */
  fileUsage(key: CacheKey): CacheUsage {
    const file = blockName(key, 0);
    return this.#ask(() => this.#index.fileUsage(file), NOTHING);
  }

  /** Numbers of the file's stored blocks, in order. Read a page at a time: what changes meanwhile may be seen or not. */
  *storedBlocks(key: CacheKey): Generator<number, void, undefined> {
    const file = blockName(key, 0);
    const nothing = { blocks: [], end: true };
    for (let after = -1, end = false; !end;) {
      const page = this.#ask(() => this.#index.storedAfter(file, after), nothing);
      yield* page.blocks;
      after = page.blocks.at(-1) ?? after;
      end = page.end;
    }
  }

  /** Bytes that could be removed to make room. */
  evictableBytes(): number {
    return this.#index.evictableBytes();
  }

  /** Bytes that this user could still write on the disk of the cache; undefined when the system does not tell. */
  async freeDiskBytes(): Promise<number | undefined> {
    try {
      const { bavail, bsize } = await statfs(this.#directory);
      return bavail * bsize;
    } catch {
      return undefined;
    }
  }

  /**
   * Tells of every block that is stored or removed from now on, until the returned function is called. What is stored anew is
   * told as stored again. The listener must be quick: a job that is cleared is told block by block.
   */
  onChange(listener: CacheListener): () => void {
    return this.#changes.subscribe(listener);
  }

  /**
   * Bytes of blocks to keep at most; undefined is as much as the disk holds. A lower limit than what is stored removes the
   * least recently used blocks from now on, some at a time. Resolves when that is done, as far as it can be; never rejects.
   */
  setLimit(bytes: number | undefined): Promise<void> {
    return this.#eviction.setLimit(bytes);
  }

  /** To be told of blocks that were served without this cache, from their files: else they count as unused and go first. */
  used(key: CacheKey, block: number): void {
    if (this.#closing === undefined) this.#uses.note(blockName(key, block));
  }

  /** Whether the block is stored or about to be, without reading it: one look-up in the index. */
  has(key: CacheKey, block: number): boolean {
    const name = blockName(key, block);
    return this.#ask(
      () =>
        this.#queue.waitingData(blockPath(name)) !== undefined || this.#index.storedBytes(name) !== undefined,
      false,
    );
  }

  async read(key: CacheKey, block: number, length: number): Promise<Buffer | undefined> {
    if (this.#closing !== undefined) return undefined;
    const name = blockName(key, block);
    const path = blockPath(name);
    const waiting = this.#queue.waitingData(path);
    if (waiting?.length === length) return waiting;
    return await this.#inOrder(path, async () => {
      try {
        if (this.#index.storedBytes(name) === undefined) return undefined;
        const data = await this.#files.read(name, length);
        if (data === undefined) await this.#store.remove(name);
        else this.#uses.note(name);
        return data;
      } catch (error) {
        if (tellsOfTheBlock(error))
          await this.#store.remove(name).catch((second: unknown) => this.#health.failed(second));
        else this.#health.failed(error);
        return undefined;
      }
    });
  }

  /**
   * As in BlockCache. With a limit it waits until room is made, and rejects with CACHE_BUSY when only blocks used since could
   * make it.
   */
  async commit(key: CacheKey, block: number, data: Buffer): Promise<void> {
    const name = blockName(key, block);
    this.#refuseWhenClosed();
    this.#health.refuseDuringBackOff();
    const use = this.#index.nextUse();
    await this.#queue.write(blockPath(name), data, () =>
      this.#store.write(name, data, (replaced) =>
        this.#eviction.reserve({ bytes: data.length, replaced, use }),
      ),
    );
    this.#enforceLimit();
  }

  async discard(key: CacheKey, block: number): Promise<void> {
    const name = blockName(key, block);
    this.#refuseWhenClosed();
    const path = blockPath(name);
    this.#queue.hideData(path);
    await this.#inOrder(path, () => this.#store.remove(name));
  }

  /**
   * Removes every stored block of a namespace, or of all, also while mounted: readers fetch again what they need. Blocks
   * being written meanwhile stay. Returns what was removed; rejects with CACHE_UNAVAILABLE when a file cannot be.
   */
  async clear(namespace?: string): Promise<CacheUsage> {
    this.#refuseWhenClosed();
    let freed = NOTHING;
    const shards = new Set<string>();
    for (const rows of this.#storedInBatches(namespace)) {
      const removed = await Promise.all(rows.map((row) => this.#removeStored(row)));
      for (const bytes of removed) {
        if (bytes !== undefined) freed = { blocks: freed.blocks + 1, bytes: freed.bytes + bytes };
      }
      for (const row of rows) shards.add(shardOf(row));
    }
    for (const shard of shards) await this.#files.removeEmptyFolders(shard);
    return freed;
  }

  /** Finishes the writes that were accepted. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const evicted = this.#eviction.end();
    await this.#queue.idle();
    await evicted;
    void this.#uses.settle();
    try {
      this.#index.close();
    } catch (error) {
      // The rows cannot be vouched for; without them the next opening rebuilds the index from the files.
      this.#health.failed(error);
      this.#index.abandon();
      await removeIndex(this.#directory).catch((second: unknown) => this.#health.failed(second));
    } finally {
      this.#lock.release();
    }
  }

  /** Ends when none is left: whoever asks for the next batch has removed the one before. */
  *#storedInBatches(namespace: string | undefined): Generator<readonly IndexedBlock[], void, undefined> {
    for (;;) {
      this.#refuseWhenClosed();
      const page = this.#index.someStored(namespace);
      if (page.length === 0) return;
      for (let at = 0; at < page.length; at += REMOVALS_AT_ONCE) {
        this.#refuseWhenClosed();
        yield page.slice(at, at + REMOVALS_AT_ONCE);
      }
    }
  }

  /** Bytes freed; undefined when the block is gone already. */
  async #removeStored(row: IndexedBlock): Promise<number | undefined> {
    return await this.#inOrder(blockPath(row), () => this.#store.removeStored(row));
  }

  /** As in WriteQueue; afterwards a block that was spared for its sake can go. */
  async #inOrder<T>(path: string, operation: () => Promise<T>): Promise<T> {
    try {
      return await this.#queue.inOrder(path, operation);
    } finally {
      this.#enforceLimit();
    }
  }

  /** While the disk fails nothing is tried on a reader's behalf; the next commit tries. */
  #enforceLimit(): void {
    if (this.#closing === undefined && this.#health.trouble === undefined) this.#eviction.enforce();
  }

  /** An answer of the index, or `otherwise` when there is none to be had. */
  #ask<T>(question: () => T, otherwise: T): T {
    if (this.#closing !== undefined) return otherwise;
    try {
      return question();
    } catch (error) {
      this.#health.failed(error);
      return otherwise;
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== undefined) throw new GhostError('CACHE_UNAVAILABLE', 'The block cache is closed.');
  }
}

/** Whether a failed read condemns the block: the file is gone, is no file, or its sectors are unreadable. */
function tellsOfTheBlock(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ELOOP' || code === 'EISDIR' || code === 'EIO' || code === 'ENXIO';
}
