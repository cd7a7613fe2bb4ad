import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { publish } from '../../../src-main/engine/publish/publish.ts';
import { catalogue } from '../metadata/catalogue-fixture.ts';
import { place } from './publish-fixture.ts';

test('a failure leaves the catalogue as it was', async () => {
  const { tree, database } = place({ a: 'a', b: 'b' });
  await publish({ directory: tree, database });
  const before = readFileSync(database);
  const abort = new AbortController();
  const aborted = publish({
    directory: tree,
    database,
    signal: abort.signal,
    onProgress: () => abort.abort(),
  });
  await expect(aborted).rejects.toMatchObject({ code: 'INTERRUPTED' });

  expect(readFileSync(database).equals(before)).toBe(true);

  // The last row is refused, after all others were written.
  const writer = new Database(database);
  writer.exec(
    `CREATE TRIGGER refuse BEFORE INSERT ON artifacts WHEN NEW.name = 'b' BEGIN SELECT RAISE(ABORT, 'no'); END`,
  );
  const withTrigger = readFileSync(database);
  await expect(publish({ directory: tree, database })).rejects.toMatchObject({ code: 'CATALOGUE_INVALID' });
  expect(readFileSync(database).equals(withTrigger)).toBe(true);
  writer.exec('DROP TRIGGER refuse');
  writer.close();
  const after = new Database(database, { readonly: true });
  expect(after.prepare('SELECT count(*) AS n FROM artifacts').get()).toEqual({ n: 3 });
  after.close();
});

test('a failure creates no catalogue', async () => {
  const { tree, database } = place({ a: 'a' });
  const abort = new AbortController();
  const options = { directory: tree, database, signal: abort.signal, onProgress: () => abort.abort() };
  await expect(publish(options)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(readdirSync(dirname(database))).toEqual(['tree']);
});

test('impossible requests are refused with a sentence before anything is read', async () => {
  const { tree, database } = place({ a: 'a' });
  const refuse = (options: object): Promise<unknown> => publish({ directory: tree, database, ...options });
  await expect(refuse({ blockSize: 100_000 })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  await expect(refuse({ blockSize: 2 ** 40 })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  await expect(refuse({ directory: join(tree, 'gone') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(refuse({ directory: join(tree, 'a') })).rejects.toMatchObject({ code: 'NOT_A_DIRECTORY' });
  await expect(refuse({ directory: 'ftp://host/x' })).rejects.toMatchObject({
    code: 'SOURCE_INVALID',
    message: /"ftp:"/,
  });
  await expect(refuse({ directory: 'file://elsewhere/x' })).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  await expect(refuse({ directory: 'http://u:p@host/' })).rejects.toMatchObject({
    code: 'SOURCE_INVALID',
    message: /password/,
  });
  await expect(refuse({ database: join(tree, 'no', 'such.db') })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await expect(refuse({ database: join(tree, 'a') })).rejects.toMatchObject({ code: 'CATALOGUE_INVALID' });
  const foreign = catalogue('CREATE TABLE bookmarks (url TEXT)');
  await expect(refuse({ database: foreign.file })).rejects.toMatchObject({ code: 'CATALOGUE_INVALID' });
  expect(existsSync(database)).toBe(false);
  expect(readFileSync(join(tree, 'a'), 'utf8')).toBe('a');
});
