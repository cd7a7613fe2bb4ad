import { copyFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  catalogue,
  failure,
  idOf,
  names,
  openJob,
  smallTree,
  temporaryDirectory,
} from '../catalogue-fixture.ts';

test('what cannot be mounted is refused with a sentence that names the file and the job', () => {
  const directory = temporaryDirectory();
  const missing = join(directory, 'missing.db');
  expect(failure(() => openJob(missing))).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(missing),
  });
  expect(failure(() => openJob(directory))).toMatchObject({
    code: 'CATALOGUE_INVALID',
    message: /not a file/,
  });

  const text = join(directory, 'text.db');
  writeFileSync(text, 'this is no database at all, but it is long enough to be looked at. '.repeat(50));
  expect(failure(() => openJob(text))).toMatchObject({
    code: 'CATALOGUE_INVALID',
    message: /not an SQLite database/,
  });

  const empty = join(directory, 'empty.db');
  writeFileSync(empty, '');
  expect(failure(() => openJob(empty))).toMatchObject({
    code: 'CATALOGUE_INVALID',
    message: /no table "artifacts"/,
  });

  const columns = catalogue('CREATE TABLE artifacts (id TEXT PRIMARY KEY, name TEXT)');
  expect(failure(() => openJob(columns.file))).toMatchObject({
    code: 'CATALOGUE_INVALID',
    message: /job_id, parent_id, size/,
  });

  const fixture = catalogue();
  smallTree(fixture);
  fixture.add({ id: 'rootless', parent: 'gone', job: 3 });
  fixture.database.exec(`INSERT INTO jobs (id, source) VALUES (4, 'sim:')`);
  expect(failure(() => openJob(fixture.file, 2))).toMatchObject({ code: 'NOT_FOUND', message: /no job 2/ });
  expect(failure(() => openJob(fixture.file, 3))).toMatchObject({
    code: 'CATALOGUE_INVALID',
    message: /Job 3 .* no root/,
  });
  expect(failure(() => openJob(fixture.file, 4))).toMatchObject({
    code: 'CATALOGUE_INVALID',
    message: /Job 4 .* no artifacts/,
  });

  const truncated = join(directory, 'truncated.db');
  copyFileSync(fixture.file, truncated);
  truncateSync(truncated, 8192);
  expect(failure(() => openJob(truncated))).toMatchObject({
    code: 'CATALOGUE_INVALID',
    message: /damaged or truncated/,
  });
});

test('a locked catalogue is busy at once, and answers again afterwards', () => {
  const fixture = catalogue();
  smallTree(fixture);
  const oracle = openJob(fixture.file);
  fixture.database.exec('BEGIN EXCLUSIVE');
  const started = performance.now();
  const busy = [
    () => oracle.root(),
    () => oracle.byId(idOf('f')),
    () => oracle.lookup(idOf('r'), 'docs'),
    () => names(oracle, 'r'),
    () => oracle.sourcePath(idOf('f')),
    () => openJob(fixture.file),
  ].map(failure);
  // SQLite's own wait would be seconds; what is measured here is that there is none.
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(busy).toEqual(
    Array.from({ length: 6 }, () => ({
      code: 'CATALOGUE_BUSY',
      message: expect.stringMatching(/locked by another program; let that program finish/),
    })),
  );
  fixture.database.exec('ROLLBACK');
  expect(names(oracle, 'r')).toEqual(['docs']);
});
