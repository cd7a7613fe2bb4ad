/**
 * The map of one file's blocks as the engine tells it, and what of it a client has not seen yet. Invariant: what waits to be
 * told is never larger than the map itself; past that the map is told anew.
 */
import type { BlockMap, EngineEvent } from '../engine/control/protocol.ts';
import type { BlocksEvent } from '../ipc/contract.ts';

export type BlockReport = Pick<Extract<EngineEvent, { event: 'blocks' }>, 'changes' | 'reads'>;

/** `[1234567,12,3],` as JSON, about; a block of the whole map takes 4/3, as base64. Characters. */
const RANGE_COST = 16;
/** A file of few blocks is read over and over: its reads may take more than its map. */
const MIN_RANGES = 256;

type Change = [first: number, count: number, state: number];
type Range = [first: number, count: number];

export class BlockChanges {
  #map: (Omit<BlockMap, 'states'> & { readonly states: Buffer }) | undefined;
  /** What came before the map did. */
  #early: BlockReport[] = [];
  #told = false;
  #changes: Change[] = [];
  #reads: Range[] = [];

  /** Begins anew with this map; the client is told the whole. */
  begin(map: BlockMap): void {
    this.#map = { ...map, states: Buffer.from(map.states, 'base64') };
    this.#told = false;
    this.#forget();
    for (const report of this.#early.splice(0)) this.add(report);
  }

  /** The engine is gone; what comes next belongs to a map that is still to come. */
  interrupt(): void {
    this.#map = undefined;
    this.#early = [];
  }

  add(report: BlockReport): void {
    if (this.#map === undefined) {
      this.#early.push(report);
      return;
    }
    const { states } = this.#map;
    for (const [first, count, state] of report.changes) {
      states.fill(state, first, first + count);
      if (this.#told) addChange(this.#changes, first, count, state);
    }
    if (!this.#told) return;
    for (const [first, count] of report.reads) addRange(this.#reads, first, count);
    const most = Math.max(MIN_RANGES, (states.length * 4) / 3 / RANGE_COST);
    // Who reads fast enough to fill this sees the last of it: a highlight, not a record.
    if (this.#reads.length > most) this.#reads = this.#reads.slice(-MIN_RANGES);
    if (this.#changes.length > most) this.#told = false;
    if (!this.#told) this.#forget();
  }

  /** Undefined when there is nothing new, or no map yet. */
  next(): BlocksEvent | undefined {
    if (this.#map === undefined) return undefined;
    if (!this.#told) {
      const { size, blockSize, states } = this.#map;
      this.#told = true;
      const text = states.toString('base64');
      return { kind: 'snapshot', size, blockSize, blocks: states.length, states: text };
    }
    if (this.#changes.length === 0 && this.#reads.length === 0) return undefined;
    const event: BlocksEvent = { kind: 'delta', changes: this.#changes, reads: this.#reads };
    this.#forget();
    return event;
  }

  #forget(): void {
    this.#changes = [];
    this.#reads = [];
  }
}

function addChange(changes: Change[], first: number, count: number, state: number): void {
  const last = changes.at(-1);
  if (last !== undefined && last[2] === state && last[0] + last[1] === first) last[1] += count;
  else changes.push([first, count, state]);
}

function addRange(ranges: Range[], first: number, count: number): void {
  const last = ranges.at(-1);
  if (last !== undefined && last[0] <= first && first <= last[0] + last[1]) {
    last[1] = Math.max(last[1], first + count - last[0]);
  } else ranges.push([first, count]);
}
