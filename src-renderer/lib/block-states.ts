/** The states of a block in the order of the contract, as words for people. The type ties the order to the contract's. */
import type { BLOCK_STATES } from '../../src-main/ipc/shapes.ts';

export const STATES: typeof BLOCK_STATES = ['missing', 'queued', 'fetching', 'cached', 'corrupt', 'pinned'];
export type BlockState = (typeof STATES)[number];

export const STATE_LABELS: Readonly<Record<BlockState, string>> = {
  missing: 'Missing',
  queued: 'Queued',
  fetching: 'Fetching',
  cached: 'Cached',
  corrupt: 'Corrupt',
  pinned: 'Pinned',
};
