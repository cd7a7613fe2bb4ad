import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import {
  checkWritable,
  writeJob,
  type PublishedArtifact,
} from '../../../../src-main/engine/metadata/magnetar/catalogue-writer.ts';
import { failure, names, openJob, temporaryDirectory } from '../catalogue-fixture.ts';

const newFile = (): string => join(temporaryDirectory(), 'm.db');

function open(file: string): Database.Database {
  const database = new Database(file, { timeout: 0 });
  onTestFinished(() => {
    database.close();
  });
  return database;
}

function job(totals = { files: 1, directories: 1, bytes: 0 }): Parameters<typeof writeJob>[1] {
  return {
    name: 'n',
    sources: ['sim:'],
    blockSize: 65_536,
    contentId: 'c',
    publishedAt: 0,
    totals,
    blocks: 0,
  };
}

/** A root and so many empty files; `during` is called before each hundredth of the rows. */
function* rows(
  prefix: string,
  files: number,
  during: (row: number) => void = () => {},
): Generator<PublishedArtifact> {
  const common = { size: 0, mtime: 0, digests: null };
  yield { ...common, id: prefix, parentId: null, name: '', isDirectory: true };
  for (let row = 0; row < files; row += 1) {
    if (row % Math.ceil(files / 100) === 0) during(row);
    const name = `${String(row).padStart(6, '0')} ${'x'.repeat(100)}`;
    yield { ...common, id: `${prefix}/${name}`, parentId: prefix, name, isDirectory: false };
  }
}

const failing = (act: () => void) =>
  rows('f', 1, () => {
    act();
    throw new Error('no more rows');
  });

test('readers are not shut out while the rows of a large job are written, and see none of them', () => {
  const file = newFile();
  writeJob(file, job(), rows('first', 1));
  const reader = openJob(file);
  const watcher = open(file);
  let answers = 0;
  // Several times what SQLite keeps in memory unless told otherwise; what it cannot keep it writes, and locks for it.
  writeJob(
    file,
    job(),
    rows('second', 40_000, () => {
      expect(names(reader, 'first')).toHaveLength(1);
      expect(watcher.prepare('SELECT count(*) FROM jobs').pluck().get()).toBe(1);
      answers += 1;
    }),
  );
  expect(answers).toBe(100);
  expect(watcher.prepare('SELECT count(*) FROM jobs').pluck().get()).toBe(2);
});

test('a catalogue that another program writes is busy at once and unchanged', () => {
  const file = newFile();
  writeJob(file, job(), rows('a', 1));
  const before = readFileSync(file);
  const other = open(file);
  other.exec('BEGIN IMMEDIATE');
  const started = performance.now();
  expect(failure(() => writeJob(file, job(), rows('b', 1)))).toMatchObject({ code: 'CATALOGUE_BUSY' });
  // SQLite's own wait would be seconds, in which nobody could interrupt.
  expect(performance.now() - started).toBeLessThan(1_000);
  other.exec('ROLLBACK');
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(writeJob(file, job(), rows('b', 1))).toBe(2);
});

test('a failure removes the file it created', () => {
  const file = newFile();
  let present = false;
  expect(
    failure(() =>
      writeJob(
        file,
        job(),
        failing(() => (present = existsSync(file))),
      ),
    ),
  ).toMatchObject({
    message: 'no more rows',
  });
  expect(present).toBe(true);
  expect(existsSync(file)).toBe(false);
});

test('a failure leaves a file that somebody else uses by then', () => {
  const file = newFile();
  let other: Database.Database | undefined;
  const use = (): void => {
    other = open(file);
    other.exec('BEGIN; SELECT * FROM sqlite_schema');
    other.prepare('SELECT * FROM sqlite_schema').all();
  };
  expect(failure(() => writeJob(file, job(), failing(use)))).toMatchObject({ message: 'no more rows' });
  expect(existsSync(file)).toBe(true);
  other?.exec('COMMIT; CREATE TABLE theirs (x)');
  expect(new Database(file, { readonly: true }).prepare('SELECT * FROM theirs').all()).toEqual([]);
});

test('a failure leaves a file that was there, also an empty one', () => {
  const file = newFile();
  open(file).exec('VACUUM');
  expect(
    failure(() =>
      writeJob(
        file,
        job(),
        failing(() => {}),
      ),
    ),
  ).toMatchObject({ message: 'no more rows' });
  expect(existsSync(file)).toBe(true);
});

test.each([
  ['SQLITE_FULL', 'CATALOGUE_INVALID', /disk it is on is full.*free some space/],
  ['SQLITE_IOERR_WRITE', 'CATALOGUE_INVALID', /could not be written \(SQLITE_IOERR_WRITE/],
  ['SQLITE_READONLY_DIRECTORY', 'PERMISSION_DENIED', /cannot be written; change the permissions/],
])('%s while writing is told as such', (code, expected, message) => {
  const broken = rows('f', 1, () => {
    throw new Database.SqliteError('it failed', code);
  });
  const thrown = failure(() => writeJob(newFile(), job(), broken));
  expect(thrown?.code).toBe(expected);
  expect(thrown?.message).toMatch(message);
});

test('a link that leads nowhere is refused', () => {
  const file = newFile();
  symlinkSync('nowhere.db', file);
  expect(failure(() => checkWritable(file))).toMatchObject({ code: 'NOT_FOUND', message: /leads nowhere/ });
});
