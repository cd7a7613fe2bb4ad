/** The HTTP source against networks from which nothing comes, and readers that give up. */
import { describe, expect, it } from 'vitest';
import { attempt } from '../../../../src-main/engine/wormhole/attempt.ts';
import { BlockBuffer } from '../../../../src-main/engine/wormhole/block-buffer.ts';
import type { Source } from '../../../../src-main/engine/wormhole/source.ts';
import { silence, type ScriptedRequest, type Step } from '../../../helpers/scripted-proxy.ts';
import { turn, VirtualClock } from '../../../helpers/virtual-clock.ts';
import { collect, failureOf, fetchRange } from './collect.ts';
import { bodyCut, CONTENT, httpHarness, LENGTH, OBJECT, OFFSET, range, WANTED } from './http-harness.ts';

/** One request as the Wormhole makes it; `begun` resolves with its first byte. */
function begin(
  source: Source,
  clock: VirtualClock,
): { readonly block: BlockBuffer; readonly begun: Promise<void>; readonly settled: Promise<void> } {
  const begun = Promise.withResolvers<void>();
  const block = new BlockBuffer(LENGTH);
  const settled = attempt({
    source: {
      label: source.label,
      fetch: (request) =>
        source.fetch({
          ...request,
          sink(chunk) {
            request.sink(chunk);
            begun.resolve();
          },
        }),
      probe: (signal) => source.probe(signal),
      close: () => source.close(),
    },
    sourceIndex: 0,
    object: OBJECT,
    offset: OFFSET,
    block,
    verified: false,
    priority: () => 'user',
    signal: new AbortController().signal,
    clock,
    idleMs: 10_000,
  });
  return { block, begun: begun.promise, settled };
}

describe('an http source', () => {
  const { against, open } = httpHarness();

  describe('when nothing comes any more', () => {
    const before = (): readonly Step[] => [silence];
    const within = (request: ScriptedRequest): readonly Step[] => [...bodyCut(request, 1000), silence];
    const informational = (): readonly Step[] => [
      { send: 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(50) },
      silence,
    ];

    it.each([
      ['before the head', before, 0],
      ['within the body', within, 1000],
      ['after informational answers', informational, 0],
    ])('is given up and hung up 10 s after the last byte: %s', async (_, steps, bytes) => {
      const clock = new VirtualClock();
      const { server, source } = await against(steps, { clock });
      const trial = begin(source, clock);
      const failure = failureOf(trial.settled);
      await (bytes === 0 ? server.requested(0) : trial.begun);
      await clock.advance(9_999);
      expect(clock.pending).toBe(1);
      await clock.advance(1);
      const error = await failure;
      expect(trial.block.received).toBe(bytes);
      expect(error.code).toBe('SOURCE_UNREACHABLE');
      expect(error.message).toContain('sent nothing for 10 seconds');
      await server.disconnected(0);
      expect(clock.pending).toBe(0);
    });

    it('does not count the time it queues for a connection as silence', async () => {
      const clock = new VirtualClock();
      const go = Promise.withResolvers<void>();
      const { server, source } = await against(
        (request) => (request.index === 0 ? [{ wait: go.promise }, ...range(request)] : [silence]),
        { clock, connections: 1 },
      );
      const first = collect(source, OBJECT, OFFSET, LENGTH);
      await server.requested(0);
      const queued = begin(source, clock);
      let over = false;
      const failure = failureOf(queued.settled).finally(() => {
        over = true;
      });
      await turn();
      await clock.advance(60_000);
      expect(over).toBe(false);
      go.resolve();
      await Promise.all([first.settled, server.requested(1)]);
      await clock.advance(9_999);
      expect(over).toBe(false);
      await clock.advance(1);
      expect((await failure).message).toContain('sent nothing for 10 seconds');
    });

    it('a probe ends after 15 s', async () => {
      const clock = new VirtualClock();
      const { server, source } = await against(before, { clock });
      const failure = failureOf(source.probe(new AbortController().signal));
      await server.requested(0);
      await clock.advance(15_000);
      expect((await failure).message).toContain('no answer within 15 seconds');
      await server.disconnected(0);
      expect(clock.pending).toBe(0);
    });

    it('hangs up at once when the reader gives up', async () => {
      const { server, source } = await against(() => [silence]);
      const abort = new AbortController();
      const collected = collect(source, OBJECT, OFFSET, LENGTH, { signal: abort.signal });
      const failure = failureOf(collected.settled);
      await server.requested(0);
      abort.abort();
      expect((await failure).code).toBe('INTERRUPTED');
      await server.disconnected(0);
    });

    it('lets a reader go who still queues for a connection, and serves those behind it', async () => {
      const go = Promise.withResolvers<void>();
      const { source } = await against((request) => [{ wait: go.promise }, ...range(request)], {
        connections: 1,
      });
      const first = collect(source, OBJECT, OFFSET, LENGTH);
      const abort = new AbortController();
      const queued = collect(source, OBJECT, OFFSET, LENGTH, { signal: abort.signal });
      const behind = collect(source, OBJECT, OFFSET, LENGTH);
      abort.abort();
      expect((await failureOf(queued.settled)).code).toBe('INTERRUPTED');
      go.resolve();
      await Promise.all([first.settled, behind.settled]);
      expect(behind.bytes().equals(WANTED)).toBe(true);
    });
  });

  describe('when there is no server', () => {
    it('says that nothing listens', async () => {
      const { server, source } = await against(() => []);
      await server.close();
      const error = await failureOf(fetchRange(source, OBJECT, 0, 1));
      expect(error.code).toBe('SOURCE_UNREACHABLE');
      expect(error.message).toContain('connection refused');
    });

    it('says that the name is not known', async () => {
      const source = open('http://no-such-host.invalid/');
      const error = await failureOf(fetchRange(source, OBJECT, 0, 1));
      expect(error.code).toBe('SOURCE_UNREACHABLE');
      expect(error.message).toMatch(/host name/);
    });

    it('recovers when connections are cut at first', async () => {
      const { source } = await against((request) => range(request), {
        onConnection: (index) => (['reset', 'fin'] as const)[index] ?? 'serve',
      });
      expect((await failureOf(fetchRange(source, OBJECT, 0, 9))).code).toBe('SOURCE_UNREACHABLE');
      expect((await failureOf(fetchRange(source, OBJECT, 0, 9))).code).toBe('SOURCE_UNREACHABLE');
      expect(await fetchRange(source, OBJECT, 0, 9)).toEqual(CONTENT.subarray(0, 9));
    });
  });
});
