/** What the cache tells about itself: totals by job and file, changes as they happen, and an index of an earlier version. */
import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { cacheNamespace } from '../../../src-main/engine/cache/artifact-key.ts';
import type { CacheChange } from '../../../src-main/engine/cache/cache-changes.ts';
import type { DiskCache } from '../../../src-main/engine/cache/disk-cache.ts';
import { content, keyOf, NAMESPACE } from './cache-content.ts';
import { expectTrueTotals, openCache, temporaryDirectory } from './cache-fixture.ts';

const other = cacheNamespace(8, ['content']);

async function commitSome(cache: DiskCache): Promise<void> {
  const blocks = [2_500, 3, 0, 7];
  for (const block of blocks) await cache.commit(keyOf('a'), block, content(block, 100));
  await cache.commit(keyOf('b'), 1, content(1, 30));
  await cache.commit(keyOf('a', other), 0, content(1, 7));
}

describe('totals', () => {
  test('are told for all, for a job and for a file', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    expect(cache.figures.namespaces()).toEqual([]);
    await commitSome(cache);
    expect(cache.figures.namespaces()).toEqual([
      { namespace: NAMESPACE, blocks: 5, bytes: 430 },
      { namespace: other, blocks: 1, bytes: 7 },
    ]);
    expect(cache.figures.fileUsage(keyOf('a'))).toEqual({ blocks: 4, bytes: 400 });
    expect([...cache.figures.storedBlocks(keyOf('a'))]).toEqual([0, 3, 7, 2_500]);
    expect(cache.figures.fileUsage(keyOf('nobody'))).toEqual({ blocks: 0, bytes: 0 });
    expect(cache.figures.fileUsage(keyOf('a', '9-000000000000'))).toEqual({ blocks: 0, bytes: 0 });
    expect([...cache.figures.storedBlocks(keyOf('a', '9-000000000000'))]).toEqual([]);
    expect(cache.figures.usageOf('9-000000000000')).toEqual({ blocks: 0, bytes: 0 });
    await cache.clear(NAMESPACE);
    expect(cache.figures.namespaces()).toEqual([{ namespace: other, blocks: 1, bytes: 7 }]);
    expect(cache.figures.usageOf(NAMESPACE)).toEqual({ blocks: 0, bytes: 0 });
    await expectTrueTotals(cache, directory);
    expect(await cache.figures.freeDiskBytes()).toBeGreaterThan(0);
    await rm(directory, { recursive: true });
    expect(await cache.figures.freeDiskBytes()).toBeUndefined();
  });

  test('blocks of a file may be removed while they are listed', async () => {
    const { cache } = await openCache(await temporaryDirectory());
    const commits = Array.from({ length: 2_300 }, (_, block) =>
      cache.commit(keyOf('a'), block, content(1, 3)),
    );
    await Promise.all(commits);
    const listed: number[] = [];
    for (const block of cache.figures.storedBlocks(keyOf('a'))) {
      listed.push(block);
      if (block % 500 === 0) await cache.discard(keyOf('a'), block);
    }
    expect(listed.length).toBe(2_300);
    expect([...cache.figures.storedBlocks(keyOf('a'))].length).toBe(2_295);
  });

  test('free space is that of the disk below', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    const { blocks, bsize } = await statfs(directory);
    expect(await cache.figures.freeDiskBytes()).toBeLessThanOrEqual(blocks * bsize);
  });
});

describe('changes', () => {
  test('are told one by one, of commits, discards, clears and blocks found wrong', async () => {
    const directory = await temporaryDirectory();
    const { cache, logger } = await openCache(directory, { limit: 1_000 });
    const told: string[] = [];
    const tell = ({ kind, key, block }: CacheChange) => {
      expect(key).toBe(keyOf('a'));
      told.push(`${kind} ${block}`);
    };
    const stop = cache.onChange(tell);
    cache.onChange(() => {
      throw new Error('a listener that fails');
    });
    await cache.commit(keyOf('a'), 0, content(1, 400));
    await cache.commit(keyOf('a'), 1, content(1, 400));
    expect(told.splice(0)).toEqual(['stored 0', 'stored 1']);
    await cache.commit(keyOf('a'), 2, content(1, 400));
    expect(told.splice(0)).toEqual(['removed 0', 'stored 2']);
    await cache.discard(keyOf('a'), 0);
    await cache.discard(keyOf('a'), 1);
    expect(told.splice(0)).toEqual(['removed 1']);
    await cache.read(keyOf('a'), 2, 399);
    expect(told.splice(0)).toEqual(['removed 2']);
    await cache.commit(keyOf('a'), 4, content(1, 400));
    await cache.clear();
    expect(told.splice(0)).toEqual(['stored 4', 'removed 4']);
    stop();
    await cache.commit(keyOf('a'), 5, content(1, 400));
    expect(told).toEqual([]);
    expect(logger.lines.length).toBeGreaterThan(0);
  });
});

/** The tables as version 1 made them. */
const VERSION_1 = `
  CREATE TABLE cache (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    blocks INTEGER NOT NULL, bytes INTEGER NOT NULL,
    session INTEGER NOT NULL, token TEXT NOT NULL, boot TEXT, clean INTEGER NOT NULL
  );
  CREATE TABLE namespaces (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE blocks (
    namespace INTEGER NOT NULL, artifact BLOB NOT NULL, block INTEGER NOT NULL,
    bytes INTEGER NOT NULL, last_use INTEGER NOT NULL, pinned INTEGER NOT NULL DEFAULT 0,
    digest INTEGER NOT NULL, state INTEGER NOT NULL,
    PRIMARY KEY (namespace, artifact, block)
  ) WITHOUT ROWID;
  CREATE INDEX blocks_unsettled ON blocks (state) WHERE state <> 1;
  CREATE TRIGGER blocks_inserted AFTER INSERT ON blocks WHEN new.state = 1 BEGIN
    UPDATE cache SET blocks = blocks + 1, bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER blocks_updated AFTER UPDATE OF state, bytes ON blocks BEGIN
    UPDATE cache SET blocks = blocks + (new.state = 1) - (old.state = 1),
      bytes = bytes + (new.state = 1) * new.bytes - (old.state = 1) * old.bytes;
  END;
  CREATE TRIGGER blocks_deleted AFTER DELETE ON blocks WHEN old.state = 1 BEGIN
    UPDATE cache SET blocks = blocks - 1, bytes = bytes - old.bytes;
  END;
`;

/** Puts an index of version 1 in the place of a closed cache's, with the same rows. */
async function age(directory: string, clean: number): Promise<void> {
  const path = join(directory, 'index.db');
  const now = new Database(path, { readonly: true });
  const rows = (table: string) => now.prepare<[], Record<string, unknown>>(`SELECT * FROM ${table}`).all();
  const [{ blocks, bytes, session, token, boot }] = rows('cache') as [Record<string, unknown>];
  const [names, stored] = [rows('namespaces'), rows('blocks')];
  now.close();
  await rm(path);
  const then = new Database(path);
  then.exec(VERSION_1);
  for (const { id, name } of names) then.prepare('INSERT INTO namespaces VALUES (?, ?)').run(id, name);
  then.prepare('INSERT INTO cache VALUES (1, 0, 0, ?, ?, ?, ?)').run(session, token, boot, clean);
  for (const row of stored) {
    const values = '@namespace, @artifact, @block, @bytes, @last_use, @pinned, @digest, @state';
    then.prepare(`INSERT INTO blocks VALUES (${values})`).run(row);
  }
  expect(then.prepare('SELECT blocks, bytes FROM cache').get()).toEqual({ blocks, bytes });
  then.pragma('user_version = 1');
  then.close();
}

describe('an index', () => {
  test.each([1, 0])(
    'is taken over as it is, totals and order of use included (closed: %d)',
    async (clean) => {
      const directory = await temporaryDirectory();
      const { cache } = await openCache(directory);
      await commitSome(cache);
      cache.used(keyOf('a'), 2_500);
      await cache.close();
      await age(directory, clean);
      const { cache: again, logger } = await openCache(directory);
      expect(logger.lines).toEqual([]);
      await expectTrueTotals(again, directory);
      await again.setBounds({ limit: 200, minFree: undefined });
      expect([...again.figures.storedBlocks(keyOf('a'))]).toEqual([2_500]);
      expect(again.usage()).toEqual({ blocks: 3, bytes: 137 });
      await expectTrueTotals(again, directory);
      await again.close();
      const { cache: third } = await openCache(directory);
      expect(third.usage()).toEqual({ blocks: 3, bytes: 137 });
    },
  );

  test('of a version to come is not believed, and rebuilt', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await commitSome(cache);
    await cache.close();
    const index = new Database(join(directory, 'index.db'));
    index.exec('UPDATE cache SET blocks = 99');
    index.pragma('user_version = 99');
    index.close();
    const { cache: again, logger } = await openCache(directory);
    expect(logger.lines[0]).toMatch(/^warn .* stale; it is rebuilt/);
    await expectTrueTotals(again, directory);
  });
});
