/**
 * The block cache on disk: takes verified blocks from the event loop and writes them behind the readers' backs.
 * Invariant: operations on one block run one after the other, and a file exists only while the index names it.
 */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { BlockCache, CacheKey } from './block-cache.ts';
import { BlockFiles } from './block-files.ts';
import { currentBoot } from './boot.ts';
import type { Boot } from './boot.ts';
import { prepareCacheDirectory } from './cache-directory.ts';
import { CacheHealth } from './cache-health.ts';
import type { CacheIndex, CacheUsage } from './cache-index.ts';
import type { IndexedBlock } from './cache-index-schema.ts';
import { blockName, blockPath, shardOf } from './cache-layout.ts';
import type { BlockName } from './cache-layout.ts';
import { lockDirectory } from './directory-lock.ts';
import type { DirectoryLock } from './directory-lock.ts';
import { openIndex, removeIndex } from './index-recovery.ts';
import { Removals } from './removals.ts';
import { WriteQueue } from './write-queue.ts';

export interface DiskCacheOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Defaults to the running system's; tests play a reboot with it. */
  readonly boot?: Boot;
}

interface Parts {
  readonly directory: string;
  readonly lock: DirectoryLock;
  readonly index: CacheIndex;
  readonly files: BlockFiles;
  readonly health: CacheHealth;
}

export class DiskCache implements BlockCache {
  /** Shared with the responder threads, so that they let go of removed blocks. */
  readonly removals = new Removals();
  readonly #directory: string;
  readonly #lock: DirectoryLock;
  readonly #index: CacheIndex;
  readonly #files: BlockFiles;
  readonly #health: CacheHealth;
  readonly #queue = new WriteQueue();
  #closing: Promise<void> | undefined;

  private constructor({ directory, lock, index, files, health }: Parts) {
    this.#directory = directory;
    this.#lock = lock;
    this.#index = index;
    this.#files = files;
    this.#health = health;
  }

  /**
   * Creates the directory if it is missing. Throws CACHE_UNAVAILABLE with a sentence when the directory is unsafe, in use
   * by another process, or unusable.
   */
  static async open(path: string, { logger, clock, boot }: DiskCacheOptions): Promise<DiskCache> {
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

  /** Whether the block is stored or about to be, without reading it: one look-up in the index. */
  has(key: CacheKey, block: number): boolean {
    if (this.#closing !== undefined) return false;
    const name = blockName(key, block);
    try {
      return (
        this.#queue.waitingData(blockPath(name)) !== undefined || this.#index.storedBytes(name) !== undefined
      );
    } catch (error) {
      this.#health.failed(error);
      return false;
    }
  }

  async read(key: CacheKey, block: number, length: number): Promise<Buffer | undefined> {
    if (this.#closing !== undefined) return undefined;
    const name = blockName(key, block);
    const path = blockPath(name);
    const waiting = this.#queue.waitingData(path);
    if (waiting?.length === length) return waiting;
    return await this.#queue.inOrder(path, async () => {
      try {
        if (this.#index.storedBytes(name) === undefined) return undefined;
        const data = await this.#files.read(name, length);
        if (data === undefined) await this.#remove(name);
        else this.#index.touch(name).catch((error: unknown) => this.#health.failed(error));
        return data;
      } catch (error) {
        if (tellsOfTheBlock(error))
          await this.#remove(name).catch((second: unknown) => this.#health.failed(second));
        else this.#health.failed(error);
        return undefined;
      }
    });
  }

  async commit(key: CacheKey, block: number, data: Buffer): Promise<void> {
    const name = blockName(key, block);
    this.#refuseWhenClosed();
    this.#health.refuseDuringBackOff();
    await this.#queue.write(blockPath(name), data, () => this.#store(name, data));
  }

  async discard(key: CacheKey, block: number): Promise<void> {
    const name = blockName(key, block);
    this.#refuseWhenClosed();
    const path = blockPath(name);
    this.#queue.hideData(path);
    await this.#queue.inOrder(path, () => this.#remove(name));
  }

  /**
   * Removes every stored block of a namespace, or of all, also while mounted: readers fetch again what they need. Blocks
   * being written meanwhile stay. Returns what was removed; rejects with CACHE_UNAVAILABLE when a file cannot be.
   */
  async clear(namespace?: string): Promise<CacheUsage> {
    this.#refuseWhenClosed();
    let freed: CacheUsage = { blocks: 0, bytes: 0 };
    const shards = new Set<string>();
    const next = () => {
      this.#refuseWhenClosed();
      return this.#index.someStored(namespace);
    };
    for (let rows = next(); rows.length > 0; rows = next()) {
      const removed = await Promise.all(rows.map((row) => this.#clearOne(row)));
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
    await this.#queue.idle();
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

  async #store(name: BlockName, data: Buffer): Promise<void> {
    try {
      const replaced = this.#index.storedBytes(name) !== undefined;
      await this.#index.intend(name, data.length);
      await this.#queue.whenFree(() => this.#files.write(name, data));
      if (replaced) this.removals.announce();
      await this.#index.confirm(name);
      this.#health.succeeded();
    } catch (cause) {
      this.#health.failed(cause);
      await this.#undo(name);
      throw this.#health.refusal(name, cause);
    }
  }

  /** What cannot be undone now keeps its row, and the next opening settles it. */
  async #undo(name: BlockName): Promise<void> {
    try {
      await this.#files.remove(name);
      this.removals.announce();
      await this.#index.forget(name);
    } catch (error) {
      this.#health.failed(error);
    }
  }

  async #clearOne(row: IndexedBlock): Promise<number | undefined> {
    return await this.#queue.inOrder(blockPath(row), async () => {
      const bytes = this.#index.storedBytes(row);
      if (bytes !== undefined) await this.#remove(row);
      return bytes;
    });
  }

  async #remove(name: BlockName): Promise<void> {
    // On a full disk the index may be unable to note the intent, and removing the file is what makes room.
    await this.#index.intendRemoval(name).catch((error: unknown) => this.#health.failed(error));
    try {
      await this.#files.remove(name);
    } catch (cause) {
      this.#health.failed(cause);
      throw this.#health.refusal(name, cause);
    }
    // After the file is gone: a responder that looks later finds nothing, one that looked earlier looks again.
    this.removals.announce();
    await this.#index.forget(name).catch((error: unknown) => this.#health.failed(error));
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
