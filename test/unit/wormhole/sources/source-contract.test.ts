/** What every source promises, held against each of them. */
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Source, SourceObject } from '../../../../src-main/engine/wormhole/source.ts';
import { openSource } from '../../../../src-main/engine/wormhole/sources/open-source.ts';
import { simBytes } from '../../../../src-main/engine/wormhole/sources/sim-content.ts';
import { startFileServer } from '../../../helpers/file-server.ts';
import { rangeReply, silence, startScriptedServer } from '../../../helpers/scripted-proxy.ts';
import { collect, failureOf, fetchRange, MTIME, objectOf, place } from './collect.ts';

/** Three of the source's largest pieces and a bit. */
const SIZE = 3 * 1024 * 1024 + 17;
const PATH = 'deep/päth with space/100% #1?.bin';

interface Setup extends AsyncDisposable {
  readonly open: () => Source;
  readonly object: SourceObject;
  readonly content: Buffer;
  /** Body bytes or reads the source has caused; undefined where nothing can count them. */
  readonly moved: (() => number) | undefined;
  /** A source whose fetches begin and then do not end. */
  readonly openStalling: (() => Promise<{ readonly source: Source } & AsyncDisposable>) | undefined;
  /** Replaces the object's bytes by others of the same size. */
  readonly change: (() => Promise<void>) | undefined;
}

async function directory(): Promise<{ readonly root: string } & AsyncDisposable> {
  const root = await mkdtemp(join(tmpdir(), 'orbit-source-'));
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

async function tree(): Promise<
  { readonly root: string; readonly object: SourceObject; readonly content: Buffer } & AsyncDisposable
> {
  const base = await directory();
  const content = simBytes(7, 'contract', 0, SIZE);
  const object = await place(base.root, PATH, content);
  return { ...base, object, content };
}

const setups: readonly (readonly [name: string, () => Promise<Setup>])[] = [
  [
    'sim',
    async () => {
      const object = objectOf(PATH, SIZE);
      return {
        open: () => openSource('sim:?seed=3&latency=0ms'),
        object,
        content: simBytes(3, object.id, 0, SIZE),
        moved: undefined,
        openStalling: async () => {
          // The first byte comes, the range would take ten hours.
          const source = openSource('sim:?latency=0ms&bandwidth=100B/s');
          return { source, [Symbol.asyncDispose]: () => source.close() };
        },
        change: undefined,
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
  ],
  [
    'file',
    async () => {
      const files = await tree();
      return {
        open: () => openSource(files.root),
        object: files.object,
        content: files.content,
        moved: undefined,
        openStalling: undefined,
        change: () => writeFile(join(files.root, PATH), simBytes(8, 'other', 0, SIZE)),
        [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
      };
    },
  ],
  [
    'http',
    async () => {
      const files = await tree();
      const server = await startFileServer(files.root);
      return {
        open: () => openSource(server.url),
        object: files.object,
        content: files.content,
        moved: () => server.requests().length,
        openStalling: async () => {
          const stalling = await startScriptedServer(function* (request) {
            const [head] = rangeReply(request, files.content);
            yield head;
            yield { send: files.content.subarray(0, 10) };
            yield silence;
          });
          const source = openSource(stalling.url);
          return {
            source,
            async [Symbol.asyncDispose]() {
              await source.close();
              await stalling.close();
            },
          };
        },
        change: async () => {
          await writeFile(join(files.root, PATH), simBytes(8, 'other', 0, SIZE));
          await utimes(join(files.root, PATH), MTIME + 5, MTIME + 5);
        },
        async [Symbol.asyncDispose]() {
          await server.close();
          await files[Symbol.asyncDispose]();
        },
      };
    },
  ],
];

describe.each(setups)('a %s source', (_name, prepare) => {
  let setup: Setup;
  let source: Source;

  beforeAll(async () => {
    setup = await prepare();
    source = setup.open();
  });
  afterAll(async () => {
    await source.close();
    await setup[Symbol.asyncDispose]();
  });

  it.each([
    ['start', 0, 4096],
    ['middle', 1024 * 1024 - 3, 1024 * 1024 + 7],
    ['end', SIZE - 200, 200],
    ['one byte', 12_345, 1],
    ['whole', 0, SIZE],
  ])('delivers the exact bytes: %s', async (_, offset, length) => {
    const bytes = await fetchRange(source, setup.object, offset, length);
    expect(bytes.equals(setup.content.subarray(offset, offset + length))).toBe(true);
  });

  it('delivers any range', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(SIZE - 1), fc.integer({ min: 1, max: 300_000 }), async (offset, wish) => {
        const length = Math.min(wish, SIZE - offset);
        const bytes = await fetchRange(source, setup.object, offset, length);
        expect(bytes.equals(setup.content.subarray(offset, offset + length))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('serves sixteen transfers at once', async () => {
    const part = Math.floor(SIZE / 16);
    const parts = Array.from({ length: 16 }, (_, i) =>
      fetchRange(source, setup.object, i * part, i === 15 ? SIZE - 15 * part : part),
    );
    expect(Buffer.concat(await Promise.all(parts)).equals(setup.content)).toBe(true);
  });

  it('moves nothing for an empty file', async () => {
    const before = setup.moved?.();
    const collected = collect(source, objectOf('no such/empty file', 0), 0, 0);
    await collected.settled;
    expect(collected.chunks).toEqual([]);
    expect(setup.moved?.()).toBe(before);
  });

  it('refuses a range outside the file', async () => {
    const error = await failureOf(fetchRange(source, setup.object, SIZE - 1, 2));
    expect(error.code).toBe('ARGUMENT_INVALID');
  });

  it('refuses a fetch that was aborted before it began', async () => {
    const collected = collect(source, setup.object, 0, 100, { signal: AbortSignal.abort() });
    expect((await failureOf(collected.settled)).code).toBe('INTERRUPTED');
    expect(collected.chunks).toEqual([]);
  });

  it('ends at an abort and delivers nothing after it', async () => {
    await using stalling = await setup.openStalling?.();
    const abort = new AbortController();
    const collected = collect(stalling?.source ?? source, setup.object, 0, SIZE, { signal: abort.signal });
    await collected.begun;
    abort.abort();
    const chunks = collected.chunks.length;
    const error = await failureOf(collected.settled);
    expect(error.code).toBe('INTERRUPTED');
    expect(error.context).toMatchObject({ artifact: setup.object.id });
    expect(collected.chunks).toHaveLength(chunks);
  });

  it('ends running fetches when it closes, and refuses later ones', async () => {
    await using stalling = await setup.openStalling?.();
    const closing = stalling?.source ?? setup.open();
    const collected = collect(closing, setup.object, 0, SIZE);
    const failure = failureOf(collected.settled);
    await collected.begun;
    await closing.close();
    expect((await failure).code).toBe('SHUTTING_DOWN');
    const later = await failureOf(fetchRange(closing, setup.object, 0, 1));
    expect(later.code).toBe('SHUTTING_DOWN');
    await closing.close();
  });

  it('passes on an error of the sink and goes on serving', async () => {
    const failing = source.fetch({
      object: setup.object,
      offset: 0,
      length: SIZE,
      signal: new AbortController().signal,
      sink: () => {
        throw new RangeError('sink is full');
      },
    });
    await expect(failing).rejects.toBeInstanceOf(RangeError);
    expect(await fetchRange(source, setup.object, 5, 5)).toEqual(setup.content.subarray(5, 10));
  });
});

const stored = setups.filter(([name]) => name !== 'sim');

describe.each(stored)('a %s source, whose objects can be wrong', (_name, prepare) => {
  let setup: Setup;
  let source: Source;

  beforeAll(async () => {
    setup = await prepare();
    source = setup.open();
  });
  afterAll(async () => {
    await source.close();
    await setup[Symbol.asyncDispose]();
  });

  it('names a missing object', async () => {
    const error = await failureOf(fetchRange(source, objectOf('not/there', 10)));
    expect(error.code).toBe('SOURCE_REFUSED');
    expect(error.message).toMatch(/not\/there.*stale/);
    expect(error.context.source).toBe(source.label);
  });

  it('refuses names that are no names', async () => {
    for (const path of [['..', 'x'], ['a/b'], ['.'], [''], ['a\0b']]) {
      const error = await failureOf(fetchRange(source, { ...setup.object, path }, 0, 1));
      expect(error.code).toBe('SOURCE_REFUSED');
    }
  });

  it('notices another size than the catalogue says', async () => {
    const error = await failureOf(fetchRange(source, { ...setup.object, size: SIZE + 1 }, 0, 10));
    expect(error.code).toBe('OBJECT_CHANGED');
  });

  it('notices that the object changed after the first read', async () => {
    await using changing = await prepare();
    await using changed = disposable(changing.open());
    await fetchRange(changed.source, changing.object, 0, 100);
    await changing.change?.();
    const error = await failureOf(fetchRange(changed.source, changing.object, 100, 100));
    expect(error.code).toBe('OBJECT_CHANGED');
  });
});

function disposable(source: Source): { readonly source: Source } & AsyncDisposable {
  return { source, [Symbol.asyncDispose]: () => source.close() };
}
