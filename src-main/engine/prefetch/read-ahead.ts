/**
 * Watches reads on their way to the Entangler and has the next blocks of a sequential run fetched in the background.
 * Invariant: what it starts has a lower priority than any reader, and a run begins only with a block that was not cached.
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
import { observe, type Run } from './sequential-runs.ts';

/** Several times what a 50 MB/s link with 100 ms holds, and a wait of a third of a second when all of it is unwanted. */
const WINDOW_BYTES = 16 << 20;
/** Files whose runs are remembered; the least recently read is forgotten first. */
const MAX_FILES = 256;

export type Prefetch = (file: BlockFile, block: number, priority: Priority) => void;

export class ReadAhead implements ObservingBlockReader {
  readonly #blocks: BlockReader;
  readonly #prefetch: Prefetch;
  readonly #runs = new Map<CacheKey, readonly Run[]>();

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
    const window = Math.max(1, Math.floor(WINDOW_BYTES / file.blockSize));
    const blocks = blockCount(file.size, file.blockSize);
    const { runs, ahead } = observe(this.#runs.get(file.key) ?? [], block, { blocks, window });
    this.#runs.delete(file.key);
    this.#runs.set(file.key, runs);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MAX_FILES && oldest !== undefined) this.#runs.delete(oldest);
    for (const wanted of ahead) this.#prefetch(file, wanted, 'readahead');
  }
}
