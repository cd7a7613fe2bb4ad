/** The block map: snapshots, deltas, counts that always agree with the bytes, reads that fade. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlocksEvent } from '../../../../src-main/ipc/contract.ts';
import { BLOCK_STATES } from '../../../../src-main/ipc/shapes.ts';
import { STATES } from '../../../../src-renderer/lib/block-states.ts';
import { BlockMap, GLOW_MS } from '../../../../src-renderer/stores/block-map.ts';

const MIB = 2 ** 20;
const CACHED = STATES.indexOf('cached');

function mapOf(states: readonly number[], size = states.length * MIB): BlockMap {
  const map = new BlockMap();
  const text = Buffer.from(states).toString('base64');
  map.apply({ kind: 'snapshot', size, blockSize: MIB, blocks: states.length, states: text }, 0);
  return map;
}

const counted = (states: Uint8Array): readonly number[] =>
  STATES.map((_, state) => states.filter((value) => value === state).length);

it('names the states in the order of the contract', () => {
  expect(STATES).toEqual(BLOCK_STATES);
});

describe('BlockMap', () => {
  it('takes a snapshot whole', () => {
    const map = mapOf([0, 3, 3, 5]);
    expect([...map.states]).toEqual([0, 3, 3, 5]);
    expect(map.counts).toEqual([1, 0, 0, 2, 0, 1]);
  });

  it('changes runs of blocks in order, and nothing behind the end', () => {
    const map = mapOf([0, 0, 0, 0]);
    const changes: [number, number, number][] = [
      [0, 3, 2],
      [1, 1, 3],
      [3, 100, 4],
    ];
    map.apply({ kind: 'delta', changes, reads: [] }, 0);
    expect([...map.states]).toEqual([2, 3, 2, 4]);
  });

  it('keeps its counts true over any deltas', () => {
    const change = fc.tuple(fc.nat(60), fc.nat(60), fc.nat(STATES.length - 1));
    fc.assert(
      fc.property(
        fc.array(fc.nat(STATES.length - 1), { maxLength: 50 }),
        fc.array(change),
        (states, changes) => {
          const map = mapOf(states);
          map.apply({ kind: 'delta', changes, reads: [] }, 0);
          expect(map.counts).toEqual(counted(map.states));
        },
      ),
    );
  });

  it('never holds more or fewer blocks than the snapshot says', () => {
    const map = new BlockMap();
    const states = Buffer.from([3, 3]).toString('base64');
    map.apply({ kind: 'snapshot', size: 4 * MIB, blockSize: MIB, blocks: 4, states }, 0);
    expect([...map.states]).toEqual([3, 3, 0, 0]);
  });

  it('counts the bytes of a short last block once', () => {
    const map = mapOf([3, 3], MIB + 10);
    expect(map.bytesOf(CACHED)).toBe(MIB + 10);
    expect(map.bytesOf(0)).toBe(0);
  });

  it('remembers reads while they glow', () => {
    const map = mapOf([3, 3, 3]);
    map.apply({ kind: 'delta', changes: [], reads: [[0, 1]] }, 100);
    map.apply({ kind: 'delta', changes: [], reads: [[1, 2]] }, 600);
    expect(map.reads.map(({ first }) => first)).toEqual([0, 1]);
    expect(map.forgetReads(100 + GLOW_MS)).toBe(true);
    expect(map.reads).toEqual([{ first: 1, count: 2, at: 600 }]);
    expect(map.forgetReads(100 + GLOW_MS)).toBe(false);
  });

  it('takes a million blocks', () => {
    const map = mapOf(Array.from({ length: 1_000_000 }, (_, index) => index % STATES.length));
    expect(map.counts.reduce((sum, count) => sum + count)).toBe(1_000_000);
  });

  it('counts a block once that was just read twice, and nothing behind the end or faded', () => {
    const map = mapOf([3, 3, 3, 3, 3, 3], 5 * MIB + 7);
    const reads = (...list: [number, number][]): BlocksEvent => ({
      kind: 'delta',
      changes: [],
      reads: list,
    });
    map.apply(reads([0, 2]), 0);
    expect(map.justRead()).toEqual({ blocks: 2, bytes: 2 * MIB });
    map.apply(reads([4, 10], [1, 2], [4, 1]), 1_000);
    expect(map.justRead()).toEqual({ blocks: 5, bytes: 4 * MIB + 7 });
    map.forgetReads(GLOW_MS);
    expect(map.justRead()).toEqual({ blocks: 4, bytes: 3 * MIB + 7 });
    map.forgetReads(GLOW_MS + 1_000);
    expect(map.justRead()).toEqual({ blocks: 0, bytes: 0 });
  });
});
