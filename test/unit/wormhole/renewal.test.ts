/** After sleep or in another network: dead connections cost a reader a moment, not his deadline. Sources and real sockets. */
import { describe, expect, it } from 'vitest';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import type { SourceState } from '../../../src-main/engine/wormhole/source-standing.ts';
import { Wormhole } from '../../../src-main/engine/wormhole/wormhole.ts';
import { silence, type Script } from '../../helpers/scripted-proxy.ts';
import { ScriptedSource, sha256, type Call } from '../../helpers/scripted-source.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';
import { Bench, BLOCK, outcomeOf, reset } from './bench.ts';
import { bodyCut, httpHarness, LENGTH, OBJECT, OFFSET, range, WANTED } from './sources/http-harness.ts';

/** A source that is asked over connections. */
class Connected extends ScriptedSource {
  renewals = 0;

  renew(): void {
    this.renewals += 1;
  }
}

/** A bench on one such source, which does what `answer` says at the moment. */
function connected(answer?: (call: Call) => void) {
  const heard: SourceState[] = [];
  const rule = { answer };
  const source = new Connected('first', (call) => rule.answer?.(call));
  const bench = new Bench({ slots: 8, onSources: (state) => void heard.push(state) }, [source]);
  return { source, bench, rule, heard };
}

const good = (call: Call) => call.finish();
const down = (call: Call) => call.fail(reset());
const isCheck = ({ request }: Call) => request.length === 1;

describe('a request under way', () => {
  it('that brings nothing is made anew after two seconds, and nobody is blamed', async () => {
    const { source, bench, heard } = connected();
    // More failures in a row than make a source count as away.
    const outcomes = [0, 1, 2, 3, 4, 5, 6].map((block) => outcomeOf(bench.submit(block)));
    await turn();
    bench.wormhole.renew();
    await bench.clock.advance(1_999);
    expect([source.calls.length, source.renewals]).toEqual([7, 1]);
    await bench.clock.advance(1);
    expect(source.calls.map(({ open }) => open)).toEqual([...Array(7).fill(false), ...Array(7).fill(true)]);
    await bench.finishAll();
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['delivered']));
    expect([heard, bench.wormhole.stats().retries, bench.clock.pending]).toEqual([[], 7, 0]);
  });

  it('that brings a byte goes on', async () => {
    const { source, bench } = connected((call) => (isCheck(call) ? good(call) : undefined));
    const outcome = outcomeOf(bench.submit(0));
    await turn();
    source.calls[0]?.send(300);
    bench.wormhole.renew();
    await bench.clock.advance(1_900);
    source.calls[0]?.send(1);
    await bench.clock.advance(1_000);
    expect(source.calls[0]?.open).toBe(true);
    source.calls[0]?.finish();
    expect(await outcome).toBe('delivered');
  });

  it('whose bytes are all there is not taken for a dead one, nor is what was wrong with them forgotten', async () => {
    const { source, bench } = connected();
    const transfer = bench.submit(0, 'user', sha256(Buffer.alloc(BLOCK)));
    const outcome = outcomeOf(transfer);
    await turn();
    bench.wormhole.renew();
    await turn();
    for (const call of source.open) call.finish();
    await bench.clock.advance(2_000);
    const progress = { isOver: false };
    void outcome.then(() => (progress.isOver = true));
    while (!progress.isOver) {
      await turn();
      for (const call of source.open) call.finish();
      await bench.clock.advance(200);
    }
    expect([await outcome, bench.wormhole.stats().corrupt]).toEqual(['BLOCK_CORRUPT', 2]);
  });

  it('that is doubted when the mount is taken away leaves nothing behind', async () => {
    const { bench } = connected();
    const outcome = outcomeOf(bench.submit(0));
    await turn();
    bench.wormhole.renew();
    await bench.wormhole.close();
    expect(await outcome).toBe('SHUTTING_DOWN');
    await turn();
    expect(bench.clock.pending).toBe(0);
  });
});

describe('a reader who waits while there is no network yet', () => {
  it('gets his block when it is back, up to twenty seconds later', async () => {
    const { bench, rule } = connected(down);
    bench.wormhole.renew();
    const outcome = outcomeOf(bench.submit(0));
    await turn();
    await bench.clock.advance(15_000);
    rule.answer = good;
    await bench.clock.advance(5_000);
    expect(await outcome).toBe('delivered');
  });

  it('is told when it is not', async () => {
    const { bench } = connected(down);
    bench.wormhole.renew();
    const outcome = outcomeOf(bench.submit(0));
    await turn();
    await bench.clock.advance(25_000);
    expect(await outcome).toBe('SOURCE_UNREACHABLE');
    await bench.wormhole.close();
  });
});

describe('a source', () => {
  it('that is gone with the network is told to be away without a reader, and to be back within seconds', async () => {
    const { source, bench, rule, heard } = connected(down);
    bench.wormhole.renew();
    await turn();
    // Nothing was ever asked of it: it was probed, and is there.
    expect(heard).toEqual([]);
    rule.answer = good;
    const outcome = outcomeOf(bench.submit(0));
    expect(await outcome).toBe('delivered');
    rule.answer = down;
    bench.wormhole.renew();
    await turn();
    expect(heard).toEqual(['away']);
    const before = source.calls.length;
    await bench.clock.advance(7_000);
    expect(source.calls.length - before).toBe(3);
    rule.answer = good;
    await bench.clock.advance(8_000);
    expect(heard).toEqual(['away', 'reachable']);
    expect(bench.clock.pending).toBe(0);
  });

  it('that does not answer within ten seconds is away, unless somebody got something from it meanwhile', async () => {
    const { bench, rule, heard } = connected(good);
    await outcomeOf(bench.submit(0));
    rule.answer = (call) => (isCheck(call) ? undefined : good(call));
    bench.wormhole.renew();
    await bench.clock.advance(5_000);
    await outcomeOf(bench.submit(1));
    await bench.clock.advance(5_000);
    expect(heard).toEqual([]);
    bench.wormhole.renew();
    await bench.clock.advance(10_000);
    expect(heard).toEqual(['away']);
    await bench.wormhole.close();
  });

  it('is asked anew when the network changes while it is asked, and what the former question comes to is nothing', async () => {
    const { source, bench, rule, heard } = connected(good);
    await outcomeOf(bench.submit(0));
    rule.answer = undefined;
    bench.wormhole.renew();
    await turn();
    bench.wormhole.renew();
    await turn();
    expect(source.calls.slice(1).map(({ open }) => open)).toEqual([false, true]);
    source.calls[2]?.finish();
    await turn();
    expect([heard, bench.clock.pending]).toEqual([[], 0]);
  });

  it('that wants to be left alone, refuses the credentials, or has no connections is not taken for gone', async () => {
    const wish = new GhostError('SOURCE_UNREACHABLE', 'later', { retryAfterMs: 5_000 });
    const busy = connected(good);
    await outcomeOf(busy.bench.submit(0));
    busy.rule.answer = (call) => call.fail(wish);
    busy.bench.wormhole.renew();
    await turn();
    expect(busy.heard).toEqual([]);

    const refused = connected((call) => call.fail(new GhostError('CREDENTIALS_REFUSED', 'no')));
    await outcomeOf(refused.bench.submit(0));
    refused.bench.wormhole.renew();
    await turn();
    expect([refused.heard, refused.source.calls.length]).toEqual([['refused'], 1]);

    const local = new Bench({}, [new ScriptedSource('disk', good)]);
    await outcomeOf(local.submit(0));
    local.wormhole.renew();
    await turn();
    expect(local.first.calls).toHaveLength(1);
  });
});

describe('kept connections that died without a sign', () => {
  const { against } = httpHarness();
  const ETAG = { etag: '"1"' };

  /** Connections that were there when the network went are silent from then on, as behind a router that forgot them. */
  async function behindRouter(first: Script) {
    const clock = new VirtualClock();
    let dead = 0;
    const { server, source } = await against(
      (request) =>
        request.connection < dead ? [silence] : request.index === 0 ? first(request) : range(request, ETAG),
      { clock },
    );
    const wormhole = new Wormhole({ sources: [source], clock, random: () => 0, logger: silentLogger });
    const submit = () =>
      wormhole.submit({
        object: OBJECT,
        offset: OFFSET,
        length: LENGTH,
        digest: undefined,
        priority: 'user',
        context: {},
      });
    const lose = () => {
      dead = server.connections();
    };
    return { clock, server, wormhole, submit, lose };
  }

  it('are not used again: the next read comes over a new one, and waits for nothing', async () => {
    const { clock, server, wormhole, submit, lose } = await behindRouter((request) => range(request, ETAG));
    expect((await submit().promise).data).toEqual(WANTED);
    lose();
    wormhole.renew();
    expect((await submit().promise).data).toEqual(WANTED);
    expect([clock.now(), server.requests.at(-1)?.connection]).toEqual([0, 1]);
    await server.disconnected(0);
  });

  it('cost a read that was under way two seconds, and not the bytes that had come', async () => {
    const { clock, server, wormhole, submit, lose } = await behindRouter((request) => [
      ...bodyCut(request, 1200, ETAG),
      silence,
    ]);
    const transfer = submit();
    while (transfer.received < 1200) await turn();
    lose();
    wormhole.renew();
    await clock.advance(1_999);
    expect(server.requests).toHaveLength(1);
    await clock.advance(1);
    expect((await transfer.promise).data).toEqual(WANTED);
    expect(server.requests[1]).toMatchObject({
      connection: 1,
      range: { first: OFFSET + 1200 },
      headers: { 'if-match': '"1"' },
    });
    await server.disconnected(0);
  });
});
