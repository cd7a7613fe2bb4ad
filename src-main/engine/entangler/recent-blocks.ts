/**
 * Verified blocks that are not on disk: those whose commit is under way, and the last few that could not be committed.
 * Readers are served from here meanwhile. Invariant: the bytes held never exceed the two bounds, and no commit's failure
 * or slowness reaches a reader.
 */
import type { BlockCache } from '../cache/block-cache.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { BlockFile } from './block-reader.ts';

export interface RecentBlock {
  readonly data: Buffer;
  /** Whether the block is on disk, once that is known. Never rejects. */
  readonly committed: Promise<boolean>;
}

interface Kept extends RecentBlock {
  /** To be committed as soon as the disk has taken others: it was left out only because it came too fast. */
  readonly skipped?: NewBlock;
  /** Whether a reader has had any of it. */
  read: boolean;
}

/** A verified block, as it comes from the Wormhole. */
export interface NewBlock {
  readonly key: string;
  readonly file: BlockFile;
  readonly block: number;
  readonly data: Buffer;
  /** Whether a reader waits for it; false for one that was fetched ahead. */
  readonly read: boolean;
}

/**
 * Blocks kept although they are not cached, bytes. A program reads a block in many small pieces; without this an unusable
 * cache would fetch the whole block for every one of them. Two blocks of the largest size.
 */
export const MAX_UNCACHED_BYTES = 32 * 1024 * 1024;
/** The part of it that blocks fetched ahead may take from those being read. */
const MAX_UNREAD_BYTES = MAX_UNCACHED_BYTES / 2;

const NEVER = Promise.resolve(false);

export interface RecentBlocksOptions {
  /** Bytes of blocks that may wait in memory for their commit. */
  readonly maxCommittingBytes: number;
  /** A commit has ended, well or not. */
  readonly released: () => void;
}

export class RecentBlocks {
  readonly #cache: BlockCache | undefined;
  readonly #logger: Logger;
  readonly #options: RecentBlocksOptions;
  readonly #committing = new Map<string, Kept>();
  /** Least recently used first. */
  readonly #uncached = new Map<string, Kept>();
  #committingBytes = 0;
  #uncachedBytes = 0;
  /** Those of them that nobody has read. */
  #unreadBytes = 0;
  #failures = 0;
  #skipped = 0;
  /** Whether the last commit failed: a full disk is reported once, not once per block. */
  #degraded = false;

  constructor(cache: BlockCache | undefined, logger: Logger, options: RecentBlocksOptions) {
    this.#cache = cache;
    this.#logger = logger;
    this.#options = options;
  }

  /** Bytes whose commit is under way. */
  get committingBytes(): number {
    return this.#committingBytes;
  }

  /** Commits that failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Blocks left uncached because too many bytes waited for the disk. */
  get skipped(): number {
    return this.#skipped;
  }

  /** The block, or undefined; `reading` says that it is for a reader. */
  get(key: string, reading: boolean): RecentBlock | undefined {
    const uncached = this.#uncached.get(key);
    const kept = uncached ?? this.#committing.get(key);
    if (uncached !== undefined) {
      this.#uncached.delete(key);
      this.#uncached.set(key, uncached);
      if (reading && !uncached.read) this.#unreadBytes -= uncached.data.length;
    }
    if (kept !== undefined && reading) kept.read = true;
    return kept;
  }

  /**
   * Takes over a verified block and starts its commit. Beyond the bound it does not start one: the disk is then slower
   * than the source, and waiting for it would slow the very reads the cache is there to speed up. It is committed later if
   * the disk catches up while it is kept.
   */
  keep(fetched: NewBlock): void {
    const { key, data, read } = fetched;
    if (this.#cache === undefined) this.#keepUncached(key, { data, committed: NEVER, read });
    else if (this.#hasRoomFor(data)) this.#commit(this.#cache, fetched, read);
    else this.#skip(fetched, read);
  }

  #hasRoomFor(data: Buffer): boolean {
    return this.#committingBytes + data.length <= this.#options.maxCommittingBytes;
  }

  #commit(cache: BlockCache, fetched: NewBlock, read: boolean): void {
    const { key, file, block, data } = fetched;
    this.#committingBytes += data.length;
    // In a microtask: the waiters are answered before the disk gets work.
    const committed = Promise.resolve()
      .then(() => cache.commit(file.key, block, data))
      .then(
        () => this.#committed(cache, key, data),
        (error: unknown) => this.#failed(fetched, error),
      );
    this.#committing.set(key, { data, committed, read });
  }

  /** Resolves when no commit is under way. */
  async settled(): Promise<void> {
    while (this.#committing.size > 0) {
      await Promise.all([...this.#committing.values()].map((block) => block.committed));
    }
  }

  #committed(cache: BlockCache, key: string, data: Buffer): boolean {
    this.#release(key, data);
    this.#degraded = false;
    this.#commitSkipped(cache);
    return true;
  }

  #commitSkipped(cache: BlockCache): void {
    for (const [key, { data, read, skipped }] of this.#uncached) {
      if (skipped === undefined) continue;
      if (this.#hasRoomFor(data)) {
        this.#forget(key, data, read);
        this.#commit(cache, skipped, read);
      }
      // One for one: a cache that is full of others' blocks would refuse them all, each time.
      return;
    }
  }

  #failed(fetched: NewBlock, error: unknown): boolean {
    const { key, data } = fetched;
    const read = this.#committing.get(key)?.read ?? true;
    this.#release(key, data);
    if (error instanceof GhostError && error.code === 'CACHE_BUSY') this.#skip(fetched, read);
    else {
      this.#report(fetched, error);
      this.#keepUncached(key, { data, committed: NEVER, read });
    }
    return false;
  }

  /** Told once: a local source is often faster than the disk the cache is on, and that is no fault. */
  #skip(fetched: NewBlock, read: boolean): void {
    const { key, file, block, data } = fetched;
    const report = this.#skipped === 0 ? 'info' : 'debug';
    this.#skipped += 1;
    const details = { artifact: file.id, block };
    this.#logger[report]('Blocks come faster than the cache can take them; some are not kept.', details);
    this.#keepUncached(key, { data, committed: NEVER, read, skipped: fetched });
  }

  #report({ file, block }: NewBlock, error: unknown): void {
    this.#failures += 1;
    const report = this.#degraded ? 'debug' : 'warn';
    this.#degraded = true;
    const details = { artifact: file.id, block, error: messageOf(error) };
    this.#logger[report]('a block could not be cached; reads go on without the cache', details);
  }

  #release(key: string, data: Buffer): void {
    this.#committing.delete(key);
    this.#committingBytes -= data.length;
    this.#options.released();
  }

  #keepUncached(key: string, kept: Kept): void {
    this.#uncached.set(key, kept);
    this.#uncachedBytes += kept.data.length;
    if (!kept.read) this.#unreadBytes += kept.data.length;
    while (this.#uncachedBytes > MAX_UNCACHED_BYTES) this.#evict();
  }

  /** What has been read is over with; what was fetched ahead is still to come, unless there is too much of it. */
  #evict(): void {
    const tooMuchUnread = this.#unreadBytes > MAX_UNREAD_BYTES || this.#unreadBytes === this.#uncachedBytes;
    for (const [oldest, { data, read }] of this.#uncached) {
      if (read === tooMuchUnread) continue;
      this.#forget(oldest, data, read);
      return;
    }
  }

  #forget(key: string, data: Buffer, read: boolean): void {
    this.#uncached.delete(key);
    this.#uncachedBytes -= data.length;
    if (!read) this.#unreadBytes -= data.length;
  }
}
