/** What a cache holds, for screens and policies. Invariant: a question never fails; what cannot be told is nothing. */
import { statfs } from 'node:fs/promises';
import type { CacheKey } from './block-cache.ts';
import type { CacheIndex } from './cache-index.ts';
import type { CacheUsage, NamespaceUsage } from './cache-index-schema.ts';
import { blockName, blockPath } from './cache-layout.ts';
import type { ProvenBlocks } from './proven-blocks.ts';
import type { WriteQueue } from './write-queue.ts';

export interface CacheFiguresParts {
  readonly directory: string;
  readonly index: CacheIndex;
  readonly queue: WriteQueue;
  readonly proven: ProvenBlocks;
  readonly isClosed: () => boolean;
  /** Told of an index that cannot answer. */
  readonly failed: (error: unknown) => void;
}

export const NOTHING: CacheUsage = { blocks: 0, bytes: 0 };

export class CacheFigures {
  readonly #parts: CacheFiguresParts;

  constructor(parts: CacheFiguresParts) {
    this.#parts = parts;
  }

  /** Exact; also of a cache that is closed. */
  usage(): CacheUsage {
    return this.#parts.index.usage();
  }

  /** Bytes that could be removed to make room: all that are not pinned. */
  evictableBytes(): number {
    return this.#parts.index.evictableBytes();
  }

  /** What a job's blocks take; nothing once the cache is closed, as in all that follow. */
  usageOf(namespace: string): CacheUsage {
    return this.ask(({ figures }) => figures.usageOf(namespace), NOTHING);
  }

  /** What the blocks of each job take that has any, by name. */
  namespaces(): readonly NamespaceUsage[] {
    return this.ask(({ figures }) => figures.namespaces(), []);
  }

  /** What the blocks of one file take: one look-up, however many there are. */
  fileUsage(key: CacheKey): CacheUsage {
    const file = blockName(key, 0);
    return this.ask(({ figures }) => figures.fileUsage(file), NOTHING);
  }

  /** Numbers of the file's stored blocks, in order. Read a page at a time: what changes meanwhile may be seen or not. */
  *storedBlocks(key: CacheKey): Generator<number, void, undefined> {
    const file = blockName(key, 0);
    const nothing = { blocks: [], end: true };
    for (let after = -1, end = false; !end;) {
      const page = this.ask(({ figures }) => figures.storedAfter(file, after), nothing);
      yield* page.blocks;
      after = page.blocks.at(-1) ?? after;
      end = page.end;
    }
  }

  /** Whether the block is stored or about to be, without reading it: one look-up in the index. */
  has(key: CacheKey, block: number): boolean {
    const name = blockName(key, block);
    if (this.#parts.queue.waitingData(blockPath(name)) !== undefined) return true;
    return this.ask((index) => index.storedBytes(name) !== undefined, false);
  }

  /** Whether it can be read without looking whether it is still right: it was looked at during this run, or just stored. */
  isReady(key: CacheKey, block: number): boolean {
    return this.#parts.proven.knows(blockPath(blockName(key, block))) && this.has(key, block);
  }

  /** Bytes that this user could still write on the disk of the cache; undefined when the system does not tell. */
  async freeDiskBytes(): Promise<number | undefined> {
    try {
      const { bavail, bsize } = await statfs(this.#parts.directory);
      return bavail * bsize;
    } catch {
      return undefined;
    }
  }

  /** Bytes of its disk that blocks can take, those that are there included; undefined when the system does not tell. */
  async diskForBlocks(minFree = 0): Promise<number | undefined> {
    const free = await this.freeDiskBytes();
    return free === undefined ? undefined : this.usage().bytes + free - minFree;
  }

  /** An answer of the index, or `otherwise` when there is none to be had. */
  ask<T>(question: (index: CacheIndex) => T, otherwise: T): T {
    const { index, isClosed, failed } = this.#parts;
    if (isClosed()) return otherwise;
    try {
      return question(index);
    } catch (error) {
      failed(error);
      return otherwise;
    }
  }
}
