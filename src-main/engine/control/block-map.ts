/**
 * The blocks of one file as a screen shows them: a snapshot first, then what changed since it was last asked. Pure. A block
 * counts as being fetched until it is stored, or known not to be kept.
 */
import { blockCount } from '../entangler/block-range.ts';
import type { BlockMap } from './protocol.ts';

/** The values of a block map's bytes. */
export const BlockState = { missing: 0, queued: 1, fetching: 2, cached: 3, corrupt: 4 } as const;
type State = (typeof BlockState)[keyof typeof BlockState];
export type WayState = typeof BlockState.queued | typeof BlockState.fetching;

/** First block, how many. */
export type BlockRange = readonly [number, number];

export interface BlockDelta {
  /** First block, how many, new state; in order. */
  readonly changes: readonly (readonly [number, number, number])[];
  readonly reads: readonly BlockRange[];
}

export class LiveBlockMap {
  readonly #size: number;
  readonly #blockSize: number;
  /** What a block is while it is not on its way: missing, cached or corrupt. */
  readonly #rest: Uint8Array;
  readonly #shown: Uint8Array;
  #underWay: ReadonlyMap<number, WayState> = new Map();
  /** Blocks that have arrived and may be about to be stored. */
  readonly #landing = new Set<number>();
  /** Blocks whose state may differ from what is shown. */
  readonly #touched = new Set<number>();
  readonly #read = new Set<number>();

  constructor(size: number, blockSize: number, stored: Iterable<number>) {
    this.#size = size;
    this.#blockSize = blockSize;
    this.#rest = new Uint8Array(blockCount(size, blockSize));
    for (const block of stored) if (block < this.#rest.length) this.#rest[block] = BlockState.cached;
    this.#shown = this.#rest.slice();
  }

  /** As shown so far. */
  snapshot(): BlockMap {
    const states = Buffer.from(this.#shown).toString('base64');
    return { size: this.#size, blockSize: this.#blockSize, states };
  }

  stored(block: number): void {
    this.#settle(block, BlockState.cached);
  }

  removed(block: number): void {
    if (this.#rest[block] === BlockState.cached) this.#settle(block, BlockState.missing);
  }

  /** It came with the wrong digest; a good copy may still come. */
  corrupt(block: number): void {
    if (this.#rest[block] !== BlockState.cached) this.#settle(block, BlockState.corrupt);
  }

  read(first: number, count: number): void {
    for (let block = first; block < first + count; block += 1) this.#read.add(block);
  }

  /** The blocks on their way now; `isKept` tells whether one that no longer is will be stored. */
  follow(underWay: ReadonlyMap<number, WayState>, isKept: (block: number) => boolean): void {
    for (const block of this.#underWay.keys()) if (!underWay.has(block)) this.#landing.add(block);
    for (const block of this.#landing) {
      if (this.#rest[block] !== BlockState.cached && isKept(block)) continue;
      this.#landing.delete(block);
      this.#touched.add(block);
    }
    for (const block of underWay.keys()) this.#touched.add(block);
    this.#underWay = underWay;
  }

  /** What changed since the last call; undefined when nothing did. */
  take(): BlockDelta | undefined {
    const changes: [number, number, number][] = [];
    for (const block of inOrder(this.#touched)) {
      const state = this.#stateOf(block);
      if (state === this.#shown[block]) continue;
      this.#shown[block] = state;
      const last = changes.at(-1);
      if (last !== undefined && last[0] + last[1] === block && last[2] === state) last[1] += 1;
      else changes.push([block, 1, state]);
    }
    const reads: [number, number][] = [];
    for (const block of inOrder(this.#read)) {
      const last = reads.at(-1);
      if (last !== undefined && last[0] + last[1] === block) last[1] += 1;
      else reads.push([block, 1]);
    }
    this.#touched.clear();
    this.#read.clear();
    return changes.length === 0 && reads.length === 0 ? undefined : { changes, reads };
  }

  #settle(block: number, state: State): void {
    if (block >= this.#rest.length) return;
    this.#rest[block] = state;
    this.#touched.add(block);
  }

  #stateOf(block: number): State {
    const rest = this.#rest[block] as State;
    if (rest === BlockState.cached) return rest;
    return this.#underWay.get(block) ?? (this.#landing.has(block) ? BlockState.fetching : rest);
  }
}

function inOrder(blocks: ReadonlySet<number>): readonly number[] {
  return [...blocks].toSorted((a, b) => a - b);
}
