/** The ceiling for blocks in memory over all that holds them: fetches, commits, and what is kept for readers. */
import { expect, test } from 'vitest';
import { CommitBacklog } from '../../../src-main/engine/entangler/commit-backlog.ts';
import { TransferPlaces } from '../../../src-main/engine/wormhole/transfer-places.ts';
import { ScriptedSource } from '../../helpers/scripted-source.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';
import { Bench, BLOCK, fileOf, NOTHING } from './bench.ts';

const large = fileOf('large', 200 * BLOCK);

/** Two mounts of one engine; each answers at once what it is asked, and says how much memory is used then. */
function twoMounts(blocks: number, options: { readonly cached: boolean }) {
  const clock = new VirtualClock();
  const memoryBytes = blocks * BLOCK;
  const places = new TransferPlaces({ slots: 16, memoryBytes });
  const backlog = new CommitBacklog({ clock, memoryBytes });
  const used: number[] = [];
  const mounts = [1, 2].map(() => {
    const source = new ScriptedSource('fast', (call) => {
      used.push(places.memory.used);
      call.finish();
    });
    const cache = options.cached ? {} : { cache: undefined };
    return new Bench({ clock, backlog, ...cache }, { places, sources: [source] });
  });
  const touch = async (mount: number, block: number) =>
    await mounts[mount]?.read(block * BLOCK, 10, { file: large });
  return { clock, places, mounts, touch, most: () => Math.max(...used), asked: () => used.length };
}

test('without a cache, what one mount keeps makes room for what another one fetches', async () => {
  const { places, touch, most, asked } = twoMounts(8, { cached: false });
  for (let block = 0; block < 20; block += 1) {
    expect([await touch(0, block), await touch(1, block)]).toEqual(['right', 'right']);
  }
  expect([most(), places.memory.inUse]).toEqual([8 * BLOCK, 0]);
  // The blocks read last are still there.
  const before = asked();
  expect([await touch(0, 19), await touch(1, 19), asked()]).toEqual(['right', 'right', before]);
});

test('a cache disk that hangs takes half of it, and reading goes on in the rest without waiting for the disk', async () => {
  const { clock, places, mounts, touch, most } = twoMounts(8, { cached: true });
  for (const { cache } of mounts) cache.slow = true;
  const readOn = async (block: number): Promise<number> => {
    const since = clock.now();
    const reads = [touch(0, block), touch(1, block)];
    while (mounts.some(({ entangler }) => entangler.stats().waiters > 0)) {
      await turn();
      if (places.line.running === 0) await clock.advance(50);
    }
    expect(await Promise.all(reads)).toEqual(['right', 'right']);
    return clock.now() - since;
  };
  const waits: number[] = [];
  for (let block = 0; block < 40; block += 1) waits.push(await readOn(block));
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_000);
  // A few readers find out; the others are not held.
  expect(waits.filter((ms) => ms >= 1_000).length).toBeLessThanOrEqual(3);
  expect(Math.max(...waits.slice(5))).toBeLessThan(100);
  expect(most()).toBeLessThanOrEqual(8 * BLOCK);
  const committing = mounts.reduce((sum, { entangler }) => sum + entangler.stats().uncommittedBytes, 0);
  expect(committing).toBe(4 * BLOCK);

  const closing = mounts.map(({ entangler }) => entangler.close());
  for (const { cache } of mounts) cache.finishAll();
  await Promise.all(closing);
  expect([...(mounts[0]?.leftovers() ?? []), places.memory.used]).toEqual([...NOTHING, 0]);
});

test('a flood of prefetches leaves memory to a reader', async () => {
  const bench = new Bench({}, { slots: 16, memoryBytes: 8 * BLOCK });
  for (let block = 0; block < 100; block += 1) void bench.entangler.prefetch(large, block, 'readahead');
  await turn();
  const before = bench.source.calls.length;
  const read = bench.read(150 * BLOCK, 10, { file: large });
  await turn();
  expect(bench.source.calls.slice(before).map(({ request }) => request.offset)).toEqual([150 * BLOCK]);
  bench.source.calls.at(-1)?.finish();
  expect(await read).toBe('right');
  await bench.entangler.close();
});

test('a read over two blocks does not keep the first in memory while it waits for the second', async () => {
  const bench = new Bench({ cache: undefined });
  const { signal } = new AbortController();
  const request = { file: bench.file, offset: 990, length: 20, priority: 'user' as const, signal };
  const read = bench.entangler.read(request);
  await bench.finishAll();
  const [first, second] = await read;
  expect([first?.byteLength, first?.buffer.byteLength === BLOCK]).toEqual([10, false]);
  expect(second?.buffer.byteLength).toBe(BLOCK);
});
