/** The cache as the event loop uses it: what goes in comes out, under a load of odd moments. */
import { chmod, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { artifactKey, blockFileName, cacheNamespace } from '../../../src-main/engine/cache/artifact-key.ts';
import type { CacheKey } from '../../../src-main/engine/cache/block-cache.ts';
import { content, keyOf, NAMESPACE } from './cache-content.ts';
import { filesBelow, hiddenFiles, openCache, recount, temporaryDirectory } from './cache-fixture.ts';

describe('DiskCache', () => {
  test('a committed block is read back, a discarded one is not', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    const data = content(1, 100_000);
    expect(await cache.read(keyOf('a'), 0, data.length)).toBeUndefined();
    await cache.commit(keyOf('a'), 0, data);
    expect(await cache.read(keyOf('a'), 0, data.length)).toEqual(data);
    expect(await cache.read(keyOf('a'), 1, data.length)).toBeUndefined();
    expect(cache.usage()).toEqual({ blocks: 1, bytes: 100_000 });
    await cache.discard(keyOf('a'), 0);
    await cache.discard(keyOf('a'), 0);
    expect(await cache.read(keyOf('a'), 0, data.length)).toBeUndefined();
    expect(cache.usage()).toEqual({ blocks: 0, bytes: 0 });
  });

  test('a block is where its key says and nowhere else', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await cache.commit(keyOf('a'), 12, content(3, 77));
    expect(await readFile(join(directory, blockFileName(keyOf('a'), 12)))).toEqual(content(3, 77));
    expect((await filesBelow(join(directory, NAMESPACE))).length).toBe(1);
  });

  test('a block is readable while it waits for the disk, and not once it is discarded', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    const committed = cache.commit(keyOf('a'), 0, content(1, 5_000));
    expect(await cache.read(keyOf('a'), 0, 5_000)).toEqual(content(1, 5_000));
    const discarded = cache.discard(keyOf('a'), 0);
    expect(await cache.read(keyOf('a'), 0, 5_000)).toBeUndefined();
    await Promise.all([committed, discarded]);
    expect(cache.usage().blocks).toBe(0);
  });

  test('operations on one block take effect in the order they were asked for', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await Promise.all([
      cache.commit(keyOf('a'), 0, content(1, 10)),
      cache.discard(keyOf('a'), 0),
      cache.commit(keyOf('a'), 0, content(2, 20)),
      cache.commit(keyOf('a'), 0, content(3, 30)),
    ]);
    expect(await cache.read(keyOf('a'), 0, 30)).toEqual(content(3, 30));
    expect(cache.usage()).toEqual({ blocks: 1, bytes: 30 });
    expect(await recount(directory)).toEqual(cache.usage());
  });

  test('more than memory should hold is refused, the rest is stored', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    const data = content(1, 16 * 1_024 * 1_024);
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, block) => cache.commit(keyOf('a'), block, data)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(8);
    expect(results[9]).toMatchObject({ reason: { code: 'CACHE_BUSY' } });
    expect(cache.usage().blocks).toBe(8);
    expect(cache.degraded).toBeUndefined();
  });

  test('everything it creates is for its owner alone, whatever the umask', async () => {
    const directory = join(await temporaryDirectory(), 'made', 'here');
    const before = process.umask(0);
    try {
      const { cache } = await openCache(directory);
      await cache.commit(keyOf('a'), 0, content(1, 10));
      const files = await filesBelow(directory);
      expect(files.some((file) => file.endsWith('index.db-wal'))).toBe(true);
      for (const file of files) expect([file, (await stat(file)).mode & 0o777]).toEqual([file, 0o600]);
      const shard = join(directory, NAMESPACE, keyOf('a').split('/')[1]!);
      for (const folder of [directory, join(directory, NAMESPACE), shard]) {
        expect([folder, (await stat(folder)).mode & 0o777]).toEqual([folder, 0o700]);
      }
    } finally {
      process.umask(before);
    }
  });

  test('two versions of an artifact do not meet, nor do two jobs', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    const version = (mtime: number, size = 100) => artifactKey(NAMESPACE, { id: 'a', size, mtime }, 65_536);
    const keys = [version(1), version(2), version(1, 101), keyOf('a', cacheNamespace(8, ['content']))];
    for (const [seed, key] of keys.entries()) await cache.commit(key, 0, content(seed, 100));
    for (const [seed, key] of keys.entries())
      expect(await cache.read(key, 0, 100)).toEqual(content(seed, 100));
    expect(cache.usage().blocks).toBe(keys.length);
  });

  test.each([
    ['truncated', (file: string) => truncate(file, 50)],
    ['longer', (file: string) => writeFile(file, content(1, 101))],
    ['deleted', (file: string) => rm(file)],
  ])('a %s block file is not served, and its block is forgotten', async (_, damage) => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await cache.commit(keyOf('a'), 0, content(1, 100));
    await damage(join(directory, blockFileName(keyOf('a'), 0)));
    expect(await cache.read(keyOf('a'), 0, 100)).toBeUndefined();
    expect(cache.usage()).toEqual({ blocks: 0, bytes: 0 });
    expect(await recount(directory)).toEqual({ blocks: 0, bytes: 0 });
    await cache.commit(keyOf('a'), 0, content(1, 100));
    expect(await cache.read(keyOf('a'), 0, 100)).toEqual(content(1, 100));
  });

  test('a folder that others may write into gets no block, and a removed folder is made again', async () => {
    const directory = await temporaryDirectory();
    const { cache, clock } = await openCache(directory);
    await cache.commit(keyOf('a'), 0, content(1, 100));
    await rm(join(directory, NAMESPACE), { recursive: true });
    await cache.commit(keyOf('a'), 0, content(1, 100));
    expect(await cache.read(keyOf('a'), 0, 100)).toEqual(content(1, 100));
    await chmod(join(directory, NAMESPACE), 0o777);
    const elsewhere = Array.from({ length: 64 }, (_, id) => keyOf(`${id}`)).find(
      (key) => key.split('/')[1] !== keyOf('a').split('/')[1],
    )!;
    await expect(cache.commit(elsewhere, 0, content(1, 100))).rejects.toThrow(/other users may write/);
    expect(cache.degraded).toMatch(/other users may write/);
    await chmod(join(directory, NAMESPACE), 0o700);
    clock.advance(5_000);
    await cache.commit(elsewhere, 0, content(1, 100));
    expect(cache.degraded).toBeUndefined();
  });

  test('a key that is not one never becomes a path', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    for (const key of ['../../etc/passwd', '', `${NAMESPACE}/ab/${'c'.repeat(32)}`, `${keyOf('a')}/..`]) {
      await expect(cache.commit(key as CacheKey, 0, content(1, 1))).rejects.toMatchObject({
        code: 'ARGUMENT_INVALID',
      });
    }
    await expect(cache.read(keyOf('a'), -1, 1)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  test('clear removes a namespace or everything, and says what it freed', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    const other = cacheNamespace(8, ['content']);
    const commits = Array.from({ length: 1_200 }, (_, block) =>
      cache.commit(keyOf(`${block % 7}`), block, content(block, 10)),
    );
    await Promise.all([...commits, cache.commit(keyOf('a', other), 0, content(1, 33))]);
    expect(await cache.clear('9-000000000000')).toEqual({ blocks: 0, bytes: 0 });
    expect(await cache.clear(NAMESPACE)).toEqual({ blocks: 1_200, bytes: 12_000 });
    expect(await recount(directory)).toEqual({ blocks: 1, bytes: 33 });
    expect(cache.usage()).toEqual({ blocks: 1, bytes: 33 });
    await expect(stat(join(directory, NAMESPACE))).rejects.toMatchObject({ code: 'ENOENT' });
    await cache.commit(keyOf('0'), 0, content(1, 10));
    expect(await cache.clear()).toEqual({ blocks: 2, bytes: 43 });
    expect(await recount(directory)).toEqual({ blocks: 0, bytes: 0 });
  });

  test('closing finishes what was accepted; afterwards nothing is', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    const committed = cache.commit(keyOf('a'), 0, content(1, 100));
    await cache.close();
    await committed;
    expect(await cache.read(keyOf('a'), 0, 100)).toBeUndefined();
    await expect(cache.commit(keyOf('a'), 1, content(1, 100))).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    });
    expect(cache.usage()).toEqual({ blocks: 1, bytes: 100 });
    const { cache: again, logger } = await openCache(directory);
    expect(await again.read(keyOf('a'), 0, 100)).toEqual(content(1, 100));
    expect(again.usage()).toEqual({ blocks: 1, bytes: 100 });
    expect(await hiddenFiles(directory)).toEqual([]);
    expect(logger.lines).toEqual([]);
  });
});
