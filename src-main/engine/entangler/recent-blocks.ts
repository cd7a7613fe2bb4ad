/**
 * Verified blocks that are not on disk: those whose commit is under way, and the last few that could not be committed.
 * Readers are served from here meanwhile. Invariant: every block's memory is given back once, and no commit's failure or
 * slowness reaches a reader.
 */
import type { BlockCache } from '../cache/block-cache.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Lease } from '../wormhole/block-memory.ts';
import type { BlockFile } from './block-reader.ts';
import type { CommitBacklog } from './commit-backlog.ts';
import { UncachedBlocks } from './uncached-blocks.ts';

export interface RecentBlock {
  readonly data: Buffer;
  /** Whether the block is on disk, once that is known: as long as the disk is behind it may still get there. Never rejects. */
  readonly committed: Promise<boolean>;
}

/** A verified block, as it comes from the Wormhole, and the memory it takes. */
export interface NewBlock {
  readonly key: string;
  readonly file: BlockFile;
  readonly block: number;
  readonly data: Buffer;
  readonly lease: Lease;
  /** Whether a reader waits for it; false for one that was fetched ahead. */
  readonly read: boolean;
}

interface Kept extends RecentBlock, Omit<NewBlock, 'read'> {
  readonly settle: (committed: boolean) => void;
  read: boolean;
  /** To be committed as soon as the disk has taken others: it was left out only because it came too fast. */
  isPutOff: boolean;
}

export class RecentBlocks {
  readonly #cache: BlockCache | undefined;
  readonly #logger: Logger;
  readonly #backlog: CommitBacklog;
  readonly #committing = new Map<string, Kept>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #uncached = new UncachedBlocks<Kept>((block) => block.settle(false));
  readonly #stopListening: () => void;
  #committingBytes = 0;
  #failures = 0;
  #skipped = 0;
  /** Whether the last commit failed: a full disk is reported once, not once per block. */
  #degraded = false;
  #closed = false;

  constructor(cache: BlockCache | undefined, logger: Logger, backlog: CommitBacklog) {
    this.#cache = cache;
    this.#logger = logger;
    this.#backlog = backlog;
    this.#stopListening = backlog.onRoom(this.#commitPutOff);
  }

  /** Bytes whose commit is under way. */
  get committingBytes(): number {
    return this.#committingBytes;
  }

  /** Commits that failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Times a block was left out because too many bytes waited for the disk. */
  get skipped(): number {
    return this.#skipped;
  }

  /** The block, or undefined; `reading` says that it is for a reader. */
  get(key: string, reading: boolean): RecentBlock | undefined {
    const committing = this.#committing.get(key);
    if (committing === undefined) return this.#uncached.get(key, reading);
    committing.read ||= reading;
    return committing;
  }

  /**
   * Takes over a verified block and starts its commit. Beyond the bound it does not start one: the disk is then slower
   * than the source, and waiting for it would slow the very reads the cache is there to speed up. It is committed later if
   * the disk catches up while it is kept.
   */
  keep(fetched: NewBlock): RecentBlock {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const kept: Kept = { ...fetched, committed: promise, settle: resolve, isPutOff: false };
    if (this.#cache === undefined) this.#leaveOut(kept);
    else if (this.#backlog.hasRoomFor(kept.data.length)) this.#commit(this.#cache, kept);
    else this.#putOff(kept);
    return kept;
  }

  /** Begins no commit from now on and keeps nothing. Resolves when none is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    this.#uncached.clear();
    await Promise.all(this.#underWay);
  }

  #commit(cache: BlockCache, kept: Kept): void {
    const { key, file, block, data } = kept;
    this.#committing.set(key, kept);
    this.#committingBytes += data.length;
    this.#backlog.began(data.length);
    // In a microtask: the waiters are answered before the disk gets work.
    const underWay = Promise.resolve()
      .then(() => cache.commit(file.key, block, data))
      .then(
        () => this.#committed(kept),
        (error: unknown) => this.#failed(kept, error),
      )
      .finally(() => this.#underWay.delete(underWay));
    this.#underWay.add(underWay);
  }

  #committed(kept: Kept): void {
    this.#degraded = false;
    this.#release(kept);
    kept.settle(true);
    kept.lease.release();
    this.#backlog.ended(kept.data.length, true, this.#commitPutOff);
  }

  #failed(kept: Kept, error: unknown): void {
    this.#release(kept);
    if (error instanceof GhostError && error.code === 'CACHE_BUSY') this.#putOff(kept);
    else {
      this.#report(kept, error);
      this.#leaveOut(kept);
    }
    this.#backlog.ended(kept.data.length, false, this.#commitPutOff);
  }

  readonly #commitPutOff = (): boolean => {
    if (this.#cache === undefined) return false;
    for (const kept of this.#uncached.all) {
      if (!kept.isPutOff) continue;
      if (!this.#backlog.hasRoomFor(kept.data.length)) return false;
      this.#uncached.take(kept);
      kept.isPutOff = false;
      this.#commit(this.#cache, kept);
      return true;
    }
    return false;
  };

  /** Told once: a local source is often faster than the disk the cache is on, and that is no fault. */
  #putOff(kept: Kept): void {
    const report = this.#skipped === 0 ? 'info' : 'debug';
    this.#skipped += 1;
    const details = { artifact: kept.file.id, block: kept.block };
    this.#logger[report]('Blocks come faster than the cache can take them; some are not kept.', details);
    kept.isPutOff = true;
    this.#keepUncached(kept);
  }

  #leaveOut(kept: Kept): void {
    kept.settle(false);
    this.#keepUncached(kept);
  }

  #keepUncached(kept: Kept): void {
    this.#uncached.add(kept);
    if (this.#closed) this.#uncached.clear();
  }

  #report({ file, block }: Kept, error: unknown): void {
    this.#failures += 1;
    const report = this.#degraded ? 'debug' : 'warn';
    this.#degraded = true;
    const details = { artifact: file.id, block, error: messageOf(error) };
    this.#logger[report]('a block could not be cached; reads go on without the cache', details);
  }

  #release({ key, data }: Kept): void {
    this.#committing.delete(key);
    this.#committingBytes -= data.length;
  }
}
