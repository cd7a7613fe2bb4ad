/** Blocks over HTTP from servers that cut, replay or refuse: what the Wormhole makes of it. Real sockets. */
import { describe, expect, it } from 'vitest';
import type { Priority } from '../../../src-main/engine/entangler/block-reader.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { RequestPace } from '../../../src-main/engine/wormhole/sources/request-pace.ts';
import type { Source } from '../../../src-main/engine/wormhole/source.ts';
import { Wormhole } from '../../../src-main/engine/wormhole/wormhole.ts';
import {
  chunked,
  fin,
  rangeReply,
  reply,
  reset,
  type ScriptedRequest,
  type Step,
} from '../../helpers/scripted-proxy.ts';
import { sha256 } from '../../helpers/scripted-source.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';
import {
  bodyCut,
  CONTENT,
  httpHarness,
  LENGTH,
  OBJECT,
  OFFSET,
  range,
  WANTED,
} from './sources/http-harness.ts';

/** A Wormhole that asks again at once. */
function travelling(sources: readonly Source[], clock = new VirtualClock()) {
  const wormhole = new Wormhole({ sources, clock, random: () => 0, logger: silentLogger });
  const fetch = async (
    digest: Buffer | undefined,
    { offset = OFFSET, priority = 'user' }: { offset?: number; priority?: Priority } = {},
  ): Promise<Buffer | string> => {
    const request = { object: OBJECT, offset, length: LENGTH, digest, priority, context: {} };
    try {
      return (await wormhole.submit(request).promise).data;
    } catch (error) {
      return error instanceof GhostError ? error.code : String(error);
    }
  };
  return { wormhole, clock, fetch };
}

/** Lets the clock run while real sockets do their work. */
async function letting<T>(clock: VirtualClock, ms: number, promise: Promise<T>): Promise<T> {
  const progress = { settled: false };
  const settled = promise.finally(() => (progress.settled = true));
  while (!progress.settled) {
    await turn();
    await clock.advance(ms);
  }
  return await settled;
}

describe('a body that is cut', () => {
  const { against } = httpHarness();
  const CUT = 1200;
  const ETAG = { etag: '"1"' };

  const cuts: readonly (readonly [string, (request: ScriptedRequest) => readonly Step[]])[] = [
    ['by a reset', (request) => [...bodyCut(request, CUT, ETAG), reset]],
    ['by an end below its Content-Length', (request) => [...bodyCut(request, CUT, ETAG), fin]],
    [
      'where only the end of the connection tells its length',
      (request) => [
        ...bodyCut(request, CUT, { ...ETAG, 'content-length': undefined, connection: 'close' }),
        fin,
      ],
    ],
    [
      'between chunks, and closed as if that were all',
      (request) => {
        const headers = { ...ETAG, 'content-length': undefined, 'transfer-encoding': 'chunked' };
        const first = request.range?.first ?? 0;
        return [range(request, headers)[0], { send: chunked(CONTENT.subarray(first, first + CUT)) }];
      },
    ],
  ];

  it.each(cuts)('%s is resumed from its last good byte, of the same version', async (_, cut) => {
    const { server, source } = await against((request) =>
      request.index === 0 ? cut(request) : range(request, ETAG),
    );
    const { clock, fetch } = travelling([source]);
    expect(await letting(clock, 0, fetch(undefined))).toEqual(WANTED);
    expect(server.requests.map(({ range: asked, headers }) => [asked?.first, headers['if-match']])).toEqual([
      [OFFSET, undefined],
      [OFFSET + CUT, '"1"'],
    ]);
  });

  it.each(cuts)(
    '%s and followed by nothing is a failure, and no part of a block comes out',
    async (_, cut) => {
      const { source } = await against((request) => (request.index === 0 ? cut(request) : [fin]));
      const { clock, fetch } = travelling([source]);
      expect(await letting(clock, 100, fetch(undefined))).toBe('SOURCE_UNREACHABLE');
    },
  );
});

describe('a server that replays bytes of an earlier version', () => {
  const { against } = httpHarness();
  const earlier = Buffer.from(CONTENT.map((byte) => byte ^ 0x55));
  /** All its headers are right. */
  const replaying = (request: ScriptedRequest): readonly Step[] =>
    rangeReply(request, earlier, { etag: '"now"' });

  it('is found out by the digest, and another source serves the block', async () => {
    const [stale, good] = [await against(replaying), await against((request) => range(request))];
    const { wormhole, clock, fetch } = travelling([stale.source, good.source]);
    expect(await letting(clock, 0, fetch(sha256(WANTED)))).toEqual(WANTED);
    expect(wormhole.stats().corrupt).toBe(1);
  });

  it('of which there is no other gives nobody a byte', async () => {
    const { server, source } = await against(replaying);
    const { wormhole, clock, fetch } = travelling([source]);
    expect(await letting(clock, 0, fetch(sha256(WANTED)))).toBe('BLOCK_CORRUPT');
    expect([wormhole.stats().corrupt, server.requests.length]).toEqual([2, 2]);
  });
});

describe('a server that is asked too often', () => {
  const { serve, open } = httpHarness();

  it.each([
    ['7', 7_000],
    ['soon', 5_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 120_000],
    ['99999999999999999999', 120_000],
  ])('and says Retry-After: %s is left alone by all mounts, for two minutes at most', async (wish, ms) => {
    const clock = new VirtualClock();
    const server = await serve((request) =>
      request.index === 0
        ? reply(429, { 'retry-after': wish, date: 'Mon, 01 Jan 2024 00:00:00 GMT' })
        : range(request),
    );
    const [one, other] = [
      travelling([open(server.url, { clock })], clock),
      travelling([open(server.url, { clock })], clock),
    ];
    const first = one.fetch(undefined);
    await server.requested(0);
    while (one.wormhole.stats().backingOff === 0) await turn();
    const second = other.fetch(undefined);
    while (other.wormhole.stats().backingOff === 0) await turn();
    await clock.advance(ms - 1);
    expect(server.requests).toHaveLength(1);
    await clock.advance(1);
    expect(await letting(clock, 0, Promise.all([first, second]))).toEqual([WANTED, WANTED]);
  });

  it('gets no more than so many requests in a second, a reader’s first', async () => {
    const clock = new VirtualClock();
    const server = await serve((request) => range(request));
    const pace = new RequestPace(clock, 2);
    const mount = () => travelling([open(server.url, { clock, pace })], clock);
    const [one, other] = [mount(), mount()];
    const ahead = [0, 1, 2, 3].map((block) =>
      one.fetch(undefined, { offset: block * LENGTH, priority: 'readahead' }),
    );
    await Promise.all(ahead.slice(0, 2));
    const reader = other.fetch(undefined, { offset: 9 * LENGTH });
    await turn();
    expect(server.requests).toHaveLength(2);
    await clock.advance(500);
    await reader;
    expect(server.requests.map(({ range: asked }) => asked?.first)).toEqual([0, LENGTH, 9 * LENGTH]);
    await letting(clock, 500, Promise.all(ahead));
    expect([server.requests.length, clock.now() >= 1_500]).toEqual([5, true]);
  });
});
