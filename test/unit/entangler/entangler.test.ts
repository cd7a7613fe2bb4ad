/** One read through the Entangler: joining, failing, waiting no longer, and closing. */
import { describe, expect, test } from 'vitest';
import type { FetchedBlock } from '../../../src-main/engine/entangler/entangler.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { ScriptedSource, sourceObject } from '../../helpers/scripted-source.ts';
import { turn } from '../../helpers/virtual-clock.ts';
import { Bench, BLOCK, fileOf, NOTHING } from './bench.ts';

describe('a read', () => {
  test('of a range over several blocks is exactly those bytes, and leaves nothing behind', async () => {
    const bench = new Bench();
    const read = bench.read(900, 3600);
    await bench.finishAll();
    expect(await read).toBe('right');
    expect(bench.asked).toEqual([0, 1, 2, 3, 4]);
    expect(bench.source.calls.at(-1)?.request.length).toBe(500);
    await turn();
    expect(bench.leftovers()).toEqual(NOTHING);
  });

  test('of nothing is empty and asks nobody', async () => {
    const bench = new Bench();
    expect(await bench.read(4500, 0)).toBe('right');
    expect([bench.cache.reads.length, bench.source.calls.length]).toEqual([0, 0]);
  });

  test.each([
    [4000, 501],
    [-1, 10],
    [0, -1],
    [0.5, 1],
  ])('from %d of %d bytes is refused when it is not inside the file', async (offset, length) => {
    expect(await new Bench().read(offset, length)).toBe('ARGUMENT_INVALID');
  });

  test('is served by the cache without asking the source', async () => {
    const bench = new Bench();
    const first = bench.read(0, 4500);
    await bench.finishAll();
    await first;
    expect(await bench.read(1500, 2000)).toBe('right');
    expect(bench.source.calls).toHaveLength(5);
  });

  test('joins everybody else who wants the block', async () => {
    const bench = new Bench();
    const reads = Array.from({ length: 50 }, (_, index) => bench.read(index * 10, 20));
    await turn();
    expect(bench.entangler.stats()).toMatchObject({ flights: 1, waiters: 50, joins: 49 });
    reads.push(bench.read(990, 10));
    await bench.finishAll();
    expect(new Set(await Promise.all(reads))).toEqual(new Set(['right']));
    expect([bench.asked, bench.cache.reads.length]).toEqual([[0], 1]);
    expect(bench.entangler.stats()).toMatchObject({ blocksFetched: 1, bytesFetched: BLOCK });
  });

  test('that fails fails everybody who waits for that block, once, and the next one tries again', async () => {
    const bench = new Bench();
    const reads = [bench.read(0, 10), bench.read(500, 1000), bench.read(1000, 10)];
    await turn();
    bench.source.calls[0]?.fail(new GhostError('SOURCE_REFUSED', 'gone'));
    expect(await Promise.all(reads.slice(0, 2))).toEqual(['SOURCE_REFUSED', 'SOURCE_REFUSED']);
    const again = bench.read(0, 10);
    await bench.finishAll();
    expect([await reads[2], await again]).toEqual(['right', 'right']);
    await turn();
    expect(bench.leftovers()).toEqual(NOTHING);
  });
});

describe('waiting', () => {
  test('ends at the deadline, and takes the fetch with it', async () => {
    const bench = new Bench();
    const read = bench.read(0, 2000);
    await turn();
    // Kept awake: an idle source would be given up before.
    for (let second = 0; second < 29; second += 1) {
      for (const call of bench.source.open) call.send(1);
      await bench.clock.advance(1000);
    }
    expect(bench.entangler.stats().waiters).toBe(2);
    await bench.clock.advance(1000);
    expect(await read).toBe('TIMEOUT');
    await turn();
    expect([bench.source.open.length, ...bench.leftovers()]).toEqual([0, ...NOTHING]);
  });

  test('ends at once when aborted, and does not disturb the others', async () => {
    const bench = new Bench();
    const abort = new AbortController();
    const [one, other] = [bench.read(0, 10, { signal: abort.signal }), bench.read(0, 20)];
    await turn();
    abort.abort();
    expect(await one).toBe('INTERRUPTED');
    expect(bench.source.calls[0]?.open).toBe(true);
    await bench.finishAll();
    expect(await other).toBe('right');
    expect(bench.source.calls).toHaveLength(1);
  });

  test('by the last reader cancels the fetch on the wire', async () => {
    const bench = new Bench();
    const abort = new AbortController();
    const reads = [bench.read(0, 10, { signal: abort.signal }), bench.read(5, 10, { signal: abort.signal })];
    await turn();
    abort.abort();
    expect(await Promise.all(reads)).toEqual(['INTERRUPTED', 'INTERRUPTED']);
    await turn();
    expect([bench.source.calls[0]?.open, ...bench.leftovers()]).toEqual([false, ...NOTHING]);
  });

  test('by the last reader lets a block that has begun to arrive go on for a moment, for whoever asks anew', async () => {
    const bench = new Bench();
    const abort = new AbortController();
    const gone = bench.read(0, 10, { signal: abort.signal });
    await turn();
    bench.source.calls[0]?.send(100);
    abort.abort();
    expect(await gone).toBe('INTERRUPTED');
    await bench.clock.advance(99);
    const next = bench.read(0, 20);
    await bench.clock.advance(1_000);
    await bench.finishAll();
    expect([await next, bench.asked]).toEqual(['right', [0]]);
    await turn();
    expect(bench.leftovers()).toEqual(NOTHING);
  });

  test('for a block that has begun to arrive ends its fetch when nobody comes', async () => {
    const bench = new Bench();
    const abort = new AbortController();
    const gone = bench.read(0, 10, { signal: abort.signal });
    await turn();
    bench.source.calls[0]?.send(100);
    abort.abort();
    expect(await gone).toBe('INTERRUPTED');
    await bench.clock.advance(100);
    await turn();
    expect([bench.source.calls[0]?.open, ...bench.leftovers()]).toEqual([false, ...NOTHING]);
  });

  test('by the last reader frees the place in the queue', async () => {
    const bench = new Bench({}, { slots: 1 });
    const abort = new AbortController();
    const first = bench.read(0, 10);
    const queued = bench.read(1000, 2000, { signal: abort.signal });
    await turn();
    expect(bench.wormhole.stats()).toMatchObject({ running: 1, waiting: 2 });
    abort.abort();
    expect(await queued).toBe('INTERRUPTED');
    expect(bench.wormhole.stats()).toMatchObject({ running: 1, waiting: 0 });
    await bench.finishAll();
    expect([await first, bench.asked]).toEqual(['right', [0]]);
  });

  test('with a signal aborted before asks for nothing', async () => {
    const bench = new Bench();
    expect(await bench.read(0, 10, { signal: AbortSignal.abort() })).toBe('INTERRUPTED');
    expect(bench.cache.reads).toEqual([]);
  });

  test('a reader who comes after a cancelled fetch gets a new one', async () => {
    const bench = new Bench();
    const abort = new AbortController();
    const gone = bench.read(0, 10, { signal: abort.signal });
    abort.abort();
    const read = bench.read(0, 10);
    await bench.finishAll();
    expect([await gone, await read]).toEqual(['INTERRUPTED', 'right']);
    expect(bench.asked).toEqual([0]);
  });
});

describe('descriptions', () => {
  test('are asked for once per file, remembered for 64 files, and asked again after a failure', async () => {
    const asked: string[] = [];
    let failures = 1;
    const bench = new Bench(
      {
        describe: (file) => {
          asked.push(file.id);
          failures -= 1;
          if (failures >= 0) return Promise.reject(new GhostError('CATALOGUE_BUSY', 'locked'));
          return Promise.resolve({ object: sourceObject(file.id, file.size) });
        },
      },
      { sources: [new ScriptedSource('fast', (call) => call.finish())] },
    );
    expect(await bench.read(0, 2000)).toBe('CATALOGUE_BUSY');
    expect(await bench.read(0, 2000)).toBe('right');
    expect(asked).toEqual(['movie', 'movie']);
    for (let index = 0; index < 64; index += 1) {
      expect(await bench.read(0, 1, { file: fileOf(`file ${index}`, 1) })).toBe('right');
      if (index < 63) expect(await bench.read(2000 + index, 1)).toBe('right');
    }
    expect(asked).toHaveLength(66);
    await bench.read(0, 1, { file: fileOf('file 0', 2) });
    expect(asked.at(-1)).toBe('file 0');
  });
});

describe('listeners', () => {
  test('hear of every fetched block until they unsubscribe, and cannot break a read', async () => {
    const bench = new Bench({}, { sources: [new ScriptedSource('fast', (call) => call.finish())] });
    const heard: FetchedBlock[] = [];
    bench.entangler.onFetched(() => {
      throw new Error('bad listener');
    });
    const unsubscribe = bench.entangler.onFetched((fetched) => heard.push(fetched));
    expect(await bench.read(4000, 1)).toBe('right');
    unsubscribe();
    expect(await bench.read(0, 1)).toBe('right');
    expect(heard).toEqual([{ file: bench.file, block: 4, source: 'fast', bytes: 500 }]);
  });
});

describe('closing', () => {
  test('rejects every read, cancels every fetch, and waits for the commits under way', async () => {
    const bench = new Bench({}, { slots: 1 });
    bench.cache.slow = true;
    const done = bench.read(0, 10);
    await bench.finishAll();
    await done;
    const reads = [bench.read(1000, 10), bench.read(2000, 10)];
    const fetch = bench.entangler.prefetch(bench.file, 3, 'warm');
    await turn();
    let closed = false;
    const closing = bench.entangler.close().then(() => {
      closed = true;
    });
    expect(await Promise.all(reads)).toEqual(['SHUTTING_DOWN', 'SHUTTING_DOWN']);
    expect(await fetch).toBe(false);
    await turn();
    expect([closed, bench.source.open.length]).toEqual([false, 0]);
    bench.cache.pending[0]?.finish();
    await Promise.all([closing, bench.entangler.close()]);
    expect(bench.leftovers()).toEqual(NOTHING);
    expect(await bench.read(0, 10)).toBe('SHUTTING_DOWN');
    expect(await bench.entangler.prefetch(bench.file, 0, 'warm')).toBe(false);
  });
});
