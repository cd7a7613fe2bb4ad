/** Pinned files: never in the way of nothing, never removed to make room, remembered whatever is lost. */
import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DiskCache } from '../../../src-main/engine/cache/disk-cache.ts';
import { content, keyOf, NAMESPACE } from './cache-content.ts';
import { openCache, recount, temporaryDirectory } from './cache-fixture.ts';

const LENGTH = 1_000;
const film = keyOf('film');
const other = keyOf('other');
const pin = { key: film, bytes: 4 * LENGTH, path: 'films/film.mkv' };

async function commitAll(cache: DiskCache, key: typeof film, blocks: number): Promise<void> {
  for (let block = 0; block < blocks; block += 1) await cache.commit(key, block, content(block, LENGTH));
}

const storedOf = (cache: DiskCache, key: typeof film) => [...cache.figures.storedBlocks(key)];

describe('a pinned file', () => {
  test('keeps its blocks, those before and those after, whatever else is stored', async () => {
    const { cache } = await openCache(await temporaryDirectory(), { limit: 6 * LENGTH });
    await commitAll(cache, film, 2);
    await cache.pins.add(pin);
    await commitAll(cache, film, 4);
    await commitAll(cache, other, 20);
    expect(storedOf(cache, film)).toEqual([0, 1, 2, 3]);
    expect(storedOf(cache, other)).toHaveLength(2);
    expect(cache.usage().bytes - cache.figures.evictableBytes()).toBe(4 * LENGTH);
    expect(cache.pins.all()).toEqual([pin]);
  });

  test('gets the place of blocks that were used later', async () => {
    const { cache } = await openCache(await temporaryDirectory(), { limit: 4 * LENGTH });
    await commitAll(cache, other, 4);
    await cache.pins.add(pin);
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
    await cache.pins.add(pin);
    await commitAll(cache, film, 4);
    await cache.setBounds({ limit: 2 * LENGTH, minFree: undefined });
    expect(storedOf(cache, film)).toHaveLength(4);
    await cache.pins.remove(film);
    await cache.setBounds({ limit: 2 * LENGTH, minFree: undefined });
    expect(storedOf(cache, film)).toEqual([2, 3]);
    expect(cache.figures.evictableBytes()).toBe(cache.usage().bytes);
    expect(cache.pins.all()).toEqual([]);
    await cache.pins.remove(film);
  });

  test('stays when the cache is cleared', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await commitAll(cache, film, 4);
    await commitAll(cache, other, 3);
    await cache.pins.add(pin);
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
    await cache.pins.add(pin);
    await cache.close();
    await lose(directory);
    const { cache: again } = await openCache(directory, { limit: 5 * LENGTH });
    expect(again.pins.all()).toEqual([pin]);
    await commitAll(again, other, 6);
    expect(storedOf(again, film)).toEqual([0, 1, 2, 3]);
    expect(again.usage().bytes - again.figures.evictableBytes()).toBe(4 * LENGTH);
    await again.pins.remove(film);
    await again.close();
    await rm(join(directory, 'index.db'));
    const { cache: third } = await openCache(directory);
    expect(third.pins.all()).toEqual([]);
  });

  test('that does not fit into the limit, alone or beside others, is refused with what to do', async () => {
    const { cache } = await openCache(await temporaryDirectory(), { limit: 6 * LENGTH });
    await expect(cache.pins.add({ ...pin, bytes: 6 * LENGTH + 1 })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message:
        'films/film.mkv has 5.9 KiB and cannot be pinned: it does not fit into a cache of at most 5.9 KiB. Raise the limit of the cache or unpin something.',
    });
    const both = await Promise.allSettled([
      cache.pins.add(pin),
      cache.pins.add({ key: other, bytes: 3 * LENGTH, path: 'other' }),
    ]);
    expect(both).toMatchObject([
      { status: 'fulfilled' },
      { reason: { code: 'ARGUMENT_INVALID', message: expect.stringContaining('beside the 3.9 KiB') } },
    ]);
    await cache.pins.add(pin);
    expect(cache.pins.all()).toEqual([pin]);
  });

  test('of a thousand blocks and more has the mark on each', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    await Promise.all(
      Array.from({ length: 2_300 }, (_, block) => cache.commit(film, block * 3, content(block, 10))),
    );
    await cache.pins.add({ ...pin, bytes: 23_000 });
    expect(cache.figures.evictableBytes()).toBe(0);
    await cache.pins.remove(film);
    expect(cache.figures.evictableBytes()).toBe(23_000);
  });

  test('is noted in a file for its owner alone; where that cannot be written, it is not pinned', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await cache.pins.add(pin);
    const folder = join(directory, dirname(film));
    const [name] = await readdir(folder);
    expect((await stat(join(folder, name!))).mode & 0o777).toBe(0o600);
    if (process.getuid?.() === 0) return;
    await chmod(directory, 0o500);
    await expect(cache.pins.add({ ...pin, key: keyOf('elsewhere') })).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    });
    await chmod(directory, 0o700);
    expect(cache.pins.all()).toEqual([pin]);
  });
});
