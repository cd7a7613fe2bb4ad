/** Holds the arithmetic between byte ranges and blocks, also past 2^32. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockCount, blockLength, blockSlices } from '../../../src-main/engine/entangler/block-range.ts';

const MIB = 1024 * 1024;
const blockSize = fc.integer({ min: 16, max: 24 }).map((bits) => 2 ** bits);
// Up to 2^52: past what 32-bit arithmetic could hold, and what a catalogue may promise.
const size = fc.oneof(fc.nat(64 * MIB), fc.integer({ min: 0, max: 2 ** 52 }));

describe('slices of a range', () => {
  test('laid end to end are exactly the range', () => {
    fc.assert(
      fc.property(size, fc.nat(8 * MIB), blockSize, (offset, length, bytes) => {
        let position = offset;
        for (const { block, start, end } of blockSlices(offset, length, bytes)) {
          expect(block * bytes + start).toBe(position);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(bytes);
          position += end - start;
        }
        expect(position).toBe(offset + length);
      }),
    );
  });

  test('name every block once, in order', () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 8 * MIB }), blockSize, (offset, length, bytes) => {
        const blocks = blockSlices(offset, length, bytes).map((slice) => slice.block);
        const first = Math.floor(offset / bytes);
        const last = Math.floor((offset + length - 1) / bytes);
        expect(blocks).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
      }),
    );
  });

  test('of nothing are none', () => {
    expect(blockSlices(5, 0, MIB)).toEqual([]);
  });

  test('at the edges of a block', () => {
    expect(blockSlices(MIB - 1, 2, MIB)).toEqual([
      { block: 0, start: MIB - 1, end: MIB },
      { block: 1, start: 0, end: 1 },
    ]);
    expect(blockSlices(MIB, MIB, MIB)).toEqual([{ block: 1, start: 0, end: MIB }]);
  });
});

describe('blocks of a file', () => {
  test('together are as long as the file, and none follows the last', () => {
    fc.assert(
      fc.property(fc.nat(512 * MIB), blockSize, (fileSize, bytes) => {
        const count = blockCount(fileSize, bytes);
        let total = 0;
        for (let block = 0; block < count; block += 1) {
          const length = blockLength(fileSize, bytes, block);
          expect(length).toBeGreaterThan(0);
          total += length;
        }
        expect(total).toBe(fileSize);
        expect(blockLength(fileSize, bytes, count)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('are one for a file of exactly a block, two for one byte more, none for an empty file', () => {
    expect([MIB, MIB + 1, 0].map((fileSize) => blockCount(fileSize, MIB))).toEqual([1, 2, 0]);
    expect(blockLength(MIB + 1, MIB, 1)).toBe(1);
  });
});
