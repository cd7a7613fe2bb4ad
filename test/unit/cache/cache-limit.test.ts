/** The limit of the cache: kept at every moment, least recently used blocks first, no reader held up, nothing stuck. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { blockFileName } from '../../../src-main/engine/cache/artifact-key.ts';
import type { CacheKey } from '../../../src-main/engine/cache/block-cache.ts';
import type { DiskCache } from '../../../src-main/engine/cache/disk-cache.ts';
import { until } from '../../helpers/system-until.ts';
import { turn } from '../../helpers/virtual-clock.ts';
import { content, keyOf } from './cache-content.ts';
import { expectTrueTotals, openCache, recount, temporaryDirectory } from './cache-fixture.ts';

const LENGTH = 1_000;
const old = keyOf('old');
const young = keyOf('young');

async function commitAll(cache: DiskCache, key: CacheKey, blocks: number): Promise<void> {
  for (let block = 0; block < blocks; block += 1) await cache.commit(key, block, content(block, LENGTH));
}

/** A cache that `blocks` blocks fill, and a record of the most it ever held. */
async function full(blocks: number) {
  const directory = await temporaryDirectory();
  const limit = blocks * LENGTH;
  const { cache, clock, logger } = await openCache(directory, { limit });
  const most = { bytes: 0 };
  cache.onChange(() => {
    most.bytes = Math.max(most.bytes, cache.usage().bytes);
  });
  await commitAll(cache, old, blocks);
  return { directory, cache, clock, logger, limit, most };
}

describe('a cache with a limit', () => {
  test('lets the least recently used blocks go, whoever used them', async () => {
    const { directory, cache } = await full(6);
    expect(await cache.read(old, 0, LENGTH)).toEqual(content(0, LENGTH));
    cache.used(old, 1);
    await commitAll(cache, young, 3);
    expect([...cache.figures.storedBlocks(old)]).toEqual([0, 1, 5]);
    expect([...cache.figures.storedBlocks(young)]).toEqual([0, 1, 2]);
    await commitAll(cache, keyOf('third'), 2);
    expect([...cache.figures.storedBlocks(old)]).toEqual([1]);
    await expectTrueTotals(cache, directory);
  });

  test('remembers what was used last when it is opened again', async () => {
    const { directory, cache, limit } = await full(4);
    cache.used(old, 0);
    await cache.close();
    const { cache: again } = await openCache(directory, { limit });
    await commitAll(again, young, 2);
    expect([...again.figures.storedBlocks(old)]).toEqual([0, 3]);
  });

  test('is kept by any number of commits at once; blocks just written are spared', async () => {
    const { directory, cache, limit, most } = await full(10);
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, block) => cache.commit(young, block, content(block, LENGTH))),
    );
    const stored = results.flatMap(({ status }, block) => (status === 'fulfilled' ? [block] : []));
    expect(stored).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...cache.figures.storedBlocks(young)]).toEqual(stored);
    expect(results[10]).toMatchObject({ reason: { code: 'CACHE_BUSY' } });
    expect(most.bytes).toBe(limit);
    expect(cache.degraded).toBeUndefined();
    await cache.commit(young, 10, content(10, LENGTH));
    // Which of them went depends on which write ended first.
    expect([...cache.figures.storedBlocks(young)]).toHaveLength(10);
    expect(cache.figures.has(young, 10)).toBe(true);
    await expectTrueTotals(cache, directory);
  });

  test('counts a block that is stored anew once', async () => {
    const { directory, cache } = await full(3);
    await cache.commit(old, 1, content(9, LENGTH));
    await Promise.all([
      cache.commit(old, 1, content(8, LENGTH)),
      cache.commit(old, 1, content(7, LENGTH / 2)),
    ]);
    expect([...cache.figures.storedBlocks(old)]).toEqual([0, 1, 2]);
    expect(await cache.read(old, 1, LENGTH / 2)).toEqual(content(7, LENGTH / 2));
    await cache.commit(old, 1, content(6, LENGTH * 2));
    expect([...cache.figures.storedBlocks(old)]).toEqual([1, 2]);
    expect(cache.usage().bytes).toBe(3 * LENGTH);
    await expectTrueTotals(cache, directory);
  });

  test('makes room for a block that grows and would itself be the next to go', async () => {
    const { directory, cache } = await full(3);
    await cache.commit(old, 0, content(9, 2 * LENGTH));
    expect([...cache.figures.storedBlocks(old)]).toEqual([0, 2]);
    await expectTrueTotals(cache, directory);
  });

  test('gives away no room that a block needs to be written anew', async () => {
    const large = content(1, 32 << 20);
    const { cache } = await openCache(await temporaryDirectory(), { limit: large.length });
    await cache.commit(old, 0, large);
    const again = cache.commit(old, 0, large);
    while (cache.usage().blocks > 0) await turn();
    await expect(cache.commit(young, 0, content(1, 1))).rejects.toMatchObject({ code: 'CACHE_BUSY' });
    await again;
    expect(cache.usage()).toEqual({ blocks: 1, bytes: large.length });
  });

  test('counts from when it was written how long a block has not been used', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    const stored: CacheKey[] = [];
    cache.onChange(({ kind, key }) => void (kind === 'stored' && stored.push(key)));
    const large = cache.commit(old, 0, content(1, 32 << 20));
    await Promise.all([large, cache.commit(young, 0, content(1, 1))]);
    await cache.setBounds({ limit: cache.usage().bytes - 1, minFree: undefined });
    expect(cache.figures.has(stored[0]!, 0)).toBe(false);
    expect(cache.figures.has(stored[1]!, 0)).toBe(true);
  });

  test('does not take a block larger than itself, and is not at fault', async () => {
    const { cache } = await full(2);
    await expect(cache.commit(young, 0, content(1, 2 * LENGTH + 1))).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: 'A block of 2001 bytes does not fit into a cache of at most 2000 bytes.',
    });
    expect(cache.degraded).toBeUndefined();
    expect([...cache.figures.storedBlocks(old)]).toEqual([0, 1]);
  });

  test('spares pinned blocks', async () => {
    const { directory, cache, limit } = await full(3);
    await cache.close();
    const index = new Database(join(directory, 'index.db'));
    index.exec('UPDATE blocks SET pinned = 1 WHERE block = 0');
    index.close();
    const { cache: again } = await openCache(directory, { limit });
    expect(again.figures.evictableBytes()).toBe(2 * LENGTH);
    await commitAll(again, young, 3);
    expect([...again.figures.storedBlocks(old)]).toEqual([0]);
    await again.discard(old, 0);
    expect(again.figures.evictableBytes()).toBe(again.usage().bytes);
  });

  test('gives up on a block that cannot be removed, and goes on with the others', async () => {
    const { directory, cache, clock } = await full(4);
    const path = join(directory, blockFileName(old, 0));
    await rm(path);
    await mkdir(path);
    await writeFile(join(path, 'foreign'), '');
    await expect(cache.commit(young, 0, content(1, LENGTH))).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    });
    expect(cache.degraded).toMatch(/cannot be written/);
    expect(await cache.read(old, 3, LENGTH)).toEqual(content(3, LENGTH));
    clock.advance(5_000);
    await commitAll(cache, young, 3);
    expect(cache.degraded).toBeUndefined();
    expect(cache.usage().bytes).toBeLessThanOrEqual(4 * LENGTH);
    expect([...cache.figures.storedBlocks(young)]).toEqual([0, 1, 2]);
  });
});

describe('a limit that is lowered', () => {
  test('removes at once and in batches what is too much, and lets readers pass', async () => {
    const { directory, cache } = await full(500);
    const events: string[] = [];
    const lowered = cache
      .setBounds({ limit: 100 * LENGTH, minFree: undefined })
      .then(() => events.push('lowered'));
    const read = cache.read(old, 499, LENGTH).then((data) => {
      expect(data).toEqual(content(499, LENGTH));
      events.push('read');
    });
    await Promise.all([lowered, read]);
    expect(events).toEqual(['read', 'lowered']);
    expect([...cache.figures.storedBlocks(old)]).toEqual(Array.from({ length: 100 }, (_, at) => 400 + at));
    await expectTrueTotals(cache, directory);
    await cache.setBounds({ limit: undefined, minFree: undefined });
    await commitAll(cache, young, 50);
    expect(cache.usage().blocks).toBe(150);
  });

  test('spares a block that is being read until it has been read', async () => {
    const { directory, cache } = await full(3);
    const reads = Promise.all([0, 1, 2].map((block) => cache.read(old, block, LENGTH)));
    await cache.setBounds({ limit: 0, minFree: undefined });
    expect(await reads).toEqual([0, 1, 2].map((block) => content(block, LENGTH)));
    await until('the cache is empty', () => cache.usage().blocks === 0);
    await expect(cache.commit(young, 0, content(1, 1))).rejects.toThrow(/does not fit/);
    expect(await recount(directory)).toEqual({ blocks: 0, bytes: 0 });
  });

  test('takes back a place that was waited for', async () => {
    const { directory, cache } = await full(10);
    const commits = Array.from({ length: 5 }, (_, block) =>
      cache.commit(young, block, content(block, LENGTH)),
    );
    const lowered = cache.setBounds({ limit: LENGTH, minFree: undefined });
    await Promise.allSettled(commits);
    await lowered;
    await cache.setBounds({ limit: LENGTH, minFree: undefined });
    expect(cache.usage().bytes).toBeLessThanOrEqual(LENGTH);
    await expectTrueTotals(cache, directory);
  });

  test('holds from the start when the cache is opened with it, and opening does not wait', async () => {
    const { directory, cache } = await full(300);
    await cache.close();
    const { cache: again } = await openCache(directory, { limit: 10 * LENGTH });
    expect(again.usage().blocks).toBe(300);
    await again.setBounds({ limit: 10 * LENGTH, minFree: undefined });
    expect([...again.figures.storedBlocks(old)]).toEqual(Array.from({ length: 10 }, (_, at) => 290 + at));
    await expectTrueTotals(again, directory);
  });

  test('does not keep the cache from closing', async () => {
    const { directory, cache } = await full(600);
    const lowered = cache.setBounds({ limit: 0, minFree: undefined });
    await cache.close();
    await lowered;
    expect(cache.usage().blocks).toBeGreaterThan(0);
    expect(await recount(directory)).toEqual(cache.usage());
    const { cache: again, logger } = await openCache(directory);
    await expectTrueTotals(again, directory);
    expect(logger.lines).toEqual([]);
  });
});
