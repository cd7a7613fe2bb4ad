/** What a client of a block map is told: held against a map that sees everything. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BlocksEvent } from '../../../src-main/ipc/contract.ts';
import { BlockChanges } from '../../../src-main/supervisor/block-changes.ts';

const map = (states: Uint8Array) => ({
  size: states.length * 10,
  blockSize: 10,
  states: Buffer.from(states).toString('base64'),
});

/** The map as a client keeps it. */
function follow(states: number[], event: BlocksEvent | undefined): number[] {
  if (event === undefined) return states;
  if (event.kind === 'snapshot') return [...Buffer.from(event.states, 'base64')];
  for (const [first, count, state] of event.changes) states.fill(state, first, first + count);
  return states;
}

test('however often it asks, a client ends with the map of the engine', () => {
  const blocks = 40;
  const change = fc
    .tuple(fc.nat(blocks - 1), fc.integer({ min: 1, max: 8 }), fc.nat(5))
    .map(([first, count, state]) => [first, Math.min(count, blocks - first), state] as const);
  const step = fc.record({ changes: fc.array(change, { maxLength: 6 }), ask: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const truth = new Uint8Array(blocks);
      const tracked = new BlockChanges();
      tracked.begin(map(truth));
      let seen: number[] = [];
      for (const { changes, ask } of steps) {
        for (const [first, count, state] of changes) truth.fill(state, first, first + count);
        tracked.add({ changes, reads: [] });
        if (ask) seen = follow(seen, tracked.next());
      }
      expect(follow(seen, tracked.next())).toEqual([...truth]);
    }),
  );
});

test('neighbours are told as one, reads beside them', () => {
  const tracked = new BlockChanges();
  tracked.begin(map(new Uint8Array(100)));
  expect(tracked.next()).toMatchObject({ kind: 'snapshot', size: 1_000, blocks: 100 });
  for (let block = 10; block < 20; block += 1) {
    tracked.add({ changes: [[block, 1, 3]], reads: [[block, 1]] });
  }
  expect(tracked.next()).toEqual({ kind: 'delta', changes: [[10, 10, 3]], reads: [[10, 10]] });
  expect(tracked.next()).toBeUndefined();
});

test('more changes than the map is large are told as the map', () => {
  const tracked = new BlockChanges();
  tracked.begin(map(new Uint8Array(1_000)));
  tracked.next();
  for (let round = 0; round < 1_000; round += 1) {
    tracked.add({ changes: [[(round * 7) % 1_000, 1, round % 2]], reads: [[(round * 13) % 1_000, 1]] });
  }
  expect(tracked.next()).toMatchObject({ kind: 'snapshot' });
  expect(tracked.next()).toBeUndefined();
});

test('reads alone never grow without bound', () => {
  const tracked = new BlockChanges();
  tracked.begin(map(new Uint8Array(10)));
  tracked.next();
  for (let round = 0; round < 10_000; round += 1) {
    tracked.add({ changes: [], reads: [[round % 2 === 0 ? 0 : 5, 1]] });
  }
  const event = tracked.next();
  expect(event).toMatchObject({ kind: 'delta', changes: [] });
  expect(event?.kind === 'delta' && event.reads.length).toBeLessThanOrEqual(256);
});

test('what comes before the map is not lost, and a new engine means a new map', () => {
  const tracked = new BlockChanges();
  tracked.add({ changes: [[1, 1, 3]], reads: [] });
  expect(tracked.next()).toBeUndefined();
  tracked.begin(map(new Uint8Array(3)));
  expect(follow([], tracked.next())).toEqual([0, 3, 0]);
  tracked.interrupt();
  expect(tracked.next()).toBeUndefined();
  tracked.begin(map(new Uint8Array([2, 2])));
  expect(follow([], tracked.next())).toEqual([2, 2]);
});
