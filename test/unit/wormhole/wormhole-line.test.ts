/** Many transfers at once: order, bounds, cancelling in every state, closing. */
import { describe, expect, test } from 'vitest';
import { TransferPlaces } from '../../../src-main/engine/wormhole/transfer-places.ts';
import type { Transfer } from '../../../src-main/engine/wormhole/transfer.ts';
import { ScriptedSource } from '../../helpers/scripted-source.ts';
import { turn } from '../../helpers/virtual-clock.ts';
import { BLOCK, IDLE, Bench, reset, outcomeOf } from './bench.ts';

describe('the line', () => {
  test('a user overtakes queued background work', async () => {
    const bench = new Bench();
    const outcomes = [
      bench.submit(0, 'background'),
      bench.submit(1, 'background'),
      bench.submit(2, 'warm'),
      bench.submit(3, 'readahead'),
      bench.submit(4, 'user'),
    ].map(outcomeOf);
    await bench.finishAll();
    expect(bench.asked).toEqual([0, 4, 3, 2, 1]);
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['delivered']));
  });

  test('one slot is left to the user, and never more than the slots are in use', async () => {
    const bench = new Bench({ slots: 4 });
    for (let block = 0; block < 10; block += 1) void outcomeOf(bench.submit(block, 'background'));
    expect(bench.asked).toEqual([0, 1, 2]);
    void outcomeOf(bench.submit(20, 'user'));
    void outcomeOf(bench.submit(21, 'user'));
    expect(bench.asked).toEqual([0, 1, 2, 20]);
    bench.first.calls[0]?.finish();
    await turn();
    expect(bench.asked).toEqual([0, 1, 2, 20, 21]);
    bench.first.calls[1]?.finish();
    await turn();
    expect(bench.asked.slice(5)).toEqual([3]);
    await bench.wormhole.close();
  });

  test('a reader of one mount overtakes the background work of another that shares its places', async () => {
    const places = new TransferPlaces({ slots: 2 });
    const busy = new Bench({ places });
    const other = new Bench({ places });
    for (let block = 0; block < 5; block += 1) void outcomeOf(busy.submit(block, 'background'));
    void outcomeOf(other.submit(7, 'background'));
    expect([busy.asked, other.asked]).toEqual([[0], []]);
    const first = other.submit(8, 'user');
    const second = other.submit(9, 'user');
    expect([busy.asked, other.asked]).toEqual([[0], [8]]);
    busy.first.calls[0]?.finish();
    await turn();
    expect([busy.asked, other.asked]).toEqual([[0], [8, 9]]);
    await busy.wormhole.close();
    await other.finishAll();
    expect(other.asked).toEqual([8, 9, 7]);
    await Promise.all([first.promise, second.promise]);
  });

  test('an upgrade moves a queued transfer forward', async () => {
    const bench = new Bench();
    const transfers = [0, 1, 2].map((block) => bench.submit(block, 'background'));
    transfers[2]?.upgrade('user');
    await bench.finishAll();
    expect(bench.asked).toEqual([0, 2, 1]);
    await Promise.all(transfers.map((transfer) => transfer.promise));
  });

  test('an upgrade on the wire gives its background slot to the next', async () => {
    const bench = new Bench({ slots: 2 });
    const running = bench.submit(0, 'background');
    const queued = bench.submit(1, 'background');
    expect(bench.asked).toEqual([0]);
    running.upgrade('user');
    expect(bench.asked).toEqual([0, 1]);
    await bench.finishAll();
    await Promise.all([running.promise, queued.promise]);
  });

  test('an upgrade in a back-off counts when it comes back', async () => {
    const bench = new Bench();
    const transfer = bench.submit(0, 'background');
    const others = [1, 2, 3].map((block) => bench.submit(block, 'warm'));
    (await bench.first.call(0)).fail(reset());
    await turn();
    transfer.upgrade('user');
    await bench.clock.advance(200);
    await bench.finishAll();
    expect(bench.asked).toEqual([0, 1, 0, 2, 3]);
    await Promise.all([transfer, ...others].map(({ promise }) => promise));
  });

  test('a full line refuses a newcomer that is not more urgent, and drops its youngest for one that is', async () => {
    const bench = new Bench({ queueCapacity: 2 });
    const outcomes = [
      bench.submit(0, 'background'),
      bench.submit(1, 'background'),
      bench.submit(2, 'background'),
      bench.submit(3, 'background'),
      bench.submit(4, 'user'),
    ].map(outcomeOf);
    await bench.finishAll();
    expect(await Promise.all(outcomes)).toEqual([
      'delivered',
      'delivered',
      'QUEUE_FULL',
      'QUEUE_FULL',
      'delivered',
    ]);
    expect(bench.asked).toEqual([0, 4, 1]);
  });

  test('a back-off occupies no slot', async () => {
    const bench = new Bench();
    const outcomes = [bench.submit(0), bench.submit(1)].map(outcomeOf);
    (await bench.first.call(0)).fail(reset());
    await turn();
    expect(bench.asked).toEqual([0, 1]);
    expect(bench.wormhole.stats()).toMatchObject({ running: 1, backingOff: 1 });
    await bench.finishAll();
    await bench.clock.advance(200);
    await bench.finishAll();
    expect(await Promise.all(outcomes)).toEqual(['delivered', 'delivered']);
  });

  test('back-offs are bounded too: the least urgent is dropped', async () => {
    const bench = new Bench({ queueCapacity: 1 });
    const outcomes = [];
    for (const [block, priority] of (['background', 'user', 'warm'] as const).entries()) {
      outcomes.push(outcomeOf(bench.submit(block, priority)));
      (await bench.first.call(block)).fail(reset());
      await turn();
    }
    await bench.clock.advance(200);
    await bench.finishAll();
    expect(await Promise.all(outcomes)).toEqual(['QUEUE_FULL', 'delivered', 'QUEUE_FULL']);
  });
});

describe('cancelling', () => {
  const states: Record<string, (bench: Bench) => Promise<Transfer>> = {
    async queued(bench) {
      void outcomeOf(bench.submit(0));
      const transfer = bench.submit(1);
      await turn();
      return transfer;
    },
    async 'on the wire'(bench) {
      const transfer = bench.submit(1);
      (await bench.first.call(0)).send(10);
      return transfer;
    },
    async 'in a back-off'(bench) {
      const transfer = bench.submit(1);
      const call = await bench.first.call(0);
      call.send(10);
      call.fail(reset());
      await turn();
      return transfer;
    },
  };

  test.each(Object.keys(states))('a transfer %s ends it at once and frees what it held', async (state) => {
    const bench = new Bench();
    const transfer = await states[state]?.(bench);
    transfer?.cancel();
    transfer?.cancel();
    await expect(transfer?.promise).rejects.toMatchObject({ code: 'INTERRUPTED', context: { block: 1 } });
    await turn();
    await bench.finishAll();
    expect(bench.wormhole.stats()).toMatchObject({ ...IDLE, retries: state === 'in a back-off' ? 1 : 0 });
    expect(bench.clock.pending).toBe(0);
  });

  test('aborts the request', async () => {
    const bench = new Bench();
    const outcome = outcomeOf(bench.submit(0));
    const call = await bench.first.call(0);
    await bench.wormhole.close();
    expect(call.request.signal.aborted).toBe(true);
    expect(await outcome).toBe('SHUTTING_DOWN');
  });

  test('does not wait for a source that ignores the abort, and takes no late bytes', async () => {
    const deaf = new ScriptedSource('deaf');
    const bench = new Bench({
      sources: [
        {
          label: 'deaf',
          fetch: (request) => deaf.fetch({ ...request, signal: new AbortController().signal }),
          probe: () => deaf.probe(),
          close: () => deaf.close(),
        },
      ],
    });
    const transfer = bench.submit(0);
    const call = await deaf.call(0);
    transfer.cancel();
    expect(await outcomeOf(transfer)).toBe('INTERRUPTED');
    await turn();
    expect(bench.wormhole.stats()).toMatchObject(IDLE);
    expect(() => call.send(BLOCK + 1)).not.toThrow();
  });
});

describe('closing', () => {
  test('rejects everything, closes the sources, and takes nothing more', async () => {
    const bench = new Bench();
    const outcomes = [bench.submit(0), bench.submit(1), bench.submit(2)].map(outcomeOf);
    (await bench.first.call(0)).fail(reset());
    await turn();
    await Promise.all([bench.wormhole.close(), bench.wormhole.close()]);
    outcomes.push(outcomeOf(bench.submit(3)));
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['SHUTTING_DOWN']));
    expect(bench.first.closed).toBe(true);
    await turn();
    expect(bench.wormhole.stats()).toMatchObject(IDLE);
    expect(bench.clock.pending).toBe(0);
  });
});

test.each([0, 17, 2.5])('%d slots are refused', (slots) => {
  expect(() => new Bench({ slots })).toThrow('from 1 to 16');
});
