/** Which directories the cache trusts, and what it does when the disk below it fails. */
import { chmod, chown, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { content, keyOf } from './cache-content.ts';
import { mountSmallDisk } from './cache-disk.ts';
import { hiddenFiles, openCache, recount, temporaryDirectory } from './cache-fixture.ts';

const isRoot = process.getuid?.() === 0;

describe('the cache directory', () => {
  test.each([0o777, 0o770, 0o1777, 0o702])('with mode %o is refused and left as it is', async (mode) => {
    const directory = await temporaryDirectory();
    await chmod(directory, mode);
    await expect(openCache(directory)).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: expect.stringMatching(/other users may write into it \(mode \d{4}\); run chmod 700/),
    });
    expect(await readdir(directory)).toEqual([]);
    expect((await stat(directory)).mode & 0o7777).toBe(mode);
  });

  test('that is a symbolic link, whole or dangling, or a file, is refused', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'real'), { mode: 0o700 });
    await symlink(join(directory, 'real'), join(directory, 'link'));
    await symlink(join(directory, 'nowhere'), join(directory, 'dangling'));
    await writeFile(join(directory, 'file'), '');
    await expect(openCache(`${directory}/link/`)).rejects.toThrow(/link is refused: it is a symbolic link/);
    await expect(openCache(join(directory, 'dangling'))).rejects.toThrow(/it is a symbolic link/);
    await expect(openCache(join(directory, 'file'))).rejects.toThrow(/it is not a directory/);
    await expect(openCache(join(directory, 'file', 'below'))).rejects.toThrow(/cannot be created/);
    expect(await readdir(join(directory, 'real'))).toEqual([]);
  });

  test('of somebody else is refused', async () => {
    const directory = await temporaryDirectory();
    if (isRoot) await chown(directory, 65_534, 65_534);
    // An ordinary user cannot give a directory away, but the root directory is somebody else's already.
    await expect(openCache(isRoot ? directory : '/')).rejects.toThrow(
      /it belongs to user \d+ and not to user \d+/,
    );
  });

  test.each(['index.db', 'lock.db'])('with a symbolic link planted as %s is refused', async (name) => {
    const directory = await temporaryDirectory();
    const victim = join(await temporaryDirectory(), 'victim');
    await writeFile(victim, '');
    await symlink(victim, join(directory, name));
    await expect(openCache(directory)).rejects.toThrow(
      new RegExp(`${name} cannot be used \\(it is not a plain file\\)`),
    );
    expect((await stat(victim)).size).toBe(0);
  });

  test('a lock file with foreign content is named', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'lock.db'), 'x'.repeat(5_000));
    await expect(openCache(directory)).rejects.toThrow(
      /The lock file .*lock.db cannot be used .*; remove it/,
    );
  });
});

test('a full disk: reads go on, one warning, nothing half-written, used again when there is room (needs root)', async () => {
  const directory = await temporaryDirectory();
  if (!mountSmallDisk(directory)) return;
  const { cache, clock, logger } = await openCache(directory);
  const filler = join(directory, 'filler');
  await writeFile(filler, Buffer.alloc(1_024 * 1_024));
  const outcome = { stored: 0, refused: 0 };
  for (let block = 0; block < 100; block += 1) {
    try {
      await cache.commit(keyOf('a'), block, content(block, 65_536));
      outcome.stored += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
      outcome.refused += 1;
    }
    clock.advance(1_000);
  }
  expect(outcome.stored).toBeGreaterThan(10);
  expect(outcome.refused).toBeGreaterThan(10);
  expect(cache.degraded).toMatch(/cannot be written .*reads go on without it/);
  expect(logger.lines.length).toBe(1);
  expect(await hiddenFiles(directory)).toEqual([]);
  expect(cache.usage()).toEqual(await recount(directory));
  expect(await cache.read(keyOf('a'), 0, 65_536)).toEqual(content(0, 65_536));

  await rm(filler);
  await expect(cache.commit(keyOf('b'), 0, content(1, 65_536))).rejects.toMatchObject({
    code: 'CACHE_UNAVAILABLE',
  });
  clock.advance(5_000);
  await cache.commit(keyOf('b'), 0, content(1, 65_536));
  expect(cache.degraded).toBeUndefined();
  expect(logger.lines.length).toBe(2);

  await writeFile(filler, Buffer.alloc(4 * 1_024 * 1_024)).catch(() => undefined);
  for (let block = 0; block < outcome.stored; block += 1) await cache.discard(keyOf('a'), block);
  await cache.commit(keyOf('b'), 1, content(1, 65_536)).catch(() => undefined);
  expect(cache.usage()).toEqual(await recount(directory));
  const usage = cache.usage();
  await cache.close();
  const { cache: again } = await openCache(directory);
  expect(again.usage()).toEqual(usage);
});
