/** The HTTP source against servers that know no ranges, mix up versions, or are busy. */
import { describe, expect, it } from 'vitest';
import { GhostError } from '../../../../src-main/engine/errors.ts';
import { silentLogger } from '../../../../src-main/engine/log.ts';
import { Wormhole } from '../../../../src-main/engine/wormhole/wormhole.ts';
import { sha256 } from '../../../helpers/scripted-source.ts';
import { fin, rangeReply, reply, silence, type Script } from '../../../helpers/scripted-proxy.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';
import { collect, failureOf, fetchRange, objectOf } from './collect.ts';
import { CONTENT, httpHarness, LENGTH, MIB, OBJECT, OFFSET, range, WANTED } from './http-harness.ts';

describe('an http source', () => {
  const { against, open } = httpHarness();

  describe('when the server ignores ranges', () => {
    const whole: Script = () => reply(200, {}, CONTENT);

    it('takes the beginning and hangs up', async () => {
      const { server, source } = await against(whole);
      expect((await fetchRange(source, OBJECT, 0, LENGTH)).equals(CONTENT.subarray(0, LENGTH))).toBe(true);
      await server.disconnected(0);
    });

    it('skips up to 4 MiB', async () => {
      const { source } = await against(whole);
      const bytes = await fetchRange(source, OBJECT, 4 * MIB, 100);
      expect(bytes).toEqual(CONTENT.subarray(4 * MIB, 4 * MIB + 100));
    });

    it('refuses to skip more', async () => {
      const { source } = await against(whole);
      const error = await failureOf(fetchRange(source, OBJECT, 4 * MIB + 1, 100));
      expect(error.code).toBe('SOURCE_REFUSED');
      expect(error.message).toContain('ignores ranges');
    });

    it('needs no announced length when the range reaches the end', async () => {
      const small = CONTENT.subarray(0, 3000);
      const object = objectOf('small', small.length);
      const { source } = await against(() => [
        ...reply(200, { 'content-length': undefined, connection: 'close' }, small),
        fin,
      ]);
      expect(await fetchRange(source, object, 1000, 2000)).toEqual(small.subarray(1000));
      const shorter = { ...object, size: 2999 };
      expect((await failureOf(fetchRange(source, shorter, 1000, 1999))).code).toBe('SOURCE_REFUSED');
      const longer = { ...object, size: 3001 };
      expect((await failureOf(fetchRange(source, longer, 1000, 2001))).code).toBe('BLOCK_TRUNCATED');
    });
  });

  describe('when the version changes under a server that ignores conditions', () => {
    it.each([
      ['its strong ETag', { etag: '"1"' }, { etag: '"2"' }],
      [
        'its Last-Modified',
        { 'last-modified': 'Sun, 06 Nov 1994 08:49:37 GMT' },
        { 'last-modified': 'later' },
      ],
      [
        'its Last-Modified beside a weak ETag',
        { etag: 'W/"1"', 'last-modified': 'a' },
        { etag: 'W/"1"', 'last-modified': 'b' },
      ],
      ['its ETag, which is gone', { etag: '"1"' }, {}],
    ])('notices %s', async (_, first, second) => {
      const { source } = await against((request) => range(request, request.index === 0 ? first : second));
      await fetchRange(source, OBJECT, OFFSET, LENGTH);
      const collected = collect(source, OBJECT, OFFSET, LENGTH);
      expect((await failureOf(collected.settled)).code).toBe('OBJECT_CHANGED');
      expect(collected.chunks).toEqual([]);
    });

    it('does not care where a digest proves the bytes, so the same content uploaded again is served', async () => {
      const { server, source } = await against((request) => range(request, { etag: `"${request.index}"` }));
      await fetchRange(source, OBJECT, OFFSET, LENGTH);
      for (let time = 0; time < 2; time += 1) {
        const collected = collect(source, OBJECT, OFFSET, LENGTH, { verified: true });
        await collected.settled;
        expect(collected.bytes().equals(WANTED)).toBe(true);
      }
      for (const request of server.requests) expect(request.headers).not.toHaveProperty('if-match');
      // Without a digest the first version is still the only one.
      expect((await failureOf(fetchRange(source, OBJECT, OFFSET, LENGTH))).code).toBe('OBJECT_CHANGED');
    });

    it('goes through the Wormhole as long as the content has its digest', async () => {
      const contents = [CONTENT, CONTENT, Buffer.from(CONTENT.map((byte) => byte ^ 1))];
      const { source } = await against((request) =>
        rangeReply(request, contents[request.index] ?? CONTENT, { etag: `"${request.index}"` }),
      );
      const options = { clock: new VirtualClock(), random: () => 0, logger: silentLogger };
      const wormhole = new Wormhole({
        ...options,
        sources: [source],
        retry: { attempts: 1, baseMs: 1, capMs: 1, retryAfterCapMs: 1 },
      });
      const outcome = (offset: number) =>
        wormhole
          .submit({
            object: OBJECT,
            offset,
            length: LENGTH,
            digest: sha256(CONTENT.subarray(offset, offset + LENGTH)),
            priority: 'user',
            context: {},
          })
          .promise.then(
            () => 'delivered',
            (error: unknown) => (error instanceof GhostError ? error.code : 'not ours'),
          );
      expect(await outcome(0)).toBe('delivered');
      expect(await outcome(LENGTH)).toBe('delivered');
      expect(await outcome(2 * LENGTH)).toBe('BLOCK_CORRUPT');
    });

    it('does not send a weak ETag as a condition', async () => {
      const { server, source } = await against((request) => range(request, { etag: 'W/"1"' }));
      await fetchRange(source, OBJECT, OFFSET, LENGTH);
      await fetchRange(source, OBJECT, OFFSET, LENGTH);
      expect(server.requests[1]?.headers).not.toHaveProperty('if-match');
    });
  });

  describe('when the server wants to be left alone', () => {
    it('is left alone by every other source on the same host too', async () => {
      const clock = new VirtualClock();
      const { server, source } = await against(
        (request) => (request.index === 0 ? reply(503, { 'retry-after': 7 }) : range(request)),
        { clock },
      );
      const replica = open(`${server.url}/replica`, { clock });
      await failureOf(fetchRange(source, OBJECT, 0, 9));
      const error = await failureOf(fetchRange(replica, OBJECT, 0, 9));
      expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', context: { retryAfterMs: 7000 } });
      expect(server.requests).toHaveLength(1);
      await clock.advance(7000);
      expect(await fetchRange(replica, OBJECT, 0, 9)).toEqual(CONTENT.subarray(0, 9));
    });

    it.each([429, 503])('tells the caller and asks nothing until then: %i', async (status) => {
      const clock = new VirtualClock();
      const { server, source } = await against(
        (request) => (request.index === 0 ? reply(status, { 'retry-after': 7 }) : range(request)),
        { clock },
      );
      const first = await failureOf(fetchRange(source, OBJECT, 0, 9));
      expect(first).toMatchObject({ code: 'SOURCE_UNREACHABLE', context: { retryAfterMs: 7000 } });
      await clock.advance(2000);
      const other = await failureOf(fetchRange(source, objectOf('other', 5), 0, 5));
      expect(other).toMatchObject({ code: 'SOURCE_UNREACHABLE', context: { retryAfterMs: 5000 } });
      expect(other.message).toContain('another 5 s');
      expect(server.requests).toHaveLength(1);
      await clock.advance(5000);
      expect(await fetchRange(source, OBJECT, 0, 9)).toEqual(CONTENT.subarray(0, 9));
    });
  });

  it('does not wait for the body of an error, and drops the connection when it is long', async () => {
    const clock = new VirtualClock();
    const { server, source } = await against(
      (request) =>
        request.index === 0
          ? [...reply(404, { 'content-length': 10 * MIB }, CONTENT), silence]
          : [...reply(404, { 'content-length': 100 }), silence],
      { clock },
    );
    expect((await failureOf(fetchRange(source, OBJECT, 0, 9))).code).toBe('SOURCE_REFUSED');
    await server.disconnected(0);
    expect((await failureOf(fetchRange(source, OBJECT, 0, 9))).code).toBe('SOURCE_REFUSED');
    // Too short to hang up for its size, but it never comes.
    await clock.advance(1000);
    await server.disconnected(1);
    expect(clock.pending).toBe(0);
  });
});
