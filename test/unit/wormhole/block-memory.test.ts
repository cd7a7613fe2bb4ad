/** The ceiling for blocks in memory, and what may be taken back. */
import { expect, test } from 'vitest';
import { BlockMemory } from '../../../src-main/engine/wormhole/block-memory.ts';

test('what is used stays below the ceiling, and what is given back can be had again', () => {
  let told = 0;
  const memory = new BlockMemory(() => (told += 1), 100);
  const leases = [memory.take(60, 'user'), memory.take(40, 'user')];
  expect([memory.used, memory.take(1, 'user')]).toEqual([100, undefined]);
  leases[1]?.release();
  leases[1]?.release();
  expect([memory.used, told]).toEqual([60, 1]);
  expect(memory.take(41, 'user')).toBeUndefined();
  expect(memory.take(40, 'user')).toBeDefined();
});

test('a quarter is left to readers', () => {
  const memory = new BlockMemory(() => undefined, 100);
  expect(memory.take(75, 'readahead')).toBeDefined();
  expect(['readahead', 'warm', 'background'].map((one) => memory.take(1, one as 'warm'))).toEqual(
    Array.from({ length: 3 }),
  );
  expect(memory.take(25, 'user')).toBeDefined();
});

test('lent memory is taken back when that makes room, lent longest ago first, and no more than that', () => {
  const memory = new BlockMemory(() => undefined, 100);
  const dropped: string[] = [];
  const [a, b, c] = ['a', 'b', 'c'].map((name) => {
    const lease = memory.take(30, 'user');
    lease?.lend(() => dropped.push(name));
    return lease;
  });
  a?.keep();
  expect([memory.used, memory.inUse]).toEqual([90, 30]);
  expect(memory.take(71, 'user')).toBeUndefined();
  expect(dropped).toEqual([]);
  expect(memory.take(40, 'user')).toBeDefined();
  expect([dropped, memory.used]).toEqual([['b'], 100]);
  // A lease that was taken back is over.
  b?.lend(() => dropped.push('again'));
  b?.release();
  c?.lend(() => dropped.push('c, lent anew'));
  expect(memory.take(30, 'user')).toBeDefined();
  expect([dropped, memory.used]).toEqual([['b', 'c, lent anew'], 100]);
});

test('a single fetch gets its block whatever is used', () => {
  const memory = new BlockMemory(() => undefined, 100);
  memory.take(50, 'user')?.lend(() => undefined);
  memory.take(40, 'user');
  memory.takeAnyway(120);
  expect(memory.used).toBe(160);
});
