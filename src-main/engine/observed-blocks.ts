/**
 * Tells an observer what readers of one mount ask for and what they cannot have. Stands between a driver and the block
 * reader and changes nothing of a read.
 */
import type { CacheKey } from './cache/block-cache.ts';
import type { BlockFile, ObservingBlockReader, ReadRequest } from './entangler/block-reader.ts';
import { GhostError } from './errors.ts';
import type { SourceState } from './wormhole/source-standing.ts';

export interface MountObserver {
  /** Somebody reads these blocks, or has within the last second where they are cached. */
  read(file: CacheKey, firstBlock: number, blocks: number): void;
  /** A read failed; not told when its reader went away or the mount did. */
  failed(file: BlockFile, error: unknown): void;
  /**
   * A block had the wrong digest and was thrown away: it came so from a source, or was found so in the cache, where its artifact
   * is known only if somebody read it lately.
   */
  corrupt(artifact: string | undefined, block: number, where: 'source' | 'cache'): void;
  /** What the job's sources are together has changed; `error` says why, undefined when they are reachable again. */
  sources(state: SourceState, error: GhostError | undefined): void;
  /** A block came from a source. */
  delivered(): void;
}

/** More than are read at the same time. */
const MAX_FILES = 256;

export class ObservedBlocks implements ObservingBlockReader {
  readonly #blocks: ObservingBlockReader;
  readonly #observer: MountObserver;
  /** Files by key, the one read longest ago first. */
  readonly #files = new Map<CacheKey, BlockFile>();

  constructor(blocks: ObservingBlockReader, observer: MountObserver) {
    this.#blocks = blocks;
    this.#observer = observer;
  }

  async read(request: ReadRequest): Promise<readonly Uint8Array[]> {
    const { file, offset, length } = request;
    this.#note(file);
    const first = Math.floor(offset / file.blockSize);
    this.#observer.read(file.key, first, Math.floor((offset + length - 1) / file.blockSize) - first + 1);
    try {
      return await this.#blocks.read(request);
    } catch (error) {
      if (!isDeparture(error)) this.#observer.failed(file, error);
      throw error;
    }
  }

  /** To be told of a cached block that was found damaged. */
  corrupt(key: CacheKey, block: number): void {
    this.#observer.corrupt(this.#files.get(key)?.id, block, 'cache');
  }

  advanced(file: BlockFile, block: number): void {
    this.#note(file);
    this.#observer.read(file.key, block, 1);
    this.#blocks.advanced(file, block);
  }

  #note(file: BlockFile): void {
    this.#files.delete(file.key);
    this.#files.set(file.key, file);
    const [oldest] = this.#files.keys();
    if (this.#files.size > MAX_FILES && oldest !== undefined) this.#files.delete(oldest);
  }
}

function isDeparture(error: unknown): boolean {
  return error instanceof GhostError && (error.code === 'INTERRUPTED' || error.code === 'SHUTTING_DOWN');
}
