/**
 * Brings any number of blocks onto a limited number of cells. A cell of several blocks shows what needs attention first and
 * otherwise how much of it is cached. Pure.
 */
import { STATES, type BlockState } from '../../lib/block-states.ts';

const index = (state: BlockState): number => STATES.indexOf(state);
const [MISSING, QUEUED, FETCHING, CACHED, CORRUPT, PINNED] = [
  index('missing'),
  index('queued'),
  index('fetching'),
  index('cached'),
  index('corrupt'),
  index('pinned'),
];
/** What decides a mixed cell, the most pressing first; `missing` and `cached` blend instead. */
const PRESSING = [CORRUPT, FETCHING, QUEUED];

export interface Cells {
  /** Index of state per cell; `cached` also for a part. */
  readonly states: Uint8Array;
  /** How much of the cell is in that state, 1 to 255; 255 is all of it. */
  readonly shares: Uint8Array;
  readonly blocksPerCell: number;
}

/** `most`: how many cells there may be. */
export function reduceBlocks(blocks: Uint8Array, most: number): Cells {
  const blocksPerCell = Math.max(1, Math.ceil(blocks.length / Math.max(1, most)));
  const cells = Math.ceil(blocks.length / blocksPerCell);
  if (blocksPerCell === 1) return { states: blocks, shares: new Uint8Array(cells).fill(255), blocksPerCell };
  const states = new Uint8Array(cells);
  const shares = new Uint8Array(cells);
  const counts = new Uint32Array(STATES.length);
  for (let cell = 0; cell < cells; cell++) {
    counts.fill(0);
    const first = cell * blocksPerCell;
    const end = Math.min(first + blocksPerCell, blocks.length);
    for (let block = first; block < end; block++) {
      const state = blocks[block] ?? MISSING;
      counts[state] = (counts[state] ?? 0) + 1;
    }
    const state = stateOf(counts);
    const held = state === CACHED ? (counts[CACHED] ?? 0) + (counts[PINNED] ?? 0) : (counts[state] ?? 0);
    states[cell] = state;
    // Something pressing is shown whole: one corrupt block among a thousand must be seen.
    shares[cell] = PRESSING.includes(state) ? 255 : Math.max(1, Math.round((held / (end - first)) * 255));
  }
  return { states, shares, blocksPerCell };
}

function stateOf(counts: Uint32Array): number {
  const pressing = PRESSING.find((state) => (counts[state] ?? 0) > 0);
  if (pressing !== undefined) return pressing;
  const [cached, pinned] = [counts[CACHED] ?? 0, counts[PINNED] ?? 0];
  if (pinned > cached) return PINNED;
  return cached + pinned > 0 ? CACHED : MISSING;
}
