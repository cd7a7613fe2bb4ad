import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Ordinal } from '../../../../src-main/engine/metadata/metadata-oracle.ts';
import {
  catalogue,
  children,
  failure,
  idOf,
  names,
  openJob,
  smallTree,
  temporaryDirectory,
} from '../catalogue-fixture.ts';

test('a tree is navigated in both directions', () => {
  const fixture = catalogue();
  smallTree(fixture);
  const oracle = openJob(fixture.file);
  expect(oracle.root()).toMatchObject({ id: 'r', isDirectory: true, name: Buffer.alloc(0), size: 0 });
  const docs = oracle.lookup(idOf('r'), 'docs');
  expect(docs).toMatchObject({ id: 'd', isDirectory: true, mtime: 5 });
  const file = oracle.lookup(idOf('d'), 'grüße.txt');
  expect(file).toMatchObject({ id: 'f', size: 42, isDirectory: false, name: Buffer.from('grüße.txt') });
  expect(oracle.byId(idOf('f'))).toEqual(file);
  expect(oracle.byOrdinal(file?.ordinal as Ordinal)).toEqual(file);
  expect(oracle.byOrdinal(oracle.root().ordinal)).toEqual(oracle.root());
  expect(oracle.sourcePath(idOf('f'))).toEqual(['docs', 'grüße.txt']);
  expect(oracle.sourcePath(idOf('r'))).toEqual([]);
  expect(oracle.lookup(idOf('r'), 'DOCS')).toBeUndefined();
  expect(oracle.lookup(idOf('nowhere'), 'docs')).toBeUndefined();
  expect(oracle.totals()).toEqual({ files: 1, directories: 2, bytes: 42 });
});

test('what the catalogue says of the job is read from our tables, else from the jobs table', () => {
  const fixture = catalogue();
  smallTree(fixture);
  fixture.database.exec(`INSERT INTO jobs (id, source) VALUES (1, 'sim:x')`);
  expect(openJob(fixture.file).job).toEqual({
    id: 1,
    sources: ['sim:x'],
    blockSize: undefined,
    contentId: undefined,
  });
  fixture.database.exec(`
    INSERT INTO ghost_sources (job_id, uri, rank) VALUES (1, 'http://b/', 1), (1, 'http://a/', 0), (2, 'http://c/', 0);
    INSERT INTO ghost_job VALUES (1, 65536, NULL, 0, 'content', 7, 8, 9);
  `);
  const oracle = openJob(fixture.file);
  expect(oracle.job).toEqual({
    id: 1,
    sources: ['http://a/', 'http://b/'],
    blockSize: 65536,
    contentId: 'content',
  });
  expect(oracle.totals()).toEqual({ files: 7, directories: 8, bytes: 9 });
  fixture.database.exec('UPDATE ghost_job SET block_size = 65537');
  expect(failure(() => openJob(fixture.file))).toMatchObject({
    code: 'CATALOGUE_INVALID',
    message: /block size/,
  });
});

test('two jobs never see each other, also where parent_id points across', () => {
  const fixture = catalogue();
  fixture.add(
    { id: 'r1', parent: null, dir: true, job: 1 },
    { id: 'r2', parent: null, dir: true, job: 2 },
    { id: 'own', parent: 'r1', job: 1 },
    { id: 'stranger', parent: 'r1', job: 2 },
    { id: 'own2', parent: 'r2', job: 2 },
    { id: 'lost', parent: 'r2', job: 1 },
    { id: 'x2', parent: 'r1', name: 'own', job: 2, rowid: 1000 },
  );
  const one = openJob(fixture.file, 1);
  const two = openJob(fixture.file, 2);
  expect(names(one, 'r1')).toEqual(['own']);
  expect(names(one, 'r2')).toEqual([]);
  expect(names(two, 'r2')).toEqual(['own2']);
  expect(names(two, 'r1')).toEqual([]);
  expect(one.byId(idOf('stranger'))).toBeUndefined();
  expect(one.lookup(idOf('r1'), 'stranger')).toBeUndefined();
  expect(one.lookup(idOf('r2'), 'lost')).toBeUndefined();
  const stranger = two.byId(idOf('stranger'));
  expect(one.byOrdinal(stranger?.ordinal as Ordinal)).toBeUndefined();
  expect(failure(() => two.sourcePath(idOf('stranger')))).toMatchObject({ code: 'NOT_FOUND' });
});

test('cycles and orphans end a walk to the root', () => {
  const fixture = catalogue();
  fixture.add(
    { id: 'r', parent: null, dir: true },
    { id: 'self', parent: 'self', dir: true },
    { id: 'a', parent: 'b', dir: true },
    { id: 'b', parent: 'a', dir: true },
    { id: 'orphan', parent: 'gone' },
  );
  const oracle = openJob(fixture.file);
  expect(names(oracle, 'r')).toEqual([]);
  for (const id of ['self', 'a', 'orphan', 'never there']) {
    expect(failure(() => oracle.sourcePath(idOf(id)))).toMatchObject({ code: 'NOT_FOUND' });
  }
});

test('of several roots the lowest ordinal wins, whether its parent is NULL or empty', () => {
  const fixture = catalogue();
  fixture.add(
    { id: 'file', parent: null, rowid: 1 },
    { id: 'late', parent: null, dir: true, rowid: 30 },
    { id: 'root', parent: '', dir: true, rowid: 20 },
    { id: 'c', parent: 'root', rowid: 40 },
  );
  const oracle = openJob(fixture.file);
  expect(oracle.root().id).toBe('root');
  expect(names(oracle, 'root')).toEqual(['c']);
  expect(names(oracle, '')).toEqual([]);
  expect(oracle.byId(idOf('late'))).toBeUndefined();
  expect(oracle.byId(idOf('file'))).toBeUndefined();
  expect(oracle.byOrdinal(30 as Ordinal)).toBeUndefined();
});

test('changes of the catalogue are visible at once', () => {
  const fixture = catalogue();
  smallTree(fixture);
  const oracle = openJob(fixture.file);
  expect(names(oracle, 'd')).toEqual(['grüße.txt']);
  fixture.database.exec(
    `UPDATE artifacts SET name = 'new', size = 43 WHERE id = 'f'; DELETE FROM artifacts WHERE id = 'x'`,
  );
  expect(children(oracle, 'd')).toMatchObject([{ name: Buffer.from('new'), size: 43 }]);
  fixture.database.exec(`DELETE FROM artifacts WHERE id = 'r'`);
  expect(failure(() => oracle.root())).toMatchObject({ code: 'CATALOGUE_INVALID', message: /root/ });
});

test('a directory of 100,000 entries is listed page by page, every name once', () => {
  const fixture = catalogue();
  const count = 100_000;
  fixture.add({ id: 'r', parent: null, dir: true });
  const insert = fixture.database.prepare(
    `INSERT INTO artifacts (id, job_id, parent_id, name, size, is_dir, mtime) VALUES (?, 1, 'r', ?, 0, 0, 0)`,
  );
  fixture.database.transaction(() => {
    for (let n = 0; n < count; n += 1) insert.run(`id ${n}`, `name ${n}`);
  })();
  const oracle = openJob(fixture.file);
  const seen = new Set<string>();
  let after = 0;
  let most = 0;
  let requests = 0;
  // As the kernel asks: a buffer of some entries, then on from the last ordinal.
  for (let filled = -1; filled !== 0; requests += 1) {
    filled = 0;
    const before = process.memoryUsage().heapUsed;
    oracle.readdir(idOf('r'), after, (child) => {
      if (filled === 100) return false;
      seen.add(child.name.toString());
      after = child.ordinal;
      filled += 1;
      return true;
    });
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  }
  expect(seen.size).toBe(count);
  expect(requests).toBe(count / 100 + 1);
  // A request reads a few hundred rows; all rows at once would take tens of megabytes.
  expect(most).toBeLessThan(4 * 1024 * 1024);
  expect(names(oracle, 'r').join()).toBe([...seen].join());
}, 60_000);

test('a visitor may ask the oracle', () => {
  const fixture = catalogue();
  smallTree(fixture);
  const oracle = openJob(fixture.file);
  const paths: (readonly string[])[] = [];
  const walk = (id: string): void =>
    oracle.readdir(idOf(id), 0, (child) => {
      paths.push(oracle.sourcePath(child.id));
      if (child.isDirectory) walk(child.id);
      return true;
    });
  walk('r');
  expect(paths).toEqual([['docs'], ['docs', 'grüße.txt']]);
});

test('digests are given when they fit the file, and are an error when they do not', () => {
  const fixture = catalogue();
  smallTree(fixture);
  const digests = Buffer.alloc(32, 7);
  const insert = fixture.database.prepare('INSERT OR REPLACE INTO ghost_digests VALUES (?, ?, ?, ?, ?)');
  insert.run(2, 'f', 65536, 'sha256', digests);
  const oracle = openJob(fixture.file);
  expect(oracle.digests(idOf('f'))).toBeUndefined();
  insert.run(1, 'f', 65536, 'sha256', digests);
  expect(oracle.digests(idOf('f'))).toEqual({ algorithm: 'sha256', blockSize: 65536, digests });
  for (const wrong of [
    [65536, 'sha256', Buffer.alloc(64)],
    [65536, 'md5', digests],
    [0, 'sha256', digests],
    [65536, 'sha256', 'text'],
  ]) {
    insert.run(1, 'f', ...wrong);
    expect(failure(() => oracle.digests(idOf('f')))).toMatchObject({ code: 'CATALOGUE_INVALID' });
  }
});

test('a catalogue in WAL mode is read while it is written', () => {
  const fixture = catalogue();
  fixture.database.pragma('journal_mode = WAL');
  smallTree(fixture);
  const oracle = openJob(fixture.file);
  fixture.database.exec(`BEGIN IMMEDIATE; UPDATE artifacts SET size = 50 WHERE id = 'f'`);
  expect(children(oracle, 'd')).toMatchObject([{ size: 42 }]);
  fixture.database.exec('COMMIT');
  expect(children(oracle, 'd')).toMatchObject([{ size: 50 }]);
});

test('a catalogue whose path looks like a special name is still a file', () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'file:'));
  const file = join(directory, 'file:', ':memory:');
  const fixture = catalogue();
  smallTree(fixture);
  copyFileSync(fixture.file, file);
  expect(names(openJob(file), 'r')).toEqual(['docs']);
  expect(new Database(file, { readonly: true }).close().open).toBe(false);
});
