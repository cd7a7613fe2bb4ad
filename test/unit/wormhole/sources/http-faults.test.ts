/** The HTTP source against answers that are wrong, one row of faults after the other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GhostError, type GhostErrorCode } from '../../../../src-main/engine/errors.ts';
import {
  byteByByte,
  chunked,
  fin,
  rangeReply,
  reply,
  reset,
  type ScriptedRequest,
  type Step,
} from '../../../helpers/scripted-proxy.ts';
import { collect, failureOf, fetchRange, objectOf } from './collect.ts';
import { bodyCut, CONTENT, httpHarness, LENGTH, OBJECT, OFFSET, range, WANTED } from './http-harness.ts';

describe('an http source that gets a wrong answer', () => {
  const { against } = httpHarness();

  type Row = readonly [
    what: string,
    steps: (request: ScriptedRequest) => Iterable<Step>,
    code: GhostErrorCode,
    /** Bytes delivered before the end. */
    delivered: number,
    sentence: RegExp,
  ];

  const rows: readonly Row[] = [
    ['reset before the head', () => [reset], 'SOURCE_UNREACHABLE', 0, /reset|closed/],
    ['end before the head', () => [fin], 'SOURCE_UNREACHABLE', 0, /closed/],
    [
      'end within the head',
      () => [{ send: 'HTTP/1.1 206 Par' }, fin],
      'SOURCE_UNREACHABLE',
      0,
      /closed|HTTP/,
    ],
    ['reset within the body', (r) => [...bodyCut(r, 1234), reset], 'BLOCK_TRUNCATED', 1234, /1234 of 5000/],
    ['end within the body', (r) => [...bodyCut(r, 1234), fin], 'BLOCK_TRUNCATED', 1234, /1234 of 5000/],
    [
      'a body without a length that ends early',
      (r) => [...bodyCut(r, 77, { 'content-length': undefined, connection: 'close' }), fin],
      'BLOCK_TRUNCATED',
      77,
      /only 77 of 5000/,
    ],
    [
      'Content-Length below the truth',
      (r) => range(r, { 'content-length': 4000 }),
      'BLOCK_TRUNCATED',
      4000,
      /4000 of 5000/,
    ],
    [
      'Content-Length above the range',
      (r) => range(r, { 'content-length': LENGTH + 1 }),
      'SOURCE_REFUSED',
      0,
      /more than the 5000 bytes/,
    ],
    [
      'chunks that end early',
      (r) => {
        const [head] = range(r, { 'content-length': undefined, 'transfer-encoding': 'chunked' });
        return [head, { send: chunked(WANTED.subarray(0, 100)) }];
      },
      'BLOCK_TRUNCATED',
      100,
      /only 100 of 5000/,
    ],
    [
      'more chunks than asked for',
      (r) => {
        const [head] = range(r, { 'content-length': undefined, 'transfer-encoding': 'chunked' });
        return [head, { send: chunked(WANTED, Buffer.from('x')) }];
      },
      'SOURCE_REFUSED',
      LENGTH,
      /more than the 5000 bytes/,
    ],
    [
      'a chunk size that is none',
      (r) => {
        const [head] = range(r, { 'content-length': undefined, 'transfer-encoding': 'chunked' });
        return [
          head,
          { send: Buffer.concat([Buffer.from('3\r\n'), WANTED.subarray(0, 3), Buffer.from('\r\nzz\r\n')]) },
        ];
      },
      'BLOCK_TRUNCATED',
      3,
      /not HTTP.* 3 of 5000/,
    ],
    ['no HTTP at all', () => [{ send: 'SSH-2.0-OpenSSH_9.9\r\n' }], 'SOURCE_UNREACHABLE', 0, /not HTTP/],
    [
      'endless headers',
      () => [{ send: `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}` }],
      'SOURCE_UNREACHABLE',
      0,
      /more headers/,
    ],
    [
      'another range',
      (r) => range(r, { 'content-range': `bytes 0-${LENGTH - 1}/${CONTENT.length}` }),
      'SOURCE_REFUSED',
      0,
      /bytes 0 to 4999 when asked for 1000 to 5999/,
    ],
    [
      'a shorter range',
      (r) => range(r, { 'content-range': `bytes ${OFFSET}-${OFFSET + 9}/${CONTENT.length}` }),
      'SOURCE_REFUSED',
      0,
      /bytes 1000 to 1009/,
    ],
    [
      'another total',
      (r) => range(r, { 'content-range': `bytes ${OFFSET}-${OFFSET + LENGTH - 1}/${CONTENT.length + 1}` }),
      'OBJECT_CHANGED',
      0,
      /6291457 bytes, the catalogue says 6291456/,
    ],
    ['no Content-Range', (r) => range(r, { 'content-range': undefined }), 'SOURCE_REFUSED', 0, /missing/],
    [
      'an unknown total',
      (r) => range(r, { 'content-range': `bytes ${OFFSET}-${OFFSET + LENGTH - 1}/*` }),
      'SOURCE_REFUSED',
      0,
      /does not say which bytes/,
    ],
    ['a compressed body', (r) => range(r, { 'content-encoding': 'gzip' }), 'SOURCE_REFUSED', 0, /gzip/],
    [
      '200 with another length',
      () => reply(200, {}, CONTENT.subarray(1)),
      'OBJECT_CHANGED',
      0,
      /6291455 bytes, the catalogue says 6291456/,
    ],
    [
      '200 without a length',
      () => reply(200, { 'content-length': undefined, connection: 'close' }, CONTENT),
      'SOURCE_REFUSED',
      0,
      /how long the file is/,
    ],
    ['204', () => reply(204, { 'content-length': undefined }), 'SOURCE_REFUSED', 0, /204/],
    ['304', () => reply(304, { 'content-length': undefined }), 'SOURCE_REFUSED', 0, /304/],
    ['400', () => reply(400, {}), 'SOURCE_REFUSED', 0, /400/],
    [
      '401',
      () => reply(401, { 'www-authenticate': 'Basic' }),
      'CREDENTIALS_REFUSED',
      0,
      /credentials \(401\)/,
    ],
    ['403', () => reply(403, {}), 'CREDENTIALS_REFUSED', 0, /credentials \(403\)/],
    ['404', () => reply(404, {}), 'SOURCE_REFUSED', 0, /source is stale.*404/],
    ['410', () => reply(410, {}), 'SOURCE_REFUSED', 0, /source is stale.*410/],
    ['416', () => reply(416, { 'content-range': 'bytes */5' }), 'SOURCE_REFUSED', 0, /source is stale.*416/],
    ['408', () => reply(408, {}), 'SOURCE_UNREACHABLE', 0, /408/],
    ['412', () => reply(412, {}), 'OBJECT_CHANGED', 0, /412/],
    ['429 without a wish', () => reply(429, {}), 'SOURCE_UNREACHABLE', 0, /fewer requests/],
    ['500', () => reply(500, {}), 'SOURCE_UNREACHABLE', 0, /in trouble \(500\)/],
    ['502', () => reply(502, {}, Buffer.from('bad gateway')), 'SOURCE_UNREACHABLE', 0, /502/],
    ['a redirect without a target', () => reply(302, {}), 'SOURCE_REFUSED', 0, /without saying where/],
    [
      'a switch of protocols',
      () => reply(101, { upgrade: 'x', connection: 'upgrade' }),
      'SOURCE_UNREACHABLE',
      0,
      /./,
    ],
  ];

  it.each(rows)(
    'answers %s with a sentence, and then serves again',
    async (_, steps, code, delivered, sentence) => {
      const { source } = await against((request) => (request.index === 0 ? steps(request) : range(request)));
      const collected = collect(source, OBJECT, OFFSET, LENGTH);
      const error = await failureOf(collected.settled);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(sentence);
      expect(error.message).toMatch(/^Reading "dir\/file" from http:\/\/127\.0\.0\.1:\d+\/ failed: /);
      expect(error.context.retryAfterMs).toBeUndefined();
      expect(collected.bytes()).toHaveLength(delivered);
      expect(collected.bytes().equals(WANTED.subarray(0, delivered))).toBe(true);
      expect((await fetchRange(source, OBJECT, OFFSET, LENGTH)).equals(WANTED)).toBe(true);
    },
  );

  it('resumes from the last good byte of a body that is cut again and again', async () => {
    const { server, source } = await against((request) => [...bodyCut(request, 1200), reset]);
    const parts: Buffer[] = [];
    for (let got = 0; got < LENGTH - 1200; got = Buffer.concat(parts).length) {
      const part = collect(source, OBJECT, OFFSET + got, LENGTH - got);
      expect((await failureOf(part.settled)).code).toBe('BLOCK_TRUNCATED');
      parts.push(part.bytes());
    }
    expect(Buffer.concat(parts).equals(WANTED.subarray(0, 4800))).toBe(true);
    expect(server.requests.map((request) => request.range?.first)).toEqual([1000, 2200, 3400, 4600]);
  });

  it('takes a body that comes byte by byte, after informational answers', async () => {
    const { source } = await against(function* (request) {
      const [head] = range(request);
      yield { send: 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n' };
      yield* byteByByte(Buffer.from('send' in head ? head.send : ''));
      yield* byteByByte(WANTED.subarray(0, 300));
    });
    expect(await fetchRange(source, OBJECT, OFFSET, 300)).toEqual(WANTED.subarray(0, 300));
  });

  it.each([
    ['chunks', true],
    ['the end of the connection', false],
  ])('takes a body whose length only %s tell', async (_, inChunks) => {
    const { source } = await against((request) => {
      const coding = inChunks ? { 'transfer-encoding': 'chunked' } : { connection: 'close' };
      const [head] = range(request, { 'content-length': undefined, ...coding });
      return inChunks
        ? [head, { send: chunked(WANTED.subarray(0, 7), WANTED.subarray(7)) }]
        : [head, { send: WANTED }, fin];
    });
    expect((await fetchRange(source, OBJECT, OFFSET, LENGTH)).equals(WANTED)).toBe(true);
  });

  it('delivers flipped bytes unseen: digests are checked elsewhere', async () => {
    const flipped = Buffer.from(CONTENT);
    flipped.writeUInt8(flipped.readUInt8(OFFSET) ^ 1, OFFSET);
    const { source } = await against((request) => rangeReply(request, flipped));
    expect((await fetchRange(source, OBJECT, OFFSET, LENGTH)).equals(WANTED)).toBe(false);
  });

  it('survives any response: the exact length or a GhostError', async () => {
    let response: Uint8Array = new Uint8Array();
    const { source } = await against(() => [{ send: response }, fin]);
    const good = Buffer.from(
      `HTTP/1.1 206 OK\r\ncontent-range: bytes 0-9/10\r\ncontent-length: 10\r\netag: "1"\r\n\r\n0123456789`,
    );
    const spliced = fc
      .tuple(fc.nat(good.length), fc.nat(8), fc.oneof(fc.uint8Array({ maxLength: 20 }), garbage))
      .map(([at, cut, put]) => Buffer.concat([good.subarray(0, at), put, good.subarray(at + cut)]));
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(spliced, async (bytes) => {
        response = bytes;
        const collected = collect(source, objectOf('ten', 10), 0, 10);
        const outcome = await collected.settled.then(
          () => 'whole',
          (error: unknown) => {
            expect(error).toBeInstanceOf(GhostError);
            return 'failed';
          },
        );
        outcomes.add(outcome);
        if (outcome === 'whole') expect(collected.bytes()).toHaveLength(10);
        else expect(collected.bytes().length).toBeLessThanOrEqual(10);
      }),
      { numRuns: 150, examples: [[good]] },
    );
    expect([...outcomes].toSorted()).toEqual(['failed', 'whole']);
  });
});

/** What breaks parsers oftener than noise does. */
const garbage = fc
  .constantFrom(
    '\r\n',
    '\r\n\r\n',
    ': ',
    '\0',
    'HTTP/1.1 100 \r\n\r\n',
    'transfer-encoding: chunked\r\n',
    '99999999999',
  )
  .map((text) => Buffer.from(text));
