/** A large cache whose index was lost: it is used at once, as far as its blocks can be verified, while the index is made anew. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { blockFileName } from '../../../src-main/engine/cache/artifact-key.ts';
import type { DiskCache } from '../../../src-main/engine/cache/disk-cache.ts';
import { until } from '../../helpers/system-until.ts';
import { content, keyOf } from './cache-content.ts';
import { expectTrueTotals, openCache, recount, temporaryDirectory } from './cache-fixture.ts';

/** More than are entered before the cache is used. */
const BLOCKS = 12_000;
const LENGTH = 10;
const digestOf = (block: number) => () =>
  Promise.resolve(createHash('sha256').update(content(block, LENGTH)).digest());

const keyFor = (block: number) => keyOf(String(block % 100));

/** A cache without an index. */
async function filled(): Promise<string> {
  const directory = await temporaryDirectory();
  chmodSync(directory, 0o700);
  for (let block = 0; block < 100; block += 1) {
    mkdirSync(join(directory, dirname(keyFor(block))), { recursive: true, mode: 0o700 });
  }
  for (let block = 0; block < BLOCKS; block += 1) {
    writeFileSync(join(directory, blockFileName(keyFor(block), block)), content(block, LENGTH), {
      mode: 0o600,
    });
  }
  return directory;
}

async function rebuilt(cache: DiskCache): Promise<void> {
  await until('the index is complete', () => Promise.resolve(cache.degraded === undefined), 30_000);
}

test('blocks are served meanwhile when their digest is known; nothing new is kept, and that is told', async () => {
  const directory = await filled();
  const { cache, logger } = await openCache(directory);
  expect(cache.usage().blocks).toBeLessThan(BLOCKS);
  expect(cache.degraded).toMatch(/is being rebuilt, \d+ blocks so far. New blocks are not kept/);
  const missing = Array.from({ length: BLOCKS }, (_, block) => block).filter(
    (block) => !cache.figures.has(keyFor(block), block),
  );
  const [first = -1, second = -1, third = -1] = missing.toReversed();
  expect(await cache.read(keyFor(first), first, LENGTH, digestOf(first))).toEqual(content(first, LENGTH));
  expect(await cache.read(keyFor(second), second, LENGTH)).toBeUndefined();
  expect(await cache.read(keyFor(third), third, LENGTH, digestOf(first))).toBeUndefined();
  await expect(cache.commit(keyOf('new'), 0, content(1, LENGTH))).rejects.toMatchObject({
    code: 'CACHE_BUSY',
  });
  await rebuilt(cache);
  expect(cache.usage()).toEqual({ blocks: BLOCKS, bytes: BLOCKS * LENGTH });
  expect(logger.lines.at(-1)).toMatch(/^info .* rebuilt: 12000 blocks/);
  await cache.commit(keyOf('new'), 0, content(1, LENGTH));
  await expectTrueTotals(cache, directory);
});

test('a block that is removed meanwhile is not entered afterwards', async () => {
  const directory = await filled();
  const { cache } = await openCache(directory);
  const gone = Array.from({ length: BLOCKS }, (_, block) => block).filter((block) => block % 7 === 0);
  for (const block of gone) await cache.discard(keyFor(block), block);
  await rebuilt(cache);
  expect(cache.usage().blocks).toBe(BLOCKS - gone.length);
  expect(cache.usage()).toEqual(await recount(directory));
});

test('a limit is kept as soon as all is known; clearing and checking wait for it', async () => {
  const directory = await filled();
  const { cache } = await openCache(directory, { limit: 1_000 * LENGTH });
  const checked = await cache.check();
  expect(cache.degraded).toBeUndefined();
  expect(checked.wrong).toEqual([]);
  await cache.setBounds({ limit: 1_000 * LENGTH, minFree: undefined });
  expect(cache.usage().blocks).toBe(1_000);
  await cache.close();
  await rm(join(directory, 'index.db'));
  const { cache: again } = await openCache(directory);
  expect((await again.clear()).blocks).toBe(1_000);
});

test('is stopped by closing, and begun anew at the next opening', async () => {
  const directory = await filled();
  const { cache } = await openCache(directory);
  expect(cache.degraded).toBeDefined();
  await cache.close();
  const { cache: again, logger } = await openCache(directory);
  expect(logger.lines[0]).toMatch(/^warn .* stale; it is rebuilt/);
  await rebuilt(again);
  expect(again.usage().blocks).toBe(BLOCKS);
});
