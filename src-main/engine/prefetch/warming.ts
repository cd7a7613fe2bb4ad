/**
 * Brings whole files into the cache before anybody reads them, a few blocks at a time and at the priority `warm`, so that every
 * reader comes first. Invariant: memory is bounded whatever the files are, and a block that is cached is not asked for.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { CacheKey } from '../cache/block-cache.ts';
import { blockCount, blockLength } from '../entangler/block-range.ts';
import type { BlockFile } from '../entangler/block-reader.ts';

/** Enough to fill a link when no person reads; each of them may take a block's memory. */
const BLOCKS_AT_ONCE = 8;
/** Look-ups in the index between two turns of the event loop: about a millisecond. */
const LOOKUPS_PER_TURN = 256;
/** Files one after the other that do not come: more would fail for the same reason. */
const FAILURES_AT_MOST = 4;

export interface WarmingParts {
  /** False when the block did not get into the cache. Never rejects. */
  readonly fetch: (file: BlockFile, block: number) => Promise<boolean>;
  readonly isCached: (key: CacheKey, block: number) => boolean;
  readonly cachedBytes: (key: CacheKey) => number;
  /** Asked before each block: whether to go on. */
  readonly goesOn: () => boolean;
}

export interface Warmed {
  /** Of the blocks that were looked at and are cached now. */
  readonly bytes: number;
  /** Of those, the ones that were fetched. */
  readonly fetchedBytes: number;
  /** Files of which a block did not come; the rest of them was left out. */
  readonly missed: number;
  /** Too many in a row: the rest was not tried. */
  readonly gaveUp: boolean;
  /** The first file and block that was not looked at; undefined when all were. */
  readonly next: WarmPosition | undefined;
}

export interface WarmPosition {
  /** Index among the files. */
  readonly file: number;
  readonly block: number;
}

interface Wanted {
  readonly file: BlockFile;
  readonly block: number;
}

export async function warm(
  files: readonly BlockFile[],
  { fetch, isCached, cachedBytes, goesOn }: WarmingParts,
  from: WarmPosition = { file: 0, block: 0 },
): Promise<Warmed> {
  let [bytes, fetchedBytes, inARow, lookups] = [0, 0, 0, 0];
  let at: WarmPosition | undefined = from;
  const missed = new Set<BlockFile>();
  const gaveUp = (): boolean => inARow >= FAILURES_AT_MOST;

  /** The next block that is missing; `at` is behind it then. */
  async function next(): Promise<Wanted | undefined> {
    for (;;) {
      const file = at && files[at.file];
      if (at === undefined || file === undefined) {
        at = undefined;
        return undefined;
      }
      if (gaveUp() || !goesOn()) return undefined;
      const { block } = at;
      const isWhole = block === 0 && cachedBytes(file.key) >= file.size;
      if (isWhole) bytes += file.size;
      if (isWhole || missed.has(file) || block >= blockCount(file.size, file.blockSize)) {
        at = { file: at.file + 1, block: 0 };
      } else {
        at = { file: at.file, block: block + 1 };
        if (!isCached(file.key, block)) return { file, block };
        bytes += blockLength(file.size, file.blockSize, block);
      }
      lookups += 1;
      if (lookups % LOOKUPS_PER_TURN === 0) await turn();
    }
  }

  // One after the other: two that look at once would take the same block.
  let looking: Promise<unknown> = Promise.resolve();
  function nextInTurn(): Promise<Wanted | undefined> {
    const before = looking;
    const found = (async () => {
      await before;
      return await next();
    })();
    looking = found;
    return found;
  }

  async function some(): Promise<void> {
    for (let wanted = await nextInTurn(); wanted !== undefined; wanted = await nextInTurn()) {
      const { file, block } = wanted;
      if (await fetch(file, block)) {
        const length = blockLength(file.size, file.blockSize, block);
        bytes += length;
        fetchedBytes += length;
        inARow = 0;
      } else if (!missed.has(file)) {
        missed.add(file);
        inARow += 1;
      }
    }
  }
  await Promise.all(Array.from({ length: BLOCKS_AT_ONCE }, some));
  return { bytes, fetchedBytes, missed: missed.size, gaveUp: gaveUp(), next: at };
}
