/**
 * Files that stay in the cache whatever the limit asks for. Kept in the index, and as a small file beside the blocks, so that
 * a pin outlives both a restart and the loss of the index. Invariant: all pinned files together fit into the limit.
 */
import { GhostError, messageOf } from '../errors.ts';
import { sizeText } from '../size-text.ts';
import type { CacheKey } from './block-cache.ts';
import type { CacheIndex } from './cache-index.ts';
import type { PinnedFile } from './cache-index-schema.ts';
import { blockName, cacheKey } from './cache-layout.ts';
import type { FileName } from './cache-layout.ts';
import type { PinFiles } from './pin-files.ts';

/** A pinned file as its owner knows it. */
export interface Pin {
  readonly key: CacheKey;
  /** Of the whole file, cached or not. */
  readonly bytes: number;
  /** Below the root of its job, when it was pinned. */
  readonly path: string;
}

export interface PinsParts {
  readonly directory: string;
  readonly index: CacheIndex;
  readonly files: PinFiles;
  readonly limit: () => number | undefined;
  /** Blocks that were spared may go now. */
  readonly freed: () => void;
}

export class Pins {
  readonly #parts: PinsParts;
  /** One after the other: two at once could be more than the limit together. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: PinsParts) {
    this.#parts = parts;
  }

  /** In the order of jobs and paths. */
  all(): readonly Pin[] {
    const { index } = this.#parts;
    return index.pins
      .all()
      .map((pinned) => ({ key: cacheKey(pinned), bytes: pinned.bytes, path: pinned.path }));
  }

  has(file: FileName): boolean {
    return this.#parts.index.pins.has(file);
  }

  /**
   * Twice is once. Rejects with ARGUMENT_INVALID when it does not fit into the limit beside what is pinned, with
   * CACHE_UNAVAILABLE when it cannot be noted.
   */
  add({ key, bytes, path }: Pin): Promise<void> {
    const { index, files, limit } = this.#parts;
    const { namespace, artifact } = blockName(key, 0);
    const pinned: PinnedFile = { namespace, artifact, bytes, path };
    return this.#inTurn(pinned, async () => {
      if (index.pins.has(pinned)) return;
      const others = index.pins.totalBytes();
      const most = limit();
      if (most !== undefined && others + bytes > most) throw tooLarge(pinned, others, most);
      await files.write(pinned);
      await index.pins.add(pinned);
    });
  }

  /** One that is not pinned is no error. Rejects with CACHE_UNAVAILABLE when it cannot be noted. */
  remove(key: CacheKey): Promise<void> {
    const { index, files, freed } = this.#parts;
    const file = blockName(key, 0);
    return this.#inTurn(file, async () => {
      await files.remove(file);
      await index.pins.remove(file);
      freed();
    });
  }

  async #inTurn({ namespace }: FileName, work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    try {
      await done;
    } catch (cause) {
      if (cause instanceof GhostError) throw cause;
      const sentence = `The cache at ${this.#parts.directory} cannot note what is pinned (${messageOf(cause)}).`;
      throw new GhostError('CACHE_UNAVAILABLE', sentence, { job: Number.parseInt(namespace, 10), cause });
    }
  }
}

function tooLarge({ path, bytes }: PinnedFile, others: number, limit: number): GhostError {
  const beside = others === 0 ? '' : ` beside the ${sizeText(others)} that are pinned already`;
  return new GhostError(
    'ARGUMENT_INVALID',
    `${path} has ${sizeText(bytes)} and cannot be pinned: it does not fit into a cache of at most ${sizeText(limit)}${beside}. Raise the limit of the cache or unpin something.`,
  );
}
