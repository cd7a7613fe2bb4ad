/**
 * Read-ahead policy for sequential reading: from the blocks a file's readers touch to the blocks worth fetching next. Pure.
 * A first touch, a jump or a stride asks for nothing: only neighbours read one after the other prove a run.
 */

/** One reader walking forward through a file. */
export interface Run {
  /** Block it began with; stays what it is for as long as the run goes on. */
  readonly start: number;
  /** Block read last. */
  readonly head: number;
  /** Neighbouring blocks read so far. */
  readonly length: number;
  /** First block not yet asked for ahead of the reader. */
  readonly next: number;
}

export interface RunLimits {
  /** Blocks of the file. */
  readonly blocks: number;
  /** Blocks that may be ahead of a reader. */
  readonly window: number;
}

export interface Observation {
  /** Most recently advanced first. */
  readonly runs: readonly Run[];
  /** Blocks to fetch, in order. */
  readonly ahead: readonly number[];
}

/** Readers of one file told apart; with more of them than this the oldest starts its proof again. */
const MAX_RUNS = 16;
/** Blocks in a row that prove a run: one neighbour can be chance, as with a header that crosses a boundary. */
const PROOF_BLOCKS = 2;

export function observe(runs: readonly Run[], block: number, { blocks, window }: RunLimits): Observation {
  // One block back belongs to the run too: the kernel sends the reads of its own read-ahead in any order.
  const known = runs.find((run) => block >= run.head - 1 && block <= run.head + 1);
  const others = runs.filter((run) => run !== known).slice(0, MAX_RUNS - 1);
  if (known === undefined)
    return { runs: [{ start: block, head: block, length: 1, next: block + 1 }, ...others], ahead: [] };
  if (block <= known.head) return { runs: [known, ...others], ahead: [] };
  const length = known.length + 1;
  const first = Math.max(known.next, block + 1);
  // Doubling with the length of the run: what turns out to be unwanted is never more than what was read.
  const reach = length < PROOF_BLOCKS ? 0 : Math.min(2 ** (length - PROOF_BLOCKS + 1), window);
  const end = Math.min(block + 1 + reach, blocks);
  const ahead = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
  return { runs: [{ ...known, head: block, length, next: Math.max(first, end) }, ...others], ahead };
}
