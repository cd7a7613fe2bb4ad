/** What happens to block files behind the cache's back: whoever reads gets the bytes that were stored, or none. */
import { execFileSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { copyFile, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { blockFileName } from '../../../src-main/engine/cache/artifact-key.ts';
import type { CacheChange } from '../../../src-main/engine/cache/cache-changes.ts';
import { CachedBlockFiles } from '../../../src-main/engine/cache/cached-block-files.ts';
import type { DiskCache } from '../../../src-main/engine/cache/disk-cache.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { content, keyOf } from './cache-content.ts';
import { expectTrueTotals, openCache, temporaryDirectory } from './cache-fixture.ts';

const LENGTH = 100_000;
const key = keyOf('a');
const right = content(1, LENGTH);

const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();

async function flipBit(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[LENGTH / 2] = bytes[LENGTH / 2]! ^ 1;
  await writeFile(file, bytes);
}

const damages: readonly (readonly [string, (file: string, other: string) => Promise<void>, string])[] = [
  ['a flipped bit', flipBit, 'does not have its digest'],
  ['cut short', (file) => truncate(file, 50), 'does not have its length'],
  ['deleted', (file) => rm(file), 'is gone'],
  ['swapped for another block', (file, other) => copyFile(other, file), 'does not have its digest'],
  ['replaced by another block', (file, other) => rename(other, file), 'does not have its digest'],
  [
    'replaced by a pipe',
    async (file) => {
      await rm(file);
      execFileSync('mkfifo', [file]);
    },
    'does not have its length',
  ],
  [
    'replaced by a link to another block',
    async (file, other) => {
      await rm(file);
      await symlink(other, file);
    },
    'is no plain file',
  ],
];

/** Block 0 and another one, stored by an earlier run. */
async function stored(): Promise<{
  readonly directory: string;
  readonly file: string;
  readonly other: string;
}> {
  const directory = await temporaryDirectory();
  const { cache } = await openCache(directory);
  await cache.commit(key, 0, right);
  await cache.commit(keyOf('other'), 0, content(2, LENGTH));
  await cache.close();
  const path = (id: string) => join(directory, blockFileName(keyOf(id), 0));
  return { directory, file: path('a'), other: path('other') };
}

function changesOf(cache: DiskCache): CacheChange[] {
  const changes: CacheChange[] = [];
  cache.onChange((change) => void changes.push(change));
  return changes;
}

/** As a responder thread has it. */
function responder(directory: string, cache: DiskCache) {
  const files = new CachedBlockFiles(directory, {
    removals: cache.removals.shared,
    proven: cache.proven.shared,
  });
  onTestFinished(() => files.close());
  const file = files.openFile(key);
  const target = Buffer.alloc(10);
  return (position = LENGTH / 2 - 5): Buffer | false =>
    files.read(file, 0, LENGTH, target, 0, target.length, position) && Buffer.from(target);
}

describe('a block file that is damaged', () => {
  test.each(damages)('%s, after a restart: discarded, told, counted', async (_, damage, why) => {
    const { directory, file, other } = await stored();
    await damage(file, other);
    const { cache, logger } = await openCache(directory);
    const changes = changesOf(cache);
    expect(await cache.read(key, 0, LENGTH)).toBeUndefined();
    expect(changes).toEqual([
      { kind: 'removed', key, block: 0 },
      { kind: 'corrupt', key, block: 0 },
    ]);
    expect(cache.corruptBlocks).toBe(1);
    expect(cache.degraded).toBeUndefined();
    expect(logger.lines).toEqual([`warn A cached block was found damaged and is removed: its file ${why}.`]);
    await cache.commit(key, 0, right);
    expect(await cache.read(key, 0, LENGTH)).toEqual(right);
  });

  test.each(damages)('%s, while it is served: gives no wrong byte', async (_, damage) => {
    const { directory, file, other } = await stored();
    const { cache } = await openCache(directory);
    const serve = responder(directory, cache);
    await cache.read(key, 0, LENGTH);
    expect(serve()).toEqual(right.subarray(0, 10));
    await damage(file, other);
    const served = serve();
    if (served !== false) expect(served).toEqual(right.subarray(0, 10));
    expect(await cache.read(key, 0, LENGTH)).toBeUndefined();
    expect(cache.corruptBlocks).toBe(1);
    expect(serve()).toBe(false);
    await cache.commit(key, 0, right);
    expect(serve()).toEqual(right.subarray(0, 10));
  });

  test('written over in place while it is served: not one read later', async () => {
    const { directory, file } = await stored();
    const { cache } = await openCache(directory);
    const serve = responder(directory, cache);
    await cache.read(key, 0, LENGTH);
    for (let round = 0; round < 20; round += 1) {
      expect(serve()).toEqual(right.subarray(0, 10));
      await flipBit(file);
      expect(serve()).toBe(false);
      expect(await cache.read(key, 0, LENGTH)).toBeUndefined();
      await cache.commit(key, 0, right);
    }
    expect(cache.corruptBlocks).toBe(20);
  });
});

describe('a block of an earlier run', () => {
  test('is served by a responder once it was compared with its digest, and not before', async () => {
    const { directory } = await stored();
    const { cache } = await openCache(directory);
    const serve = responder(directory, cache);
    expect(serve()).toBe(false);
    expect(cache.figures.isReady(key, 0)).toBe(false);
    expect(await cache.read(key, 0, LENGTH)).toEqual(right);
    expect(cache.figures.isReady(key, 0)).toBe(true);
    expect(serve()).toEqual(right.subarray(0, 10));
  });

  test('is served at once when this run stored it', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    const serve = responder(directory, cache);
    await cache.commit(key, 0, right);
    expect(serve()).toEqual(right.subarray(0, 10));
  });
});

describe('without its index', () => {
  test('a block is compared with the digest of the catalogue', async () => {
    const { directory, file } = await stored();
    await rm(join(directory, 'index.db'));
    await flipBit(file);
    const { cache } = await openCache(directory);
    const known = () => Promise.resolve(sha256(right));
    expect(await cache.read(key, 0, LENGTH, known)).toBeUndefined();
    expect(cache.corruptBlocks).toBe(1);
    await expectTrueTotals(cache, directory);
  });

  test('a block is compared with the MAC of the catalogue, where that has no digest', async () => {
    const { directory } = await stored();
    await rm(join(directory, 'index.db'));
    const { cache } = await openCache(directory);
    const macKey = Buffer.alloc(32, 1);
    const mac = createHmac('sha256', macKey).update(right).digest();
    const known = () => Promise.resolve({ mac, key: macKey });
    expect(await cache.read(key, 0, LENGTH, known)).toEqual(right);
    await cache.close();
    await rm(join(directory, 'index.db'));
    const { cache: again } = await openCache(directory);
    const other = () => Promise.resolve({ mac, key: Buffer.alloc(32, 2) });
    expect(await again.read(key, 0, LENGTH, other)).toBeUndefined();
    expect(again.corruptBlocks).toBe(1);
  });

  test('a block that nobody has a digest of is believed once, and from then on compared with what it was', async () => {
    const { directory, file } = await stored();
    await rm(join(directory, 'index.db'));
    const { cache } = await openCache(directory);
    expect(await cache.read(key, 0, LENGTH, () => Promise.resolve(undefined))).toEqual(right);
    await cache.close();
    await flipBit(file);
    const { cache: again } = await openCache(directory);
    expect(await again.read(key, 0, LENGTH, () => Promise.resolve(undefined))).toBeUndefined();
    expect(again.corruptBlocks).toBe(1);
  });

  test('a block stays as it is, unread, while the catalogue cannot be asked', async () => {
    const { directory } = await stored();
    await rm(join(directory, 'index.db'));
    const { cache } = await openCache(directory);
    const busy = () => Promise.reject(new GhostError('CATALOGUE_BUSY', 'locked'));
    expect(await cache.read(key, 0, LENGTH, busy)).toBeUndefined();
    expect(cache.degraded).toBeUndefined();
    expect(cache.corruptBlocks).toBe(0);
    expect(await cache.read(key, 0, LENGTH, () => Promise.resolve(sha256(right)))).toEqual(right);
  });
});

describe('checking all blocks', () => {
  async function checkAll(cache: DiskCache) {
    const sum = { blocks: 0, bytes: 0, wrong: [] as string[], stretches: 0 };
    for (let from: string | undefined, isEnd = false; !isEnd;) {
      const stretch = await cache.check(from);
      sum.blocks += stretch.blocks;
      sum.bytes += stretch.bytes;
      sum.stretches += 1;
      sum.wrong.push(...stretch.wrong.map((one) => `${one.key} ${one.block} ${one.why}`));
      from = stretch.next;
      isEnd = from === undefined;
    }
    return sum;
  }

  test('finds each that is wrong, removes it, and leaves the others', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    const commits = Array.from({ length: 1_300 }, (_, block) =>
      cache.commit(keyOf(`${block % 5}`), block, content(block, 100)),
    );
    await Promise.all(commits);
    expect(await checkAll(cache)).toEqual({ blocks: 1_300, bytes: 130_000, wrong: [], stretches: 3 });
    const path = (block: number) => join(directory, blockFileName(keyOf(`${block % 5}`), block));
    await writeFile(path(0), content(7, 100));
    await truncate(path(601), 3);
    await rm(path(1_299));
    const { blocks, wrong } = await checkAll(cache);
    expect(blocks).toBe(1_300);
    expect(wrong.toSorted()).toEqual(
      [
        `${keyOf('0')} 0 does not have its digest`,
        `${keyOf('1')} 601 does not have its length`,
        `${keyOf('4')} 1299 is gone`,
      ].toSorted(),
    );
    expect(cache.usage().blocks).toBe(1_297);
    await expectTrueTotals(cache, directory);
    expect((await checkAll(cache)).wrong).toEqual([]);
  });

  test('files edited under it: it and the readers beside it give right bytes or none', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    const blocks = Array.from({ length: 200 }, (_, block) => block);
    await Promise.all(blocks.map((block) => cache.commit(key, block, content(block, LENGTH))));
    const checking = checkAll(cache);
    const reading = Promise.all(
      blocks.map(async (block) => {
        const data = await cache.read(key, block, LENGTH);
        if (data !== undefined) expect(data.equals(content(block, LENGTH))).toBe(true);
      }),
    );
    for (const block of blocks.filter((at) => at % 10 === 0)) {
      await flipBit(join(directory, blockFileName(key, block))).catch(() => undefined);
    }
    await Promise.all([checking, reading]);
    await checkAll(cache);
    for (const block of blocks.filter((at) => at % 10 === 0)) {
      expect(await cache.read(key, block, LENGTH)).toBeUndefined();
    }
    expect(cache.corruptBlocks).toBe(20);
    await expectTrueTotals(cache, directory);
  });

  test('a place that is none is refused', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    await expect(cache.check('../x')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});
