import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listJobs } from '../../../src-main/engine/publish/jobs.ts';
import { publish } from '../../../src-main/engine/publish/publish.ts';
import { catalogue, failure, temporaryDirectory } from '../metadata/catalogue-fixture.ts';

test('published jobs are listed with what publish recorded', async () => {
  const directory = temporaryDirectory();
  const tree = join(directory, 'tree');
  mkdirSync(join(tree, 'sub'), { recursive: true });
  writeFileSync(join(tree, 'sub', 'f'), 'four');
  const database = join(directory, 'm.db');
  await publish({
    directory: tree,
    database,
    name: 'first',
    sources: ['http://a/', 'http://b/'],
    blockSize: 65536,
  });
  await publish({ directory: tree, database });
  const [first, second, ...more] = listJobs(database);
  expect(first).toEqual({
    id: 1,
    name: 'first',
    sources: ['http://a/', 'http://b/'],
    files: 1,
    directories: 2,
    bytes: 4,
    blockSize: 65536,
    created: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  });
  expect(second).toMatchObject({ id: 2, name: '', blockSize: 1024 * 1024 });
  expect(more).toEqual([]);
});

test('jobs of a catalogue that Magnetar wrote are counted from their artifacts', () => {
  const fixture = catalogue();
  fixture.database.exec(
    `INSERT INTO jobs (id, source, destination) VALUES (3, 'sim:x', 'three'), (5, 'sim:y', NULL)`,
  );
  fixture.add(
    { id: 'r', parent: null, dir: true, job: 3, size: 4096 },
    { id: 'f', parent: 'r', job: 3, size: 10 },
    { id: 'bad', parent: 'r', job: 3, size: -10 },
  );
  expect(listJobs(fixture.file)).toMatchObject([
    { id: 3, name: 'three', sources: ['sim:x'], files: 2, directories: 1, bytes: 10, blockSize: undefined },
    { id: 5, name: '', sources: ['sim:y'], files: 0, directories: 0, bytes: 0 },
  ]);
});

test('a job that only its artifacts name is listed beside published ones', async () => {
  const directory = temporaryDirectory();
  const tree = join(directory, 'tree');
  mkdirSync(tree);
  writeFileSync(join(tree, 'f'), 'four');
  const fixture = catalogue();
  await publish({ directory: tree, database: fixture.file, name: 'published' });
  fixture.add({ id: 'r', parent: null, dir: true, job: 9 }, { id: 'f', parent: 'r', job: 9, size: 10 });
  expect(listJobs(fixture.file)).toMatchObject([
    { id: 1, name: 'published', files: 1, directories: 1, bytes: 4 },
    { id: 9, name: '', files: 1, directories: 1, bytes: 10 },
  ]);
});

test('a catalogue of seven columns has the jobs its artifacts name', () => {
  const fixture = catalogue('CREATE TABLE artifacts (id, job_id, parent_id, name, size, is_dir, mtime)');
  fixture.add(
    { id: 'r', parent: null, dir: true, job: 2 },
    { id: 'f', parent: 'r', size: 5, job: 2 },
    { id: 'x', parent: null, job: 1 },
  );
  expect(listJobs(fixture.file)).toEqual([
    {
      id: 1,
      name: '',
      sources: [],
      files: 1,
      directories: 0,
      bytes: 0,
      blockSize: undefined,
      created: undefined,
    },
    {
      id: 2,
      name: '',
      sources: [],
      files: 1,
      directories: 1,
      bytes: 5,
      blockSize: undefined,
      created: undefined,
    },
  ]);
});

test('what is no catalogue is refused', () => {
  expect(failure(() => listJobs('/nonexistent/m.db'))).toMatchObject({ code: 'NOT_FOUND' });
  expect(failure(() => listJobs(catalogue('CREATE TABLE x (y)').file))).toMatchObject({
    code: 'CATALOGUE_INVALID',
  });
});
