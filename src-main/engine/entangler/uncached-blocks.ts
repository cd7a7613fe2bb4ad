/**
 * The last few verified blocks that are not on disk and not about to be, least recently used first. Their memory is lent: they
 * go when a fetch needs it. Invariant: the bytes held never exceed MAX_UNCACHED_BYTES, and whoever goes is told to `dropped`.
 */
import type { Lease } from '../wormhole/block-memory.ts';

/**
 * Bytes. A program reads a block in many small pieces; without this an unusable cache would fetch the whole block for every one
 * of them. Two blocks of the largest size.
 */
export const MAX_UNCACHED_BYTES = 32 * 1024 * 1024;
/** The part of it that blocks fetched ahead may take from those being read. */
const MAX_UNREAD_BYTES = MAX_UNCACHED_BYTES / 2;

export interface UncachedBlock {
  readonly key: string;
  readonly data: Buffer;
  readonly lease: Lease;
  /** Whether a reader has had any of it. */
  read: boolean;
}

export class UncachedBlocks<T extends UncachedBlock> {
  readonly #dropped: (block: T) => void;
  /** Least recently used first. */
  readonly #blocks = new Map<string, T>();
  #bytes = 0;
  /** Those of them that nobody has read. */
  #unreadBytes = 0;

  constructor(dropped: (block: T) => void) {
    this.#dropped = dropped;
  }

  /** In the order in which they would go. */
  get all(): Iterable<T> {
    return this.#blocks.values();
  }

  /** `reading` says that it is for a reader. */
  get(key: string, reading: boolean): T | undefined {
    const block = this.#blocks.get(key);
    if (block === undefined) return undefined;
    this.#blocks.delete(key);
    this.#blocks.set(key, block);
    if (reading && !block.read) {
      this.#unreadBytes -= block.data.length;
      block.read = true;
    }
    this.#lend(block);
    return block;
  }

  /** A block that is not here. */
  add(block: T): void {
    this.#blocks.set(block.key, block);
    this.#bytes += block.data.length;
    if (!block.read) this.#unreadBytes += block.data.length;
    this.#lend(block);
    while (this.#bytes > MAX_UNCACHED_BYTES) this.#evict();
  }

  /** Takes it out, its memory in use from now on. */
  take(block: T): void {
    this.#forget(block);
    block.lease.keep();
  }

  clear(): void {
    for (const block of this.#blocks.values()) this.#drop(block);
  }

  #lend(block: T): void {
    block.lease.lend(() => this.#drop(block));
  }

  /** What has been read is over with; what was fetched ahead is still to come, unless there is too much of it. */
  #evict(): void {
    const tooMuchUnread = this.#unreadBytes > MAX_UNREAD_BYTES || this.#unreadBytes === this.#bytes;
    for (const block of this.#blocks.values()) {
      if (block.read === tooMuchUnread) continue;
      this.#drop(block);
      return;
    }
  }

  #drop(block: T): void {
    this.#forget(block);
    block.lease.release();
    this.#dropped(block);
  }

  #forget(block: T): void {
    if (!this.#blocks.delete(block.key)) return;
    this.#bytes -= block.data.length;
    if (!block.read) this.#unreadBytes -= block.data.length;
  }
}
