/** Pinned files: never in the way of nothing, never removed to make room, remembered whatever is lost. */
import { chmod, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DiskCache } from '../../../src-main/engine/cache/disk-cache.ts';
import { content, keyOf, NAMESPACE } from './cache-content.ts';
import { openCache, pinFile, placeOf, recount, temporaryDirectory } from './cache-fixture.ts';

const LENGTH = 1_000;
const film = keyOf('film');
const other = keyOf('other');
const pin = { key: film, bytes: 4 * LENGTH, path: 'films/film.mkv' };
const listed = { ...placeOf(pin), kind: 'file' };

async function commitAll(cache: DiskCache, key: typeof film, blocks: number): Promise<void> {
  for (let block = 0; block < blocks; block += 1) await cache.commit(key, block, content(block, LENGTH));
}

const storedOf = (cache: DiskCache, key: typeof film) => [...cache.figures.storedBlocks(key)];

describe('a pinned file', () => {
  test('keeps its blocks, those before and those after, whatever else is stored', async () => {
    const { cache } = await openCache(await temporaryDirectory(), { limit: 6 * LENGTH });
    await commitAll(cache, film, 2);
    await pinFile(cache, pin);
    await commitAll(cache, film, 4);
    await commitAll(cache, other, 20);
    expect(storedOf(cache, film)).toEqual([0, 1, 2, 3]);
    expect(storedOf(cache, other)).toHaveLength(2);
    expect(cache.usage().bytes - cache.figures.evictableBytes()).toBe(4 * LENGTH);
    expect(await cache.pins.all()).toEqual([listed]);
  });

  test('gets the place of blocks that were used later', async () => {
    const { cache } = await openCache(await temporaryDirectory(), { limit: 4 * LENGTH });
    await commitAll(cache, other, 4);
    await pinFile(cache, pin);
    await Promise.all(
      [0, 1, 2, 3].map(async (block) => {
        const committed = cache.commit(film, block, content(block, LENGTH));
        cache.used(other, block);
        await committed;
      }),
    );
    expect(storedOf(cache, film)).toEqual([0, 1, 2, 3]);
  });

  test('can go again once it is unpinned, and a lower limit takes it away', async () => {
    const { cache } = await openCache(await temporaryDirectory(), { limit: 6 * LENGTH });
    await pinFile(cache, pin);
    await commitAll(cache, film, 4);
    await cache.setBounds({ limit: 2 * LENGTH, minFree: undefined });
    expect(storedOf(cache, film)).toHaveLength(4);
    await cache.pins.remove(placeOf(pin));
    await cache.setBounds({ limit: 2 * LENGTH, minFree: undefined });
    expect(storedOf(cache, film)).toEqual([2, 3]);
    expect(cache.figures.evictableBytes()).toBe(cache.usage().bytes);
    expect(await cache.pins.all()).toEqual([]);
    await cache.pins.remove(placeOf(pin));
  });

  test('stays when the cache is cleared', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await commitAll(cache, film, 4);
    await commitAll(cache, other, 3);
    await pinFile(cache, pin);
    expect(await cache.clear()).toEqual({ blocks: 3, bytes: 3 * LENGTH });
    expect(await cache.clear(NAMESPACE)).toEqual({ blocks: 0, bytes: 0 });
    expect(storedOf(cache, film)).toEqual([0, 1, 2, 3]);
    expect(await recount(directory)).toEqual({ blocks: 4, bytes: 4 * LENGTH });
  });

  test.each([
    ['a restart', () => Promise.resolve()],
    ['the loss of the index', (directory: string) => rm(join(directory, 'index.db'))],
  ])('is remembered through %s', async (_, lose) => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await commitAll(cache, film, 4);
    await pinFile(cache, pin);
    await cache.close();
    await lose(directory);
    const { cache: again } = await openCache(directory, { limit: 5 * LENGTH });
    expect(await again.pins.all()).toEqual([listed]);
    expect(again.pins.has(film)).toBe(true);
    await commitAll(again, other, 6);
    expect(storedOf(again, film)).toEqual([0, 1, 2, 3]);
    expect(again.usage().bytes - again.figures.evictableBytes()).toBe(4 * LENGTH);
    await again.pins.remove(placeOf(pin));
    await again.close();
    await rm(join(directory, 'index.db'));
    const { cache: third } = await openCache(directory);
    expect(await third.pins.all()).toEqual([]);
    expect(third.pins.has(film)).toBe(false);
  });

  test('that does not fit into the limit, alone or beside others, is refused with what to do', async () => {
    const { cache } = await openCache(await temporaryDirectory(), { limit: 6 * LENGTH });
    await expect(pinFile(cache, { ...pin, bytes: 6 * LENGTH + 1 })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message:
        'films/film.mkv has 5.9 KiB and cannot be pinned: it does not fit into a cache of at most 5.9 KiB. Raise the limit of the cache or unpin something.',
    });
    const both = await Promise.allSettled([
      pinFile(cache, pin),
      pinFile(cache, { key: other, bytes: 3 * LENGTH, path: 'other' }),
    ]);
    expect(both).toMatchObject([
      { status: 'fulfilled' },
      { reason: { code: 'ARGUMENT_INVALID', message: expect.stringContaining('beside the 3.9 KiB') } },
    ]);
    await pinFile(cache, pin);
    expect(await cache.pins.all()).toEqual([listed]);
  });

  test('of a thousand blocks and more has the mark on each', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    await Promise.all(
      Array.from({ length: 2_300 }, (_, block) => cache.commit(film, block * 3, content(block, 10))),
    );
    await pinFile(cache, { ...pin, bytes: 23_000 });
    expect(cache.figures.evictableBytes()).toBe(0);
    await cache.pins.remove(placeOf(pin));
    expect(cache.figures.evictableBytes()).toBe(23_000);
  });

  test('is noted in a file for its owner alone; where that cannot be written, it is not pinned', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await pinFile(cache, pin);
    const folder = join(directory, dirname(film));
    const [name] = await readdir(folder);
    expect((await stat(join(folder, name!))).mode & 0o777).toBe(0o600);
    if (process.getuid?.() === 0) return;
    await chmod(directory, 0o500);
    await expect(
      pinFile(cache, { key: keyOf('elsewhere'), bytes: 1, path: 'elsewhere' }),
    ).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    });
    await chmod(directory, 0o700);
    expect(await cache.pins.all()).toEqual([listed]);
  });
});

describe('a pinned folder', () => {
  const place = { namespace: NAMESPACE, path: 'films' };
  const folder = { ...place, kind: 'directory' } as const;
  /** So many files of 10 bytes in it. */
  const files = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
      key: keyOf(`film ${at}`),
      bytes: 10,
      path: `films/${at}/film`,
    }));
  const pinFolder = async ({ pins }: DiskCache, count: number): Promise<void> =>
    await pins.add(folder, { bytes: 10 * count }, () => pins.keep(NAMESPACE, files(count), 1));

  test('is what all of its files are, and takes the place of pins within it', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    await pinFile(cache, { key: keyOf('film 0'), bytes: 10, path: 'films/0/film' });
    await pinFile(cache, { key: other, bytes: 10, path: 'films-of-others' });
    await cache.commit(keyOf('film 2'), 0, content(1, 10));
    await pinFolder(cache, 3_000);
    expect(await cache.pins.all()).toMatchObject([{ path: 'films' }, { path: 'films-of-others' }]);
    expect(await cache.pins.amountOf(place)).toEqual({ files: 3_000, bytes: 30_000, cachedBytes: 10 });
    expect(cache.figures.evictableBytes()).toBe(0);
    expect(await cache.pins.covering({ ...place, path: 'films/0/film' })).toEqual(folder);
    await expect(cache.pins.remove({ ...place, path: 'films/0' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: 'films/0 is pinned with the folder films; unpin that.',
    });
    expect(await cache.pins.remove(place)).toEqual({ files: 3_000, bytes: 30_000, cachedBytes: 10 });
    expect(cache.figures.evictableBytes()).toBe(10);
    expect(await cache.pins.all()).toMatchObject([{ path: 'films-of-others' }]);
    expect(await cache.pins.amountOf({ namespace: NAMESPACE, path: '' })).toMatchObject({ files: 1 });
  });

  test('frees the blocks of what is not in it any more', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    await pinFolder(cache, 3);
    for (const { key } of files(3)) await cache.commit(key, 0, content(1, 10));
    await cache.pins.renew(folder, async () => {
      await cache.pins.keep(NAMESPACE, files(2), 2);
      await cache.pins.dropOthers(place, 2);
    });
    expect(cache.figures.evictableBytes()).toBe(10);
    expect(await cache.pins.amountOf(place)).toEqual({ files: 2, bytes: 20, cachedBytes: 20 });
    await cache.pins.remove(place);
    await cache.pins.renew(folder, () => cache.pins.keep(NAMESPACE, files(2), 3));
    expect(await cache.pins.amountOf(place)).toMatchObject({ files: 0 });
  });

  test('is listed in a file for its owner alone, which may be damaged', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await pinFolder(cache, 3);
    const file = join(directory, 'pins.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await cache.close();
    await writeFile(file, '[{"path":3},');
    const { cache: again } = await openCache(directory);
    expect(await again.pins.all()).toEqual([]);
    expect(await again.pins.remove(place)).toMatchObject({ files: 3 });
  });

  test('that does not fit on the disk is refused with numbers', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    await expect(pinFolder(cache, 2 ** 50)).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringMatching(
        /^films has 10240 TiB and cannot be pinned: it does not fit into the [\d.]+ [GT]iB that the disk of the cache has for it\. Free some space or unpin something\.$/,
      ),
    });
    expect(await cache.pins.all()).toEqual([]);
  });
});
