/** The HTTP source against a server that behaves: what it asks for, and how. */
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSource } from '../../../../src-main/engine/wormhole/sources/open-source.ts';
import type { SourceOptions } from '../../../../src-main/engine/wormhole/sources/source-options.ts';
import type { Source, SourceObject } from '../../../../src-main/engine/wormhole/source.ts';
import { simBytes } from '../../../../src-main/engine/wormhole/sources/sim-content.ts';
import { type FileServer, type FileServerOptions, startFileServer } from '../../../helpers/file-server.ts';
import { failureOf, fetchRange, MTIME, place } from './collect.ts';

const CONTENT = simBytes(1, 'http', 0, 200_000);

describe('an http source', () => {
  let root: string;
  let object: SourceObject;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'orbit-http-source-'));
    object = await place(root, 'base dir/f ü+%&=;?#.bin', CONTENT);
    await place(root, "a(b)'!*~ [c]\\/%2e%2e/d", CONTENT);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  async function served(
    run: (context: { readonly server: FileServer; readonly source: Source }) => Promise<void>,
    {
      uri = (server) => server.url,
      ...options
    }: FileServerOptions & SourceOptions & { readonly uri?: (server: FileServer) => string } = {},
  ): Promise<void> {
    await using server = await startFileServer(root, options);
    const source = openSource(uri(server), options);
    try {
      await run({ server, source });
    } finally {
      await source.close();
    }
  }

  it('asks for exactly the range, uncompressed', () =>
    served(async ({ server, source }) => {
      await fetchRange(source, object, 100, 50);
      expect(server.requests()).toHaveLength(1);
      expect(server.requests()[0]?.headers).toMatchObject({
        range: 'bytes=100-149',
        'accept-encoding': 'identity',
      });
      expect(server.requests()[0]?.headers).not.toHaveProperty('authorization');
      expect(server.bytes()).toBe(50);
    }));

  it('encodes every name, and keeps path and query of the base', () =>
    served(
      async ({ server, source }) => {
        const below = { ...object, path: object.path.slice(1) };
        expect(await fetchRange(source, below, 0, 10)).toEqual(CONTENT.subarray(0, 10));
        expect(server.requests()[0]?.target).toBe(
          '/base%20dir/f%20%C3%BC%2B%25%26%3D%3B%3F%23.bin?token=a%20b&x=/..',
        );
      },
      { uri: (server) => `${server.url}/base%20dir//?token=a b&x=/..` },
    ));

  it('never lets a name act as a step up', () =>
    served(async ({ source }) => {
      const odd = { ...object, path: ["a(b)'!*~ [c]\\", '%2e%2e', 'd'] };
      expect(await fetchRange(source, odd, 0, 10)).toEqual(CONTENT.subarray(0, 10));
    }));

  it('sends the credentials of the URI as Basic and never shows them', () =>
    served(
      async ({ server, source }) => {
        await fetchRange(source, object, 0, 10);
        const expected = Buffer.from('us:er:p@ss wörd').toString('base64');
        expect(server.requests()[0]?.headers.authorization).toBe(`Basic ${expected}`);
        expect(source.label).toBe(`${server.url}/`);
        const error = await failureOf(fetchRange(source, { ...object, path: ['missing'] }, 0, 1));
        expect(`${error.message}${JSON.stringify(error.context)}`).not.toMatch(/p@ss|p%40ss|us%3Aer/);
      },
      { uri: (server) => server.url.replace('//', '//us%3Aer:p%40ss%20w%C3%B6rd@') },
    ));

  it('opens its connection by a probe that moves no block', () =>
    served(async ({ server, source }) => {
      await source.probe(new AbortController().signal);
      expect(server.connections()).toBe(1);
      expect(server.bytes()).toBe(0);
      await fetchRange(source, object, 0, 10);
      expect(server.connections()).toBe(1);
    }));

  it('says that nobody answers a probe', async () => {
    const server = await startFileServer(root);
    await server.close();
    const source = openSource(server.url);
    const error = await failureOf(source.probe(new AbortController().signal));
    expect(error.code).toBe('SOURCE_UNREACHABLE');
    expect(error.message).toContain(source.label);
    await source.close();
  });

  it('keeps its connection, and opens no more than it may', () =>
    served(
      async ({ server, source }) => {
        for (let i = 0; i < 5; i += 1) await fetchRange(source, object, i * 10, 10);
        expect(server.connections()).toBe(1);
        const ranges = Array.from({ length: 12 }, (_, i) => fetchRange(source, object, i * 1000, 1000));
        expect(Buffer.concat(await Promise.all(ranges)).equals(CONTENT.subarray(0, 12_000))).toBe(true);
        expect(server.connections()).toBeLessThanOrEqual(3);
        await failureOf(fetchRange(source, { ...object, path: ['missing'] }, 0, 1));
        await fetchRange(source, object, 0, 10);
        expect(server.connections()).toBeLessThanOrEqual(3);
      },
      { connections: 3 },
    ));

  it.each([
    ['etag', 'if-match', 'the server now has another version of it \\(412\\)'],
    ['last-modified', 'if-unmodified-since', 'the server now has another version of it \\(412\\)'],
  ] as const)('holds the server to the version it first saw by %s', (validator, header, sentence) =>
    served(
      async ({ server, source }) => {
        const file = join(root, ...object.path);
        await utimes(file, MTIME, MTIME);
        await fetchRange(source, object, 0, 10);
        await fetchRange(source, object, 10, 10);
        expect(server.requests()[0]?.headers).not.toHaveProperty(header);
        expect(server.requests()[1]?.headers).toHaveProperty(header);
        await utimes(file, MTIME + 7, MTIME + 7);
        const error = await failureOf(fetchRange(source, object, 20, 10));
        expect(error.code).toBe('OBJECT_CHANGED');
        expect(error.message).toMatch(new RegExp(sentence));
        // Another row of the catalogue is another version, and may be what the server has now.
        const published = { ...object, mtime: MTIME + 7 };
        expect(await fetchRange(source, published, 20, 10)).toEqual(CONTENT.subarray(20, 30));
      },
      { validator },
    ),
  );

  it('serves where the server names no version at all', () =>
    served(
      async ({ source }) => {
        await fetchRange(source, object, 0, 10);
        expect(await fetchRange(source, object, 10, 10)).toEqual(CONTENT.subarray(10, 20));
      },
      { validator: 'none' },
    ));
});
