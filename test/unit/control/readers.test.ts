import { expect, it } from 'vitest';
import { Readers } from '../../../src-main/engine/control/readers.ts';

const slot = (values: { pid: number; bytes: number; slot?: number; tenancy?: number; ordinal?: number }) => ({
  slot: 0,
  tenancy: 2,
  ordinal: 1,
  name: `program ${values.pid}`,
  ...values,
});

it('adds the threads of a process up, over both tables, and keeps what it read last', () => {
  const readers = new Readers();
  readers.update([[slot({ pid: 5, bytes: 10 })], [slot({ pid: 5, bytes: 1, ordinal: 3 })]], 1_000);
  expect(readers.list()).toEqual([
    { pid: 5, process: 'program 5', ordinal: 3, bytes: 11, lastReadAt: 1_000 },
  ]);
  readers.update(
    [[slot({ pid: 5, bytes: 30, ordinal: 4 })], [slot({ pid: 5, bytes: 1, ordinal: 3 })]],
    2_000,
  );
  expect(readers.list()).toMatchObject([{ bytes: 31, ordinal: 4, lastReadAt: 2_000 }]);
});

it('does not take a slot that changed hands for one that read backwards', () => {
  const readers = new Readers();
  readers.update([[slot({ pid: 5, bytes: 1_000 })]], 1_000);
  readers.update([[slot({ pid: 6, bytes: 10, tenancy: 4 })]], 2_000);
  readers.update([[slot({ pid: 5, bytes: 7, tenancy: 6 })]], 3_000);
  expect(readers.list().map(({ pid, bytes }) => [pid, bytes])).toEqual([
    [5, 1_007],
    [6, 10],
  ]);
});

it('forgets who has not read for half a minute and lists the latest 32', () => {
  const readers = new Readers();
  readers.update([[slot({ pid: 5, bytes: 10 })]], 0);
  readers.update([[slot({ pid: 5, bytes: 10 })]], 29_999);
  expect(readers.list()).toHaveLength(1);
  readers.update([[slot({ pid: 5, bytes: 10 })]], 30_000);
  expect(readers.list()).toEqual([]);
  for (let pid = 1; pid <= 40; pid++) readers.update([[slot({ pid, slot: pid, bytes: 1 })]], 30_000 + pid);
  expect(readers.list()).toHaveLength(32);
  expect(readers.list()[0]?.pid).toBe(40);
});
