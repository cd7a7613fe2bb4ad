/** One transfer through the Wormhole: resuming, failing over to another source, verifying. */
import { describe, expect, test } from 'vitest';
import { Errno, GhostError } from '../../../src-main/engine/errors.ts';
import { ScriptedSource, sha256 } from '../../helpers/scripted-source.ts';
import { turn } from '../../helpers/virtual-clock.ts';
import { BLOCK, IDLE, Bench, bytesOf, reset, outcomeOf } from './bench.ts';

describe('a transfer', () => {
  test('delivers the block, says where it came from, and leaves nothing behind', async () => {
    const bench = new Bench();
    const transfer = bench.submit(3);
    const call = await bench.first.call(0);
    call.send(1);
    call.finish();
    expect(await transfer.promise).toMatchObject({ data: bytesOf(3), source: 'first' });
    await turn();
    expect(bench.wormhole.stats()).toEqual({ ...IDLE, corrupt: 0, retries: 0 });
    expect(bench.clock.pending).toBe(0);
  });

  test('resumes after a cut from the last good byte', async () => {
    const bench = new Bench();
    const transfer = bench.submit(2);
    const cut = await bench.first.call(0);
    cut.send(617);
    cut.fail(reset());
    await turn();
    await bench.clock.advance(200);
    const { offset, length } = (await bench.first.call(1)).request;
    expect([offset, length]).toEqual([2617, 383]);
    await bench.finishAll();
    expect((await transfer.promise).data).toEqual(bytesOf(2));
  });

  test('counts a body that ends early as cut, although the source calls it a success', async () => {
    const bench = new Bench();
    const transfer = bench.submit(0);
    const short = await bench.first.call(0);
    short.send(999);
    short.end();
    await turn();
    await bench.clock.advance(200);
    const { offset, length } = (await bench.first.call(1)).request;
    expect([offset, length]).toEqual([999, 1]);
    await bench.finishAll();
    expect((await transfer.promise).data).toEqual(bytesOf(0));
  });

  test('asks for nothing more when the source fails after its last byte', async () => {
    const bench = new Bench();
    const transfer = bench.submit(0);
    const call = await bench.first.call(0);
    call.send(BLOCK);
    call.fail(reset());
    await turn();
    await bench.clock.advance(200);
    expect((await transfer.promise).data).toEqual(bytesOf(0));
    expect(bench.first.calls).toHaveLength(1);
  });

  test('gives up after six failures with the error of the source and the place', async () => {
    const bench = new Bench({}, [new ScriptedSource('down', (call) => call.fail(reset()))]);
    const transfer = bench.submit(7);
    const outcome = expect(transfer.promise).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: 'connection reset',
      context: { block: 7 },
    });
    await turn();
    await bench.clock.advance(60_000);
    await outcome;
    expect(bench.first.calls).toHaveLength(6);
  });

  test.each(['SOURCE_REFUSED', 'CREDENTIALS_REFUSED', 'OBJECT_CHANGED', 'INTERRUPTED'] as const)(
    'is not retried after %s',
    async (code) => {
      const bench = new Bench();
      const outcome = outcomeOf(bench.submit(0));
      (await bench.first.call(0)).fail(new GhostError(code, 'no'));
      expect(await outcome).toBe(code);
      expect([bench.first.calls.length, bench.clock.pending]).toEqual([1, 0]);
    },
  );

  test('turns a platform error into one of ours', async () => {
    const bench = new Bench({ retry: { attempts: 1, baseMs: 1, capMs: 1, retryAfterCapMs: 1 } });
    const { promise } = bench.submit(0);
    const outcome = expect(promise).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE', errno: Errno.EIO });
    (await bench.first.call(0)).fail(new TypeError('terminated'));
    await outcome;
  });

  test('takes nothing from a source that sends more than it was asked for', async () => {
    const bench = new Bench();
    const outcome = outcomeOf(bench.submit(0));
    const call = await bench.first.call(0);
    expect(() => call.send(BLOCK + 1)).toThrow('more than the 1000 bytes');
    call.fail(reset());
    await turn();
    await bench.clock.advance(200);
    expect((await bench.first.call(1)).request.length).toBe(BLOCK);
    await bench.finishAll();
    expect(await outcome).toBe('delivered');
  });

  test('says what to do when the job has no source', async () => {
    await expect(new Bench({}, []).submit(0).promise).rejects.toThrow('name one with --source');
  });
});

describe('several sources', () => {
  test('the next one takes over at once, and in mid-block when a digest guards it', async () => {
    const second = new ScriptedSource('second');
    const bench = new Bench({}, [new ScriptedSource('first'), second]);
    const transfer = bench.submit(0, 'user', sha256(bytesOf(0)));
    const cut = await bench.first.call(0);
    cut.send(400);
    cut.fail(reset());
    const next = await second.call(0);
    expect(next.request.offset).toBe(400);
    next.finish();
    expect(await transfer.promise).toMatchObject({ data: bytesOf(0), source: 'second' });
  });

  test('nothing of a source whose object changed becomes part of the block', async () => {
    const second = new ScriptedSource('second');
    const bench = new Bench({}, [new ScriptedSource('first'), second]);
    const transfer = bench.submit(0, 'user', sha256(bytesOf(0)));
    const changed = await bench.first.call(0);
    changed.send(400, 1);
    changed.fail(new GhostError('OBJECT_CHANGED', 'the file was replaced'));
    const next = await second.call(0);
    expect([next.request.offset, next.request.length]).toEqual([0, BLOCK]);
    next.finish();
    expect((await transfer.promise).data).toEqual(bytesOf(0));
  });

  test('bytes of two sources are never joined without a digest', async () => {
    const second = new ScriptedSource('second');
    const bench = new Bench({}, [new ScriptedSource('first'), second]);
    const transfer = bench.submit(0);
    const cut = await bench.first.call(0);
    cut.send(400);
    cut.fail(reset());
    const next = await second.call(0);
    expect([next.request.offset, next.request.length]).toEqual([0, BLOCK]);
    next.finish();
    expect((await transfer.promise).data).toEqual(bytesOf(0));
  });

  test('one that sent nothing for ten seconds is given up for the next', async () => {
    const second = new ScriptedSource('second', (call) => call.finish());
    const bench = new Bench({}, [new ScriptedSource('first'), second]);
    const transfer = bench.submit(0);
    const silent = await bench.first.call(0);
    await bench.clock.advance(9_000);
    silent.send(10);
    await bench.clock.advance(9_999);
    expect(silent.open).toBe(true);
    await bench.clock.advance(1);
    expect(silent.open).toBe(false);
    expect((await transfer.promise).source).toBe('second');
  });

  test('a pause a server asks for holds for every transfer, and costs no slot', async () => {
    const bench = new Bench({ slots: 4 });
    const outcomes = [bench.submit(0), bench.submit(1)].map(outcomeOf);
    (await bench.first.call(0)).fail(new GhostError('SOURCE_UNREACHABLE', 'busy', { retryAfterMs: 20_000 }));
    await bench.clock.advance(0);
    (await bench.first.call(1)).finish();
    await turn();
    outcomes.push(outcomeOf(bench.submit(2)));
    await turn();
    await bench.clock.advance(19_999);
    expect(bench.asked).toEqual([0, 1]);
    expect(bench.wormhole.stats()).toMatchObject({ running: 0, backingOff: 2 });
    await bench.clock.advance(1);
    await bench.finishAll();
    expect(await Promise.all(outcomes)).toEqual(['delivered', 'delivered', 'delivered']);
  });
});

describe('verification', () => {
  test('a corrupt block is fetched again, whole, from the next source', async () => {
    const bad = new ScriptedSource('bad', (call) => call.finish(1));
    const good = new ScriptedSource('good', (call) => call.finish());
    const bench = new Bench({}, [bad, good]);
    const transfer = bench.submit(5, 'user', sha256(bytesOf(5)));
    expect(await transfer.promise).toMatchObject({ data: bytesOf(5), source: 'good' });
    expect(good.calls[0]?.request).toMatchObject({ offset: 5000, length: BLOCK });
    expect(bench.wormhole.stats().corrupt).toBe(1);
  });

  test('a single source gets a second chance', async () => {
    const bench = new Bench({}, [
      new ScriptedSource('once bad', (call, index) => call.finish(index === 0 ? 1 : 0)),
    ]);
    const transfer = bench.submit(0, 'user', sha256(bytesOf(0)));
    while (bench.wormhole.stats().backingOff === 0) await turn();
    await bench.clock.advance(200);
    expect((await transfer.promise).data).toEqual(bytesOf(0));
  });

  test('a block that is corrupt everywhere is EIO', async () => {
    const bad = (label: string) => new ScriptedSource(label, (call) => call.finish(1));
    const bench = new Bench({}, [bad('a'), bad('b'), bad('c')]);
    await expect(bench.submit(0, 'user', sha256(bytesOf(0))).promise).rejects.toMatchObject({
      code: 'BLOCK_CORRUPT',
      errno: Errno.EIO,
      context: { block: 0, source: 'c' },
    });
    expect(bench.wormhole.stats()).toMatchObject({ ...IDLE, corrupt: 3 });
  });

  test('a good source is found although a mixed block was corrupt', async () => {
    const flipping = new ScriptedSource('flipping', (call) => {
      call.send(500, 1);
      call.fail(reset());
    });
    const good = new ScriptedSource('good', (call) => call.finish());
    const bench = new Bench({}, [flipping, good]);
    const transfer = bench.submit(0, 'user', sha256(bytesOf(0)));
    while (good.calls.length < 2) {
      await turn();
      await bench.clock.advance(200);
    }
    expect(await transfer.promise).toMatchObject({ data: bytesOf(0), source: 'good' });
  });
});
