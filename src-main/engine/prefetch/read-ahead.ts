/**
 * Watches reads on their way to the Entangler and has the next blocks of a sequential run fetched in the background.
 * Invariant: what it starts has a lower priority than any reader, a run begins only with a block that was not cached, and
 * all runs together are ahead of their readers by no more than one window.
 */
import type { CacheKey } from '../cache/block-cache.ts';
import { blockCount } from '../entangler/block-range.ts';
import type {
  BlockFile,
  BlockReader,
  ObservingBlockReader,
  Priority,
  ReadRequest,
} from '../entangler/block-reader.ts';
import { MAX_UNCACHED_BYTES } from '../entangler/uncached-blocks.ts';
import { observe, type Run } from './sequential-runs.ts';

/**
 * Bytes ahead of all readers together, shared evenly: several times what a 50 MB/s link with 100 ms holds, and a wait of a
 * third of a second when all of it is unwanted. The other half of what is kept without a cache is for the blocks being read.
 */
const WINDOW_BYTES = MAX_UNCACHED_BYTES / 2;
/** Files whose runs are remembered; the least recently read is forgotten first. */
const MAX_FILES = 256;
/** A run that has not moved while all others together moved this many blocks has ended; nobody says so when one does. */
const ENDED_AFTER_BLOCKS = 64;

export type Prefetch = (file: BlockFile, block: number, priority: Priority) => void;

export class ReadAhead implements ObservingBlockReader {
  readonly #blocks: BlockReader;
  readonly #prefetch: Prefetch;
  readonly #runs = new Map<CacheKey, readonly Run[]>();
  /** The step at which each run under way moved last, longest ago first. */
  readonly #moved = new Map<string, number>();
  /** Blocks by which all runs have moved. */
  #steps = 0;

  constructor(blocks: BlockReader, prefetch: Prefetch) {
    this.#blocks = blocks;
    this.#prefetch = prefetch;
  }

  read(request: ReadRequest): Promise<readonly Uint8Array[]> {
    const { file, offset, length } = request;
    const result = this.#blocks.read(request);
    // After the read itself, so that its own blocks are asked for first.
    const last = Math.floor((offset + length - 1) / file.blockSize);
    for (let block = Math.floor(offset / file.blockSize); block <= last; block++) this.#observe(file, block);
    return result;
  }

  /** Its run goes on, if it has one. */
  advanced(file: BlockFile, block: number): void {
    if (this.#runs.has(file.key)) this.#observe(file, block);
  }

  #observe(file: BlockFile, block: number): void {
    const window = Math.floor(WINDOW_BYTES / file.blockSize / Math.max(1, this.#moved.size));
    const blocks = blockCount(file.size, file.blockSize);
    const before = this.#runs.get(file.key) ?? [];
    const { runs, ahead } = observe(before, block, { blocks, window });
    this.#runs.delete(file.key);
    this.#runs.set(file.key, runs);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MAX_FILES && oldest !== undefined) this.#runs.delete(oldest);
    const [run] = runs;
    if (run !== undefined && run.length > 1 && !before.includes(run)) this.#note(file, run);
    for (const wanted of ahead) this.#prefetch(file, wanted, 'readahead');
  }

  #note(file: BlockFile, { start, head }: Run): void {
    const name = `${file.key} ${start}`;
    this.#steps += 1;
    this.#moved.delete(name);
    // One at the end of its file has nothing ahead of it any more.
    if (head + 1 < blockCount(file.size, file.blockSize)) this.#moved.set(name, this.#steps);
    for (const [other, step] of this.#moved) {
      if (step > this.#steps - ENDED_AFTER_BLOCKS) return;
      this.#moved.delete(other);
    }
  }
}
