/**
 * The block cache on disk: takes verified blocks from the event loop, writes them behind the readers' backs and gives them
 * back verified. Invariant: operations on one block run one after the other, and a file exists only while the index names it.
 */
import type { Clock } from '../clock.ts';
import { GhostError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { BlockCache, CacheKey } from './block-cache.ts';
import { BlockProof, type Finding, type KnownDigest } from './block-proof.ts';
import { BlockStore } from './block-store.ts';
import type { Boot } from './boot.ts';
import { CacheChanges, type CacheListener } from './cache-changes.ts';
import { checkStretch, type CheckedStretch } from './cache-check.ts';
import { CacheFigures } from './cache-figures.ts';
import { CacheHealth } from './cache-health.ts';
import type { CacheUsage, IndexedBlock } from './cache-index-schema.ts';
import { blockName, blockPath, type BlockName } from './cache-layout.ts';
import { clearBlocks } from './clearing.ts';
import { Eviction, type Bounds } from './eviction.ts';
import { rebuiltSentence, removeIndex } from './index-recovery.ts';
import { openDirectory, type OpenedDirectory } from './opened-directory.ts';
import { Pins } from './pins.ts';
import { ProvenBlocks } from './proven-blocks.ts';
import { ReadPositions } from './read-positions.ts';
import { Rebuilding } from './rebuilding.ts';
import { RecentUses } from './recent-uses.ts';
import { Removals } from './removals.ts';
import { WriteQueue } from './write-queue.ts';

export interface DiskCacheOptions extends Partial<Bounds> {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Defaults to the running system's; tests play a reboot with it. */
  readonly boot?: Boot;
}

const NOBODY_KNOWS: KnownDigest = () => Promise.resolve(undefined);

export class DiskCache implements BlockCache {
  /** Shared with the responder threads, so that they let go of removed blocks. */
  readonly removals = new Removals();
  /** Shared with the responder threads, so that they serve no block that was not verified. */
  readonly proven = new ProvenBlocks();
  readonly figures: CacheFigures;
  readonly pins: Pins;
  readonly #opened: OpenedDirectory;
  readonly #health: CacheHealth;
  readonly #changes: CacheChanges;
  readonly #queue = new WriteQueue();
  readonly #store: BlockStore;
  readonly #proof: BlockProof;
  readonly #uses: RecentUses;
  readonly #positions = new ReadPositions();
  readonly #eviction: Eviction;
  readonly #rebuilding: Rebuilding | undefined;
  #closing: Promise<void> | undefined;

  private constructor(opened: OpenedDirectory, options: DiskCacheOptions) {
    const { logger, clock, limit, minFree } = options;
    const { directory, index, files, rebuild } = opened;
    const { removals, proven } = this;
    const queue = this.#queue;
    this.#opened = opened;
    const health = (this.#health = new CacheHealth(directory, { logger, clock }));
    const changes = (this.#changes = new CacheChanges(logger));
    this.figures = new CacheFigures({
      directory,
      index,
      queue,
      proven,
      isClosed: () => this.#closing !== undefined,
      failed: (error) => health.failed(error),
    });
    const removing = (name: BlockName) => this.#rebuilding?.removes(name);
    const store = new BlockStore({ index, files, health, changes, removals, proven, queue, removing });
    this.#store = store;
    this.#proof = new BlockProof({ index, files, store, changes, proven, logger });
    this.#uses = new RecentUses(index, (error) => health.failed(error));
    this.#eviction = new Eviction(
      {
        storedBytes: () => index.usage().bytes,
        settleUses: () => this.#uses.settle(),
        leastRecentlyUsed: (use, visit) => index.leastRecentlyUsed(use, visit),
        isBusy: (block) => queue.isBusy(blockPath(block)),
        readerSeen: (block) => this.#positions.seen(block),
        freeBytes: () => this.figures.freeDiskBytes(),
        lacksSpace: (bytes) => health.lacksSpace(bytes),
        remove: async (block) => void (await this.#removeStored(block)),
      },
      { limit, minFree },
    );
    this.pins = new Pins({
      directory,
      index,
      limit: () => this.#eviction.bounds.limit,
      disk: () => this.figures.diskForBlocks(this.#eviction.bounds.minFree),
      freed: () => this.#enforceLimit(),
    });
    this.#rebuilding =
      rebuild &&
      new Rebuilding({
        rebuild,
        directory,
        logger,
        remove: async (row) => void (await this.#removeStored(row)),
        completed: () => rebuiltSentence(directory, index),
      });
    this.#enforceLimit();
  }

  /**
   * Creates the directory if it is missing. Throws CACHE_UNAVAILABLE with a sentence when the directory is unsafe, in use
   * by another process, or unusable.
   */
  static async open(path: string, options: DiskCacheOptions): Promise<DiskCache> {
    return new DiskCache(await openDirectory(path, options), options);
  }

  /** Why blocks are not being kept at present, as a sentence; undefined while all is well. */
  get degraded(): string | undefined {
    return this.#health.trouble ?? this.#rebuilding?.trouble;
  }

  /** Blocks found damaged since it was opened. */
  get corruptBlocks(): number {
    return this.#proof.corrupt;
  }

  usage(): CacheUsage {
    return this.figures.usage();
  }

  /**
   * Tells of every block that is stored, removed or found damaged from now on, until the returned function is called. What is
   * stored anew is told as stored again. The listener must be quick: a job that is cleared is told block by block.
   */
  onChange(listener: CacheListener): () => void {
    return this.#changes.subscribe(listener);
  }

  /**
   * A lower limit than what is stored, or more that is to stay free, removes the least recently used blocks from now on, some
   * at a time. Resolves when that is done, as far as it can be; never rejects.
   */
  setBounds(bounds: Bounds): Promise<void> {
    return this.#eviction.setBounds(bounds);
  }

  /** To be told of blocks that were served without this cache, from their files: else they count as unused and go first. */
  used(key: CacheKey, block: number): void {
    if (this.#closing !== undefined) return;
    const name = blockName(key, block);
    this.#uses.note(name);
    this.#positions.note(name, this.#opened.index.nextUse());
  }

  async read(
    key: CacheKey,
    block: number,
    length: number,
    known: KnownDigest = NOBODY_KNOWS,
  ): Promise<Buffer | undefined> {
    if (this.#closing !== undefined) return undefined;
    const name = blockName(key, block);
    const path = blockPath(name);
    const waiting = this.#queue.waitingData(path);
    if (waiting?.length === length) return waiting;
    return await this.#inOrder(path, async () => {
      const finding = await this.#find(name, length, known);
      if (finding?.kind !== 'right') return undefined;
      if (finding.data.length === length) {
        this.#uses.note(name);
        return finding.data;
      }
      // Its reader knows better what it is to be.
      await this.#store.remove(name).catch((error: unknown) => this.#health.failed(error));
      return undefined;
    });
  }

  /**
   * As in BlockCache. With a limit it waits until room is made, and rejects with CACHE_BUSY when only blocks used since could
   * make it. `digest` spares computing it.
   */
  async commit(key: CacheKey, block: number, data: Buffer, digest?: Buffer): Promise<void> {
    const name = blockName(key, block);
    this.#refuseWhenClosed();
    this.#rebuilding?.refuse();
    this.#health.refuseDuringBackOff();
    // What is to stay goes before all that is not.
    const use = this.figures.ask(({ pins }) => pins.has(name), false)
      ? Infinity
      : this.#opened.index.nextUse();
    await this.#queue.write(blockPath(name), data, () =>
      this.#store.write(name, { data, digest }, (replaced) =>
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
   * Removes every stored block of a namespace, or of all, that is not pinned, also while mounted: readers fetch again what they
   * need. Blocks being written meanwhile stay. Returns what was removed; rejects with CACHE_UNAVAILABLE when a file cannot be.
   */
  async clear(namespace?: string): Promise<CacheUsage> {
    await this.#rebuilding?.ended();
    return await clearBlocks({
      some: () => {
        this.#refuseWhenClosed();
        return this.#opened.index.someStored(namespace);
      },
      remove: async (row) => {
        this.#refuseWhenClosed();
        return await this.#removeStored(row);
      },
      removeEmptyFolders: (shard) => this.#opened.files.removeEmptyFolders(shard),
    });
  }

  /** The next stretch of a comparison of all blocks, see cache-check.ts. Rejects with CACHE_UNAVAILABLE and ARGUMENT_INVALID. */
  async check(from?: string): Promise<CheckedStretch> {
    await this.#rebuilding?.ended();
    this.#refuseWhenClosed();
    const { index } = this.#opened;
    return await checkStretch({ index, proof: this.#proof, queue: this.#queue }, from);
  }

  /** Finishes the writes that were accepted. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { index, directory, lock } = this.#opened;
    const evicted = this.#eviction.end();
    await this.#rebuilding?.stop();
    await this.#queue.idle();
    await evicted;
    void this.#uses.settle();
    try {
      index.close();
    } catch (error) {
      // The rows cannot be vouched for; without them the next opening rebuilds the index from the files.
      this.#health.failed(error);
      index.abandon();
      await removeIndex(directory).catch((second: unknown) => this.#health.failed(second));
    } finally {
      lock.release();
    }
  }

  /** Undefined when it is not to be had now. Never rejects. */
  async #find(name: BlockName, length: number, known: KnownDigest): Promise<Finding | undefined> {
    try {
      const finding = await this.#proof.read(name, known);
      if (finding.kind !== 'missing' || this.#rebuilding?.trouble === undefined) return finding;
      return await this.#proof.readUnentered(name, length, known);
    } catch (error) {
      // Whoever knows the digest cannot be asked now; that is no trouble of the disk.
      if (!(error instanceof GhostError) || error.code === 'CACHE_UNAVAILABLE') this.#health.failed(error);
      return undefined;
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

  #refuseWhenClosed(): void {
    if (this.#closing !== undefined) throw new GhostError('CACHE_UNAVAILABLE', 'The block cache is closed.');
  }
}
