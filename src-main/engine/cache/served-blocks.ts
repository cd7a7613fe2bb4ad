/**
 * Remembers which blocks a pool of descriptors has served since it last told, so that the cache knows what is in use. A read
 * costs one store into an array; memory is bounded by the pool and by what is told at once.
 */
import type { CacheKey } from './block-cache.ts';

/** Blocks of one file. */
export interface ServedBlocks {
  readonly key: CacheKey;
  readonly blocks: readonly number[];
}

/** Blocks that left the pool and are remembered by name: more than that are told at once. */
const MAX_GONE = 256;

/** What stands at a position of the pool. */
export type Position = (position: number) => { readonly key: CacheKey; readonly block: number } | undefined;

export class ServedBlockLog {
  readonly #at: Position;
  readonly #tell: (served: readonly ServedBlocks[]) => void;
  readonly #served: Uint8Array;
  #gone = new Map<CacheKey, number[]>();
  #goneCount = 0;

  constructor(positions: number, at: Position, tell: (served: readonly ServedBlocks[]) => void) {
    this.#served = new Uint8Array(positions);
    this.#at = at;
    this.#tell = tell;
  }

  served(position: number): void {
    this.#served[position] = 1;
  }

  /** The position is about to be given to another block. */
  leaves(position: number): void {
    this.#take(position);
    if (this.#goneCount >= MAX_GONE) this.#tellGone();
  }

  /** Tells what was served since the last time, if anything was. */
  tell(): void {
    for (let position = 0; position < this.#served.length; position += 1) this.#take(position);
    this.#tellGone();
  }

  #take(position: number): void {
    if (this.#served[position] === 0) return;
    this.#served[position] = 0;
    const block = this.#at(position);
    if (block === undefined) return;
    const blocks = this.#gone.get(block.key);
    if (blocks === undefined) this.#gone.set(block.key, [block.block]);
    else blocks.push(block.block);
    this.#goneCount += 1;
  }

  #tellGone(): void {
    if (this.#goneCount === 0) return;
    const served = Array.from(this.#gone, ([key, blocks]) => ({ key, blocks }));
    this.#gone = new Map();
    this.#goneCount = 0;
    this.#tell(served);
  }
}
