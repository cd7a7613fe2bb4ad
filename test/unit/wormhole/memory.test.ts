/** Transfers that wait for memory: who goes first, what frees it, and that one always moves. */
import { expect, test } from 'vitest';
import { TransferPlaces } from '../../../src-main/engine/wormhole/transfer-places.ts';
import type { ScriptedSource } from '../../helpers/scripted-source.ts';
import { turn } from '../../helpers/virtual-clock.ts';
import { Bench, BLOCK, bytesOf, outcomeOf, reset } from './bench.ts';

function benchWith(blocks: number, sources?: ScriptedSource[]) {
  const places = new TransferPlaces({ slots: 16, memoryBytes: blocks * BLOCK });
  const bench = new Bench({ places }, sources);
  return { bench, places, memory: places.memory };
}

test('fetches beyond the ceiling wait for memory, a reader’s before those ahead of it', async () => {
  const { bench, memory } = benchWith(4);
  for (let block = 0; block < 6; block += 1) void outcomeOf(bench.submit(block, 'background'));
  expect(bench.asked).toEqual([0, 1, 2]);
  const first = bench.submit(7);
  void outcomeOf(bench.submit(8));
  expect([bench.asked, memory.used]).toEqual([[0, 1, 2, 7], 4 * BLOCK]);
  // A block is counted until whoever got it gives it back.
  bench.first.calls[3]?.finish();
  const { lease } = await first.promise;
  await turn();
  expect([bench.asked.length, memory.used]).toEqual([4, 4 * BLOCK]);
  lease.release();
  expect([bench.asked, memory.used]).toEqual([[0, 1, 2, 7, 8], 4 * BLOCK]);
});

test('a background fetch that waits for memory goes before later ones, and at once when a reader wants it', async () => {
  const { bench } = benchWith(4);
  for (let block = 0; block < 3; block += 1) void outcomeOf(bench.submit(block, 'background'));
  const waiting = bench.submit(3, 'background');
  void outcomeOf(waiting);
  void outcomeOf(bench.submit(4, 'background'));
  waiting.upgrade('user');
  expect(bench.asked).toEqual([0, 1, 2, 3]);
});

test('a block larger than the ceiling is fetched, alone', async () => {
  const { bench, memory } = benchWith(0.5);
  const transfers = [bench.submit(0), bench.submit(1)];
  expect(bench.asked).toEqual([0]);
  bench.first.calls[0]?.finish();
  (await transfers[0]?.promise)?.lease.release();
  await turn();
  expect([bench.asked, memory.used]).toEqual([[0, 1], BLOCK]);
});

test('a transfer that fails or is cancelled gives its memory back, wherever it is', async () => {
  const { bench, memory } = benchWith(2);
  const running = bench.submit(0);
  const parked = bench.submit(1);
  const waiting = [2, 3].map((block) => outcomeOf(bench.submit(block)));
  const ends = [outcomeOf(running), outcomeOf(parked)];
  bench.first.calls[1]?.send(10);
  bench.first.calls[1]?.fail(reset());
  await turn();
  // Half a block is kept for resuming, but not against a reader.
  expect([bench.asked, memory.used]).toEqual([[0, 1, 2], 2 * BLOCK]);
  parked.cancel();
  running.cancel();
  expect(await Promise.all(ends)).toEqual(['INTERRUPTED', 'INTERRUPTED']);
  await turn();
  expect(bench.asked).toEqual([0, 1, 2, 3]);
  await bench.wormhole.close();
  expect(await Promise.all(waiting)).toEqual(['SHUTTING_DOWN', 'SHUTTING_DOWN']);
  await turn();
  expect(memory.used).toBe(0);
});

test('half a block that had to make room is fetched again from its first byte', async () => {
  const { bench, memory } = benchWith(2);
  const cut = bench.submit(0);
  bench.first.calls[0]?.send(400);
  bench.first.calls[0]?.fail(reset());
  await turn();
  expect([memory.used, memory.inUse]).toEqual([BLOCK, 0]);
  const others = [1, 2].map((block) => bench.submit(block));
  expect(memory.used).toBe(2 * BLOCK);
  for (const other of others) void other.promise.then(({ lease }) => lease.release());
  await bench.finishAll();
  await bench.clock.advance(200);
  expect(bench.first.open[0]?.request.offset).toBe(0);
  await bench.finishAll();
  expect((await cut.promise).data).toEqual(bytesOf(0));
});

test('mounts share the ceiling', async () => {
  const places = new TransferPlaces({ slots: 16, memoryBytes: 2 * BLOCK });
  const [one, other] = [new Bench({ places }), new Bench({ places })];
  for (let block = 0; block < 2; block += 1) void outcomeOf(one.submit(block));
  const waiting = other.submit(5);
  expect([one.asked, other.asked]).toEqual([[0, 1], []]);
  one.first.calls[0]?.fail(reset());
  await turn();
  expect(other.asked).toEqual([5]);
  await other.finishAll();
  expect((await waiting.promise).data).toEqual(bytesOf(5));
});
