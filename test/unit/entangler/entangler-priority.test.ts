/** Who is served first, what a full line does, and work that nobody waits for. */
import { describe, expect, test } from 'vitest';
import { turn } from '../../helpers/virtual-clock.ts';
import { Bench, BLOCK, fileOf, NOTHING } from './bench.ts';

describe('priority', () => {
  test('a user overtakes queued background work', async () => {
    const bench = new Bench({}, { slots: 1 });
    const fetches = [0, 1, 2].map((block) => bench.entangler.prefetch(bench.file, block, 'background'));
    await turn();
    const read = bench.read(3000, 10);
    await bench.finishAll();
    expect(bench.asked).toEqual([0, 3, 1, 2]);
    expect([await read, await Promise.all(fetches)]).toEqual(['right', [true, true, true]]);
  });

  test('a user who wants a queued background block moves it forward', async () => {
    const bench = new Bench({}, { slots: 1 });
    for (const block of [0, 1, 2]) void bench.entangler.prefetch(bench.file, block, 'background');
    await turn();
    const read = bench.read(2000, 10);
    expect(bench.entangler.stats()).toMatchObject({ joins: 1, upgrades: 1 });
    await bench.finishAll();
    expect([await read, bench.asked]).toEqual(['right', [0, 2, 1]]);
  });

  test('a user who joins a background flight on the wire frees its place for background work', async () => {
    const bench = new Bench({}, { slots: 2 });
    for (const block of [0, 1]) void bench.entangler.prefetch(bench.file, block, 'background');
    await turn();
    expect(bench.asked).toEqual([0]);
    const read = bench.read(0, 10);
    expect(bench.asked).toEqual([0, 1]);
    await bench.finishAll();
    expect(await read).toBe('right');
  });

  test('an upgrade during the look-up counts for the fetch', async () => {
    const bench = new Bench({}, { slots: 1 });
    void bench.entangler.prefetch(bench.file, 0, 'background');
    await turn();
    void bench.entangler.prefetch(bench.file, 1, 'warm');
    void bench.entangler.prefetch(bench.file, 2, 'background');
    const read = bench.read(2000, 10);
    await bench.finishAll();
    expect([await read, bench.asked]).toEqual(['right', [0, 2, 1]]);
  });

  test('a full queue refuses background work and lets a user in', async () => {
    const bench = new Bench({}, { slots: 1, queueCapacity: 1 });
    const fetches = [0, 1, 2].map((block) => bench.entangler.prefetch(bench.file, block, 'background'));
    await turn();
    const read = bench.read(3000, 10);
    await bench.finishAll();
    expect([await read, await Promise.all(fetches)]).toEqual(['right', [true, false, false]]);
  });

  test('a user is refused only when the queue is full of users', async () => {
    const bench = new Bench({}, { slots: 1, queueCapacity: 1 });
    const reads = [0, 1000, 2000].map((offset) => bench.read(offset, 10));
    await bench.finishAll();
    expect(await Promise.all(reads)).toEqual(['right', 'right', 'QUEUE_FULL']);
  });

  test('look-ups of a flood of background blocks are bounded, in number and in line', async () => {
    const bench = new Bench();
    const large = fileOf('large', 10_000 * BLOCK);
    const fetches = Array.from({ length: 10_000 }, (_, block) =>
      bench.entangler.prefetch(large, block, 'background'),
    );
    expect(bench.cache.reads).toHaveLength(7);
    expect(bench.entangler.stats().flights).toBe(4096 + 7);
    const read = bench.read(0, 10);
    expect(bench.cache.reads).toHaveLength(8);
    await bench.entangler.close();
    expect([await read, new Set(await Promise.all(fetches))]).toEqual(['SHUTTING_DOWN', new Set([false])]);
    expect(bench.leftovers()).toEqual(NOTHING);
  });

  test('a user who wants a block that waits for its look-up moves it forward', async () => {
    const bench = new Bench();
    bench.cache.holdReads = true;
    const large = fileOf('large', 20 * BLOCK);
    for (let block = 0; block < 20; block += 1) void bench.entangler.prefetch(large, block, 'background');
    const abort = new AbortController();
    const read = bench.read(19 * BLOCK, 10, { file: large, signal: abort.signal });
    expect(bench.cache.reads.at(-1)).toBe(`${large.key}_19.bin`);
    abort.abort();
    expect(await read).toBe('INTERRUPTED');
  });
});

describe('prefetch', () => {
  test('stays under way without a reader', async () => {
    const bench = new Bench();
    const abort = new AbortController();
    const fetch = bench.entangler.prefetch(bench.file, 0, 'warm');
    const read = bench.read(0, 10, { signal: abort.signal });
    await turn();
    abort.abort();
    expect(await read).toBe('INTERRUPTED');
    await bench.finishAll();
    expect([await fetch, bench.asked]).toEqual([true, [0]]);
    await turn();
    expect(bench.leftovers()).toEqual(NOTHING);
  });

  test('says whether the block reached the disk', async () => {
    const bench = new Bench();
    bench.cache.slow = true;
    const [kept, lost] = [0, 1].map((block) => bench.entangler.prefetch(bench.file, block, 'warm'));
    await bench.finishAll();
    bench.cache.pending[1]?.fail();
    bench.cache.pending[0]?.finish();
    expect([await kept, await lost]).toEqual([true, false]);
    expect(await bench.entangler.prefetch(bench.file, 0, 'warm')).toBe(true);
  });

  test('for later stands in line as long as others go before it; what nobody goes before has its time', async () => {
    const bench = new Bench({ deadlineMs: 1_000 }, { slots: 1, idleMs: 60_000 });
    const reads = [0, 1].map((block) => bench.read(block * BLOCK, 10));
    await turn();
    const fetch = bench.entangler.prefetch(bench.file, 2, 'warm');
    const soon = bench.entangler.prefetch(bench.file, 3, 'readahead');
    await bench.clock.advance(900);
    bench.source.open[0]?.finish();
    await turn();
    await bench.clock.advance(90);
    bench.source.open[0]?.finish();
    await turn();
    expect(await Promise.all(reads)).toEqual(['right', 'right']);
    await bench.clock.advance(900);
    expect(await soon).toBe(false);
    expect(bench.entangler.stats().flights).toBe(1);
    await bench.finishAll();
    expect(await fetch).toBe(true);

    const silent = bench.entangler.prefetch(bench.file, 4, 'warm');
    await bench.clock.advance(999);
    expect(bench.entangler.stats().flights).toBe(1);
    await bench.clock.advance(1);
    expect(await silent).toBe(false);
  });

  test('of a block the file does not have is a mistake of the caller', () => {
    const bench = new Bench();
    for (const block of [-1, 5, 0.5]) {
      expect(() => bench.entangler.prefetch(bench.file, block, 'warm')).toThrow(`no block ${block}`);
    }
  });
});
