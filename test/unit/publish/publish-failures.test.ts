import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { publish } from '../../../src-main/engine/publish/publish.ts';
import { catalogue } from '../metadata/catalogue-fixture.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';
import { openResult, place } from './publish-fixture.ts';

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

test('a source readers could not use is refused before anything is read', async () => {
  const { tree, database } = place({ a: 'a' });
  const progress: unknown[] = [];
  const refuse = (source: string): Promise<unknown> =>
    publish({
      directory: tree,
      database,
      sources: ['sim:', source],
      onProgress: (step) => progress.push(step),
    });
  for (const source of ['gopher://h/', 'sim:?lateness=1s', 'file:relative', '', 'http://h/#x']) {
    await expect(refuse(source)).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  }
  for (const source of ['http://ann:pw@h.example/t/', 'https://token@h.example/']) {
    await expect(refuse(source)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: expect.not.stringMatching(/pw|ann|token@/),
    });
  }
  expect(progress).toEqual([]);
  expect(existsSync(database)).toBe(false);
});

test('paths of sources hold from any working directory', async () => {
  const { tree, database } = place({ a: 'a' });
  const sources = ['some/where', './a:b', 'file:///srv/t', 'sim:'];
  const result = await publish({ directory: tree, database, sources });
  expect(openResult(result, database).job.sources).toEqual([
    resolve('some/where'),
    resolve('a:b'),
    'file:///srv/t',
    'sim:',
  ]);
});

test('a catalogue that is locked when all is read is waited for, with a notice', async () => {
  const { tree, database } = place({ a: 'a' });
  await publish({ directory: tree, database });
  const other = new Database(database);
  const clock = new VirtualClock();
  const notices: string[] = [];
  const publishing = publish({
    directory: tree,
    database,
    clock,
    onProgress: () => void (other.inTransaction || other.exec('BEGIN IMMEDIATE')),
    onNotice: (sentence) => notices.push(sentence),
  });
  await until(() => clock.pending > 0);
  // Far beyond the patience of a reader.
  await clock.advance(9 * 60_000);
  expect(notices).toEqual([expect.stringMatching(/locked by another program.*tried for 10 minutes/)]);
  other.close();
  await clock.advance(1_000);
  expect(await publishing).toMatchObject({ jobId: 2, files: 1 });
});

test('the wait for a locked catalogue can be interrupted, and ends', async () => {
  const { tree, database } = place({ a: 'a' });
  await publish({ directory: tree, database });
  const other = new Database(database);
  const clock = new VirtualClock();
  const start = (signal: AbortSignal): Promise<unknown> =>
    publish({
      directory: tree,
      database,
      clock,
      signal,
      onProgress: () => void (other.inTransaction || other.exec('BEGIN IMMEDIATE')),
    });
  const abort = new AbortController();
  const aborted = expect(start(abort.signal)).rejects.toMatchObject({
    code: 'INTERRUPTED',
    message: /catalogue is unchanged/,
  });
  await until(() => clock.pending > 0);
  abort.abort();
  await aborted;
  expect(clock.pending).toBe(0);
  const patient = expect(start(new AbortController().signal)).rejects.toMatchObject({
    code: 'CATALOGUE_BUSY',
    message: /let that program finish or end it, then try again/,
  });
  await until(() => clock.pending > 0);
  await clock.advance(10 * 60_000);
  await patient;
  other.close();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

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
