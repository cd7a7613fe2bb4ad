import { expect, it } from 'vitest';
import { ReadTable } from '../../../src-main/engine/filesystem/read-table.ts';

const identify = (thread: number) => ({ pid: thread - (thread % 10), name: `program ${thread}` });

/** The table as its writer and as the event loop sees it. */
function bothSides() {
  const writer = new ReadTable(identify);
  return { writer, looker: new ReadTable(identify, writer.shared) };
}

it('adds up reads whether anybody watches or not', () => {
  const { writer, looker } = bothSides();
  writer.hit(11, 1, 100);
  writer.miss(0, 1, 50);
  writer.miss(11, 1, 0);
  expect(looker.totals()).toEqual({ bytes: 150, hits: 1, misses: 2 });
  expect(looker.readers()).toEqual([]);
});

it('tells threads apart while they are watched, with process, name and what they read last', () => {
  const { writer, looker } = bothSides();
  writer.hit(11, 1, 100);
  looker.watch();
  writer.hit(11, 7, 5);
  writer.miss(12, 8, 6);
  writer.hit(11, 9, 2 ** 40);
  writer.hit(0, 1, 3);
  expect(looker.readers()).toMatchObject([
    { pid: 10, name: 'program 11', bytes: 2 ** 40 + 5, ordinal: 9 },
    { pid: 10, name: 'program 12', bytes: 6, ordinal: 8 },
  ]);
  looker.unwatch();
  expect(looker.readers()).toEqual([]);
  writer.hit(11, 1, 100);
  looker.watch();
  expect(looker.readers()).toEqual([]);
  writer.hit(13, 1, 1);
  expect(looker.readers()).toMatchObject([{ name: 'program 13', bytes: 1 }]);
});

it('gives the slot of a thread that has stopped to another, under a new tenancy', () => {
  const { writer, looker } = bothSides();
  looker.watch();
  for (let thread = 1; thread <= 200; thread++) {
    writer.hit(1, 1, 10);
    writer.hit(thread, 1, 1);
  }
  const readers = looker.readers();
  expect(readers).toHaveLength(64);
  expect(readers.find(({ name }) => name === 'program 200')).toMatchObject({ bytes: 1 });
  // Who reads all the time may lose its place when all others read too, and has one again at its next read.
  expect(readers.filter(({ name }) => name === 'program 1')).toHaveLength(1);
  expect(new Set(readers.map(({ slot }) => slot)).size).toBe(64);
  expect(readers.some(({ tenancy }) => tenancy > 2)).toBe(true);
});

it('cuts a name to what the kernel allows', () => {
  const writer = new ReadTable(() => ({ pid: 1, name: 'x'.repeat(100) }));
  writer.watch();
  writer.hit(1, 1, 1);
  expect(writer.readers()[0]?.name).toBe('x'.repeat(16));
});
