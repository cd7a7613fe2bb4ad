/** The HTTP source against networks from which nothing comes, and readers that give up. */
import { describe, expect, it } from 'vitest';
import { silence, type ScriptedRequest, type Step } from '../../../helpers/scripted-proxy.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';
import { collect, failureOf, fetchRange } from './collect.ts';
import { bodyCut, CONTENT, httpHarness, LENGTH, OBJECT, OFFSET, range, WANTED } from './http-harness.ts';

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
    ])('gives up 15 s after the last byte: %s', async (_, steps, bytes) => {
      const clock = new VirtualClock();
      const { server, source } = await against(steps, { clock });
      const collected = collect(source, OBJECT, OFFSET, LENGTH);
      const failure = failureOf(collected.settled);
      await (bytes === 0 ? server.requested(0) : collected.begun);
      await clock.advance(14_999);
      expect(clock.pending).toBe(1);
      await clock.advance(1);
      const error = await failure;
      expect(collected.bytes()).toHaveLength(bytes);
      expect(error.code).toBe('SOURCE_UNREACHABLE');
      expect(error.message).toContain('no byte for 15000 ms');
      await server.disconnected(0);
      expect(clock.pending).toBe(0);
    });

    it('counts from the last byte, not from the first', async () => {
      const clock = new VirtualClock();
      const more = Promise.withResolvers<void>();
      const { source } = await against(
        function* (request) {
          const [head] = range(request);
          yield head;
          yield { send: WANTED.subarray(0, 10) };
          yield { wait: more.promise };
          yield { send: WANTED.subarray(10) };
        },
        { clock, idleTimeoutMs: 1000 },
      );
      const collected = collect(source, OBJECT, OFFSET, LENGTH);
      await collected.begun;
      await clock.advance(999);
      more.resolve();
      await collected.settled;
      expect(collected.bytes().equals(WANTED)).toBe(true);
      expect(clock.pending).toBe(0);
    });

    it('hangs up at once when the reader gives up', async () => {
      const { server, source } = await against(() => [silence]);
      const abort = new AbortController();
      const collected = collect(source, OBJECT, OFFSET, LENGTH, abort.signal);
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
      const queued = collect(source, OBJECT, OFFSET, LENGTH, abort.signal);
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
