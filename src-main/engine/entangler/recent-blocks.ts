/**
 * Verified blocks that are not on disk: those whose commit is under way, and the last few that could not be committed.
 * Readers are served from here meanwhile. Invariant: the bytes held never exceed the two bounds, and no commit's failure
 * or slowness reaches a reader.
 */
import type { BlockCache } from '../cache/block-cache.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { BlockFile } from './block-reader.ts';

export interface RecentBlock {
  readonly data: Buffer;
  /** Whether the block is on disk, once that is known. Never rejects. */
  readonly committed: Promise<boolean>;
}

/**
 * Blocks kept although they are not cached, bytes. A program reads a block in many small pieces; without this an unusable
 * cache would fetch the whole block for every one of them. Two blocks of the largest size.
 */
const MAX_UNCACHED_BYTES = 32 * 1024 * 1024;

const NEVER = Promise.resolve(false);

export class RecentBlocks {
  readonly #cache: BlockCache | undefined;
  readonly #logger: Logger;
  readonly #maxCommittingBytes: number;
  readonly #committing = new Map<string, RecentBlock>();
  /** Least recently used first. */
  readonly #uncached = new Map<string, RecentBlock>();
  #committingBytes = 0;
  #uncachedBytes = 0;
  #failures = 0;
  #skipped = 0;
  /** Whether the last commit failed: a full disk is reported once, not once per block. */
  #degraded = false;

  constructor(cache: BlockCache | undefined, logger: Logger, maxCommittingBytes: number) {
    this.#cache = cache;
    this.#logger = logger;
    this.#maxCommittingBytes = maxCommittingBytes;
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

  get(key: string): RecentBlock | undefined {
    const uncached = this.#uncached.get(key);
    if (uncached === undefined) return this.#committing.get(key);
    this.#uncached.delete(key);
    this.#uncached.set(key, uncached);
    return uncached;
  }

  /**
   * Takes over a verified block and starts its commit. Beyond the bound it does not start one: the disk is then slower
   * than the network, and waiting for it would slow the very reads the cache is there to speed up.
   */
  keep(key: string, file: BlockFile, block: number, data: Buffer): void {
    const cache = this.#cache;
    if (cache === undefined) {
      this.#keepUncached(key, data);
      return;
    }
    if (this.#committingBytes + data.length > this.#maxCommittingBytes) {
      this.#skipped += 1;
      this.#logger.debug('a block stays uncached: the cache disk is slower than the network', {
        artifact: file.id,
        block,
      });
      this.#keepUncached(key, data);
      return;
    }
    this.#committingBytes += data.length;
    // In a microtask: the waiters are answered before the disk gets work.
    const committed = Promise.resolve()
      .then(() => cache.commit(file.key, block, data))
      .then(
        () => this.#committed(key, data),
        (error: unknown) => this.#failed(key, file, block, data, error),
      );
    this.#committing.set(key, { data, committed });
  }

  /** Resolves when no commit is under way. */
  async settled(): Promise<void> {
    while (this.#committing.size > 0) {
      await Promise.all([...this.#committing.values()].map((block) => block.committed));
    }
  }

  #committed(key: string, data: Buffer): boolean {
    this.#release(key, data);
    this.#degraded = false;
    return true;
  }

  #failed(key: string, file: BlockFile, block: number, data: Buffer, error: unknown): boolean {
    this.#release(key, data);
    this.#failures += 1;
    const report = this.#degraded ? 'debug' : 'warn';
    this.#degraded = true;
    const details = { artifact: file.id, block, error: messageOf(error) };
    this.#logger[report]('a block could not be cached; reads go on without the cache', details);
    this.#keepUncached(key, data);
    return false;
  }

  #release(key: string, data: Buffer): void {
    this.#committing.delete(key);
    this.#committingBytes -= data.length;
  }

  #keepUncached(key: string, data: Buffer): void {
    this.#uncached.set(key, { data, committed: NEVER });
    this.#uncachedBytes += data.length;
    for (const [oldest, block] of this.#uncached) {
      if (this.#uncachedBytes <= MAX_UNCACHED_BYTES) return;
      this.#uncached.delete(oldest);
      this.#uncachedBytes -= block.data.length;
    }
  }
}
