import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observe, type Run } from '../../../src-main/engine/prefetch/sequential-runs.ts';

const limits = { blocks: 1000, window: 16 };

/** Blocks asked for after each of a series of reads. */
function follow(blocks: readonly number[], given = limits): (readonly number[])[] {
  let runs: readonly Run[] = [];
  return blocks.map((block) => {
    const seen = observe(runs, block, given);
    runs = seen.runs;
    return seen.ahead;
  });
}

describe('observe', () => {
  it('asks for nothing on a first touch, a jump, a step back or a stride', () => {
    expect(follow([999, 5, 400, 3, 100, 102, 104, 106]).flat()).toEqual([]);
  });

  it('doubles the window while a run goes on and never asks for a block twice', () => {
    expect(follow([10, 11, 12, 13])).toEqual([[], [12, 13], [14, 15, 16], [17, 18, 19, 20, 21]]);
    const asked = follow(Array.from({ length: 100 }, (_, index) => index)).flat();
    expect(asked).toEqual([...new Set(asked)]);
    expect(asked.at(-1)).toBe(115);
  });

  it('stays within the window and the file', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40)), fc.integer({ min: 1, max: 8 }), (blocks, window) => {
        let runs: readonly Run[] = [];
        for (const block of blocks) {
          const seen = observe(runs, block, { blocks: 41, window });
          runs = seen.runs;
          for (const ahead of seen.ahead) {
            expect(ahead).toBeGreaterThan(block);
            expect(ahead).toBeLessThanOrEqual(Math.min(40, block + window));
          }
          expect(runs.length).toBeLessThanOrEqual(16);
        }
      }),
    );
  });

  it('keeps readers of one file apart', () => {
    const asked = follow([0, 500, 1, 501, 2, 502]);
    expect(asked[2]).toEqual([2, 3]);
    expect(asked[3]).toEqual([502, 503]);
    expect(asked[5]).toEqual([504, 505, 506]);
  });

  it('goes on when reads of neighbouring blocks come in the wrong order', () => {
    expect(follow([10, 11, 10, 12, 11, 13])).toEqual([
      [],
      [12, 13],
      [],
      [14, 15, 16],
      [],
      [17, 18, 19, 20, 21],
    ]);
  });

  it('does not count the same block twice', () => {
    expect(follow([7, 7, 7, 7]).flat()).toEqual([]);
  });
});
