/** The space that is to stay free on the cache's disk: blocks make room for it, and what finds none is not kept. */
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DiskCache } from '../../../src-main/engine/cache/disk-cache.ts';
import { content, keyOf, NAMESPACE } from './cache-content.ts';
import { makeReadOnly, mountSmallDisk } from './cache-disk.ts';
import { expectTrueTotals, openCache, pinFile, recount, temporaryDirectory } from './cache-fixture.ts';

const MIB = 2 ** 20;
const LENGTH = 65_536;
/** The index grows beside the blocks, SQLite's journal to four MiB. */
const INDEX_BYTES = 5 * MIB;
const old = keyOf('old');
const young = keyOf('young');

async function freeOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

async function commitAll(cache: DiskCache, key: typeof old, blocks: number): Promise<void> {
  for (let block = 0; block < blocks; block += 1) await cache.commit(key, block, content(block, LENGTH));
}

describe('space that is to stay free (needs root)', () => {
  test('is left free by blocks that come, the least recently used making room', async () => {
    const directory = await temporaryDirectory();
    if (!mountSmallDisk(directory, 32)) return;
    const minFree = 20 * MIB;
    const { cache } = await openCache(directory, { minFree });
    let least = Infinity;
    for (let block = 0; block < 300; block += 1) {
      await cache.commit(old, block, content(block, LENGTH));
      least = Math.min(least, await freeOf(directory));
    }
    expect(least).toBeGreaterThan(minFree - INDEX_BYTES);
    expect(cache.degraded).toBeUndefined();
    expect(cache.usage().bytes).toBeGreaterThan(4 * MIB);
    expect(cache.figures.has(old, 299)).toBe(true);
    expect(cache.figures.has(old, 0)).toBe(false);
    await expectTrueTotals(cache, directory);
  });

  test('is asked for by others: blocks go first, then new ones are not kept; told, and tried again later', async () => {
    const directory = await temporaryDirectory();
    if (!mountSmallDisk(directory, 32)) return;
    const { cache, clock, logger } = await openCache(directory, { minFree: 2 * MIB });
    await commitAll(cache, old, 30);
    const filler = join(directory, 'filler');
    await writeFile(filler, Buffer.alloc(29 * MIB));
    await expect(cache.commit(young, 0, content(1, LENGTH))).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: expect.stringContaining('less than the 2 MiB free that are to stay free'),
    });
    expect(cache.usage().blocks).toBe(0);
    expect(cache.degraded).toMatch(/new blocks are not kept until there is more/);
    expect(logger.lines).toHaveLength(1);
    await rm(filler);
    // Not once per block.
    await expect(cache.commit(young, 0, content(1, LENGTH))).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    });
    clock.advance(5_000);
    await cache.commit(young, 0, content(1, LENGTH));
    expect(cache.degraded).toBeUndefined();
    expect(logger.lines).toHaveLength(2);
  });

  test('holds for many commits at once, and when it is raised', async () => {
    const directory = await temporaryDirectory();
    if (!mountSmallDisk(directory, 32)) return;
    const { cache } = await openCache(directory, { minFree: 20 * MIB });
    await commitAll(cache, old, 20);
    await Promise.allSettled(
      Array.from({ length: 400 }, (_, block) => cache.commit(young, block, content(block, LENGTH))),
    );
    expect(await freeOf(directory)).toBeGreaterThan(20 * MIB - INDEX_BYTES);
    expect(cache.usage().bytes).toBeGreaterThan(4 * MIB);
    await cache.setBounds({ limit: undefined, minFree: 24 * MIB });
    expect(await freeOf(directory)).toBeGreaterThan(24 * MIB - INDEX_BYTES);
    expect(cache.degraded).toBeUndefined();
    await expectTrueTotals(cache, directory);
  });

  test('is not gained by removing pinned blocks', async () => {
    const directory = await temporaryDirectory();
    if (!mountSmallDisk(directory, 32)) return;
    const { cache } = await openCache(directory, { minFree: 2 * MIB });
    await commitAll(cache, old, 30);
    await pinFile(cache, { key: old, bytes: 30 * LENGTH, path: 'old' });
    await writeFile(join(directory, 'filler'), Buffer.alloc(29 * MIB));
    await expect(cache.commit(young, 0, content(1, LENGTH))).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    });
    expect([...cache.figures.storedBlocks(old)]).toHaveLength(30);
  });
});

test('a disk that becomes read-only: what is cached is read, one warning, used again when it can be written (needs root)', async () => {
  const directory = await temporaryDirectory();
  if (!mountSmallDisk(directory)) return;
  const { cache, clock, logger } = await openCache(directory);
  await commitAll(cache, old, 3);
  const end = makeReadOnly(join(directory, NAMESPACE));
  for (let block = 0; block < 5; block += 1) {
    await expect(cache.commit(young, block, content(block, LENGTH))).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    });
  }
  expect(await cache.read(old, 0, LENGTH)).toEqual(content(0, LENGTH));
  expect(cache.degraded).toMatch(/cannot be written .*reads go on without it/);
  expect(logger.lines).toHaveLength(1);
  end();
  clock.advance(5_000);
  await cache.commit(young, 0, content(0, LENGTH));
  expect(cache.degraded).toBeUndefined();
  expect(cache.usage()).toEqual(await recount(directory));
});
