/** The Entangler against a slow, full or missing cache, and against sources that send wrong bytes. */
import { describe, expect, test } from 'vitest';
import { Errno } from '../../../src-main/engine/errors.ts';
import { ScriptedSource, sourceObject } from '../../helpers/scripted-source.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';
import { CommitBacklog } from '../../../src-main/engine/entangler/commit-backlog.ts';
import { Bench, BLOCK, digestsOf, fileOf, NOTHING } from './bench.ts';

describe('the cache', () => {
  test('is written behind the reply, and the buffer serves readers meanwhile', async () => {
    const bench = new Bench();
    bench.cache.slow = true;
    const read = bench.read(0, 10);
    await bench.finishAll();
    expect(await read).toBe('right');
    expect(bench.entangler.stats().uncommittedBytes).toBe(BLOCK);
    expect(await bench.read(500, 500)).toBe('right');
    expect([bench.asked, bench.cache.reads.length]).toEqual([[0], 1]);
    bench.cache.pending[0]?.finish();
    await turn();
    expect(bench.entangler.stats().uncommittedBytes).toBe(0);
    expect(await bench.read(0, 10)).toBe('right');
    expect(bench.cache.reads).toHaveLength(2);
  });

  test('that fails to commit fails no read, is reported once, and costs no second fetch for the next piece', async () => {
    const bench = new Bench();
    bench.cache.slow = true;
    const read = bench.read(0, 2000);
    await bench.finishAll();
    for (let next = bench.cache.pending[0]; next !== undefined; next = bench.cache.pending[0]) next.fail();
    expect(await read).toBe('right');
    await turn();
    expect(bench.entangler.stats()).toMatchObject({ commitFailures: 2, uncommittedBytes: 0 });
    expect(bench.warnings).toHaveLength(1);
    expect([await bench.read(100, 1000), bench.asked]).toEqual(['right', [0, 1]]);
  });

  test('that throws at once is no different', async () => {
    const bench = new Bench();
    bench.cache.commit = () => {
      throw new Error('disk gone');
    };
    const read = bench.read(0, 10);
    await bench.finishAll();
    expect(await read).toBe('right');
    expect(bench.entangler.stats()).toMatchObject({ commitFailures: 1, uncommittedBytes: 0 });
  });

  test('that answers a reader who has gone does not disturb the flight of the next one', async () => {
    const bench = new Bench();
    const { cache } = bench;
    const before = bench.read(0, 10);
    await bench.finishAll();
    expect(await before).toBe('right');
    cache.holdReads = true;
    const abort = new AbortController();
    const gone = bench.read(0, 10, { signal: abort.signal });
    abort.abort();
    const next = bench.read(0, 10);
    cache.heldReads[0]?.();
    expect(await gone).toBe('INTERRUPTED');
    await turn();
    const joining = bench.read(10, 10);
    expect(cache.reads).toHaveLength(3);
    cache.heldReads[1]?.();
    expect([await next, await joining]).toEqual(['right', 'right']);
  });

  test('that cannot be read is passed over', async () => {
    const bench = new Bench();
    bench.cache.broken = true;
    const read = bench.read(0, 10);
    await bench.finishAll();
    expect([await read, bench.warnings.length]).toEqual(['right', 1]);
  });

  test('slower than the source is passed over when too much waits for it, and gets the rest when it has caught up', async () => {
    const bench = new Bench({}, { memoryBytes: 4 * BLOCK });
    bench.cache.slow = true;
    const read = bench.read(0, 4000);
    await bench.finishAll();
    expect(await read).toBe('right');
    expect(bench.entangler.stats()).toMatchObject({ uncommittedBytes: 2 * BLOCK, commitsSkipped: 2 });
    expect(bench.cache.pending).toHaveLength(2);
    for (let next = bench.cache.pending[0]; next !== undefined; next = bench.cache.pending[0]) {
      next.finish();
      await turn();
    }
    expect(bench.cache.blocks.size).toBe(4);
  });

  test('that takes a block only at the second attempt has it all the same: its prefetch says so', async () => {
    const bench = new Bench({}, { memoryBytes: 4 * BLOCK });
    bench.cache.slow = true;
    const read = bench.read(0, 2000);
    await bench.finishAll();
    const fetch = bench.read(2000, 10).then(() => bench.entangler.prefetch(bench.file, 2, 'warm'));
    await turn();
    await bench.clock.advance(1_000);
    await bench.finishAll();
    expect([await read, bench.entangler.stats().commitsSkipped]).toEqual(['right', 1]);
    for (let next = bench.cache.pending[0]; next !== undefined; next = bench.cache.pending[0]) {
      next.finish();
      await turn();
    }
    expect([await fetch, bench.cache.blocks.size]).toEqual([true, 3]);
    expect(bench.leftovers()).toEqual(NOTHING);
  });

  test('that never takes a block does not keep its prefetch waiting for ever', async () => {
    const bench = new Bench();
    bench.cache.slow = true;
    const fetch = bench.entangler.prefetch(bench.file, 2, 'warm');
    await bench.finishAll();
    await bench.clock.advance(30_000);
    expect(await fetch).toBe(false);
  });

  test('gets nothing more once it is closed, of what came too fast', async () => {
    const bench = new Bench({}, { memoryBytes: 4 * BLOCK });
    bench.cache.slow = true;
    const read = bench.read(0, 4000);
    await bench.finishAll();
    expect(await read).toBe('right');
    const late = bench.entangler.prefetch(bench.file, 3, 'warm');
    const closing = bench.entangler.close();
    expect(bench.cache.pending).toHaveLength(2);
    bench.cache.finishAll();
    await closing;
    await turn();
    expect([await late, bench.cache.pending.length, bench.cache.blocks.size]).toEqual([false, 0, 2]);
    expect([...bench.leftovers(), bench.places.memory.used]).toEqual([...NOTHING, 0]);
  });

  test('of one mount that is behind slows the other down, too: it is the same disk', async () => {
    const clock = new VirtualClock();
    const backlog = new CommitBacklog({ clock, memoryBytes: 8 * BLOCK });
    const busy = new Bench({ backlog, clock });
    const other = new Bench({ backlog, clock });
    busy.cache.slow = true;
    const read = busy.read(0, 2000);
    await busy.finishAll();
    expect(await read).toBe('right');
    const held = other.read(0, 10);
    await other.finishAll();
    expect(other.asked).toEqual([]);
    busy.cache.pending[0]?.finish();
    await turn();
    await other.finishAll();
    expect(await held).toBe('right');
  });

  describe('far behind the source', () => {
    const MIB = 1024 * 1024;
    const large = fileOf('large', 20 * 4 * MIB, 4 * MIB);
    const full = async () => {
      const source = new ScriptedSource('fast', (call) => call.finish());
      const bench = new Bench({}, { sources: [source] });
      bench.cache.slow = true;
      const touch = (block: number, signal?: AbortSignal) =>
        bench.read(block * 4 * MIB, 1, { file: large, ...(signal === undefined ? {} : { signal }) });
      for (let block = 0; block < 16; block += 1) expect(await touch(block)).toBe('right');
      return { bench, source, touch };
    };

    test('slows the source down to its own pace', async () => {
      const { bench, source, touch } = await full();
      const held = [touch(16), touch(17)];
      await turn();
      expect(source.calls).toHaveLength(16);
      bench.cache.pending[0]?.finish();
      expect(await held[0]).toBe('right');
      expect(source.calls).toHaveLength(17);
      bench.cache.pending[0]?.finish();
      expect(await held[1]).toBe('right');
      expect(bench.clock.pending).toBe(0);
    });

    test('holds nobody longer than a second', async () => {
      const { bench, touch } = await full();
      const held = touch(16);
      await turn();
      await bench.clock.advance(1_000);
      expect(await held).toBe('right');
    });

    test('lets a reader who leaves go', async () => {
      const { bench, source, touch } = await full();
      const abort = new AbortController();
      const held = touch(16, abort.signal);
      await turn();
      abort.abort();
      expect(await held).toBe('INTERRUPTED');
      await turn();
      expect([source.calls.length, bench.clock.pending]).toEqual([16, 0]);
    });
  });

  test('may be missing: the pieces of a block still cost one fetch', async () => {
    const bench = new Bench({ cache: undefined });
    const read = bench.read(0, 10);
    await bench.finishAll();
    expect([await read, await bench.read(10, 10), bench.asked]).toEqual(['right', 'right', [0]]);
  });

  test('missing, keeps no more than 32 MiB', async () => {
    const source = new ScriptedSource('fast', (call) => call.finish());
    const bench = new Bench({ cache: undefined }, { sources: [source] });
    const MIB = 1024 * 1024;
    const large = fileOf('large', 9 * 4 * MIB, 4 * MIB);
    const touch = (block: number) => bench.read(block * 4 * MIB, 1, { file: large });
    for (const block of [0, 1, 2, 3, 4, 5, 6, 7, 0, 8]) expect(await touch(block)).toBe('right');
    expect(source.calls).toHaveLength(9);
    expect(await touch(0)).toBe('right');
    expect(source.calls).toHaveLength(9);
    expect(await touch(1)).toBe('right');
    expect(source.calls).toHaveLength(10);
  });
});

describe('digests', () => {
  const flipping = (label: string) => new ScriptedSource(label, (call) => call.finish(1));
  const honest = (label: string) => new ScriptedSource(label, (call) => call.finish());
  const withDigests = (digests: Buffer, blockSize = BLOCK) => ({
    describe: (file: { readonly id: string; readonly size: number }) =>
      Promise.resolve({
        object: sourceObject(file.id, file.size),
        digests: { algorithm: 'sha256' as const, blockSize, digests },
      }),
  });
  const right = digestsOf(fileOf('movie', 4500));

  test('a corrupt block is never served: the good source is', async () => {
    const bench = new Bench(withDigests(right), { sources: [flipping('a'), honest('b')] });
    const sources: string[] = [];
    bench.entangler.onFetched(({ source }) => sources.push(source));
    expect(await bench.read(0, 4500)).toBe('right');
    expect(new Set(sources)).toEqual(new Set(['b']));
    expect(bench.entangler.stats().corrupt).toBeGreaterThan(0);
  });

  test('corrupt everywhere is EIO, with the place', async () => {
    const bench = new Bench({ ...withDigests(right), job: 9 }, { sources: [flipping('a'), flipping('b')] });
    const request = { file: bench.file, offset: 4200, length: 1, priority: 'user' as const };
    await expect(
      bench.entangler.read({ ...request, signal: new AbortController().signal }),
    ).rejects.toMatchObject({
      code: 'BLOCK_CORRUPT',
      errno: Errno.EIO,
      context: { job: 9, artifact: 'movie', block: 4 },
    });
    expect(bench.entangler.stats()).toMatchObject({ corrupt: 2, blocksFetched: 0 });
    expect(bench.cache.blocks.size).toBe(0);
  });

  test('of another block size do not let a block pass unverified', async () => {
    const bench = new Bench(withDigests(digestsOf(fileOf('movie', 4500), 2 * BLOCK), 2 * BLOCK), {
      sources: [honest('a')],
    });
    expect(await bench.read(0, 4500)).toBe('CATALOGUE_INVALID');
    expect(bench.leftovers()).toEqual(NOTHING);
  });

  test('that end too early do not let a block pass unverified', async () => {
    const bench = new Bench(withDigests(right.subarray(0, 100)), { sources: [honest('a')] });
    expect(await bench.read(0, 3000)).toBe('right');
    expect(await bench.read(3000, 1)).toBe('CATALOGUE_INVALID');
    expect(bench.leftovers()).toEqual(NOTHING);
  });
});
