import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BlockState, LiveBlockMap, type WayState } from '../../../src-main/engine/control/block-map.ts';

const { missing, queued, fetching, cached, corrupt } = BlockState;
const BLOCK = 100;
const onTheWay = (...blocks: readonly (readonly [number, WayState])[]) => new Map(blocks);
const notKept = () => false;

it('begins with what is stored, and tells nothing while nothing happens', () => {
  const map = new LiveBlockMap(401, BLOCK, [1, 4, 99]);
  expect(map.snapshot()).toEqual({
    size: 401,
    blockSize: BLOCK,
    states: Buffer.of(missing, cached, missing, missing, cached).toString('base64'),
  });
  map.follow(new Map(), notKept);
  expect(map.take()).toBeUndefined();
});

it('joins neighbours into ranges, in order, and tells each change once', () => {
  const map = new LiveBlockMap(1_000, BLOCK, []);
  for (const block of [7, 3, 2, 4, 9]) map.stored(block);
  map.read(4, 2);
  map.read(1, 1);
  map.read(5, 1);
  expect(map.take()).toEqual({
    changes: [
      [2, 3, cached],
      [7, 1, cached],
      [9, 1, cached],
    ],
    reads: [
      [1, 1],
      [4, 2],
    ],
  });
  map.stored(3);
  expect(map.take()).toBeUndefined();
});

it('follows a block from the line over the wire to the disk', () => {
  const map = new LiveBlockMap(300, BLOCK, []);
  const step = (way: ReadonlyMap<number, WayState>, kept: boolean) => {
    map.follow(way, () => kept);
    return map.take()?.changes;
  };
  expect(step(onTheWay([0, queued], [1, fetching]), true)).toEqual([
    [0, 1, queued],
    [1, 1, fetching],
  ]);
  expect(step(onTheWay([0, fetching]), true)).toEqual([[0, 1, fetching]]);
  // Both have arrived and wait for the disk.
  expect(step(new Map(), true)).toBeUndefined();
  map.stored(1);
  expect(step(new Map(), true)).toEqual([[1, 1, cached]]);
  expect(step(new Map(), false)).toEqual([[0, 1, missing]]);
});

it('shows a corrupt block until a good copy comes, and a removed one as missing', () => {
  const map = new LiveBlockMap(300, BLOCK, [2]);
  map.corrupt(0);
  map.removed(2);
  expect(map.take()?.changes).toEqual([
    [0, 1, corrupt],
    [2, 1, missing],
  ]);
  map.removed(0);
  expect(map.take()).toBeUndefined();
  map.follow(onTheWay([0, fetching]), notKept);
  expect(map.take()?.changes).toEqual([[0, 1, fetching]]);
  map.stored(0);
  expect(map.take()?.changes).toEqual([[0, 1, cached]]);
});

it('shows whoever applies all deltas to the first snapshot what a new snapshot shows', () => {
  const BLOCKS = 12;
  const block = fc.nat(BLOCKS - 1);
  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom('stored', 'removed', 'corrupt'), block }),
    fc.record({ kind: fc.constant('take'), block }),
    fc.record({
      kind: fc.constant('follow'),
      block,
      way: fc.array(fc.tuple(block, fc.constantFrom<WayState>(queued, fetching))),
    }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const map = new LiveBlockMap(BLOCKS * BLOCK, BLOCK, [1]);
      const states = Buffer.from(map.snapshot().states, 'base64');
      for (const { kind, block: at, ...rest } of [...steps, { kind: 'take', block: 0 }]) {
        if (kind === 'stored') map.stored(at);
        else if (kind === 'removed') map.removed(at);
        else if (kind === 'corrupt') map.corrupt(at);
        else if (kind === 'follow') map.follow(new Map('way' in rest ? rest.way : []), notKept);
        else {
          for (const [first, count, state] of map.take()?.changes ?? [])
            states.fill(state, first, first + count);
          expect(states.toString('base64')).toBe(map.snapshot().states);
        }
      }
    }),
  );
});
