import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { auditJob } from '../../../src-main/engine/metadata/magnetar/audit.ts';
import { publish, type PublishProgress } from '../../../src-main/engine/publish/publish.ts';
import { catalogue } from '../metadata/catalogue-fixture.ts';
import { contents, expectedDigests, find, openResult, place } from './publish-fixture.ts';

const BLOCK = 65536;

test('a tree comes back as it was: names, sizes, times and the digest of every block', async () => {
  const deep = Array.from({ length: 40 }, (_, n) => `level ${n}`).join('/');
  const files: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    'with space/and äöü 日本.txt': randomBytes(10),
    'one block': randomBytes(BLOCK),
    'one byte more': randomBytes(BLOCK + 1),
    'many blocks': randomBytes(20 * BLOCK + 7),
    'e\u0301 decomposed': randomBytes(3),
    'line\nbreak "quoted"': randomBytes(3),
    [`${deep}/bottom`]: randomBytes(100),
  };
  const { tree, database } = place(files);
  mkdirSync(join(tree, 'empty directory'));
  utimesSync(join(tree, 'one block'), 1_600_000_000.9, 1_600_000_000.9);
  const progress: PublishProgress[] = [];
  const result = await publish({
    directory: tree,
    database,
    name: 'demo',
    blockSize: BLOCK,
    onProgress: (step) => progress.push(step),
  });
  const bytes = Object.values(files).reduce((sum, data) => sum + data.length, 0);
  expect(result).toMatchObject({ jobId: 1, files: 8, directories: 43, bytes, skipped: [], skippedCount: 0 });
  const oracle = openResult(result, database);
  expect(oracle.job).toEqual({
    id: 1,
    sources: [pathToFileURL(tree).href],
    blockSize: BLOCK,
    contentId: result.contentId,
  });
  expect(oracle.totals()).toEqual({ files: 8, directories: 43, bytes });
  const found = contents(oracle);
  expect(found['empty directory']).toBe('directory');
  expect(Object.keys(found)).toHaveLength(8 + 42);
  for (const [path, data] of Object.entries(files)) {
    expect(found[path]).toBe(data.length);
    const artifact = find(oracle, path);
    const digests = artifact && oracle.digests(artifact.id);
    expect(digests).toEqual({ algorithm: 'sha256', blockSize: BLOCK, digests: expectedDigests(data, BLOCK) });
  }
  expect(find(oracle, 'one block')?.mtime).toBe(1_600_000_000);
  expect(auditJob(database, 1).problems).toEqual([]);
  expect(progress.at(0)).toMatchObject({ phase: 'listing', totalFiles: undefined });
  expect(progress.at(-1)).toMatchObject({
    phase: 'reading',
    files: 8,
    totalFiles: 8,
    bytes,
    totalBytes: bytes,
  });

  const job = new Database(database, { readonly: true }).prepare('SELECT * FROM jobs').get();
  expect(job).toMatchObject({
    id: 1,
    source: pathToFileURL(tree).href,
    destination: 'demo',
    status: 'completed',
    total_chunks: 28,
  });
});

test('what cannot be published is left out and named, the rest is published', async () => {
  const { tree, database } = place({ 'real.txt': 'real', 'sub/inner': 'x' });
  const outside = join(dirname(tree), 'tree-secret');
  writeFileSync(outside, 'secret');
  symlinkSync('real.txt', join(tree, 'inside link'));
  symlinkSync(outside, join(tree, 'outside link'));
  symlinkSync('nowhere', join(tree, 'dangling'));
  symlinkSync('sub', join(tree, 'directory link'));
  symlinkSync('loop', join(tree, 'loop'));
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/latin`), Buffer.from([0xe9])]), 'x');
  execFileSync('mkfifo', [join(tree, 'pipe')]);
  const socket = createServer().listen(join(tree, 'socket'));
  onTestFinished(() => void socket.close());
  await new Promise((resolve) => socket.once('listening', resolve));
  const result = await publish({ directory: tree, database });
  const reasons = Object.fromEntries(result.skipped.map(({ path, reason }) => [path, reason]));
  expect(reasons).toEqual({
    'outside link': expect.stringMatching(/leaves the tree/),
    dangling: expect.stringMatching(/leads nowhere/),
    'directory link': expect.stringMatching(/link to a directory/),
    loop: expect.stringMatching(/circle/),
    'latin\uFFFD': expect.stringMatching(/not valid UTF-8/),
    pipe: expect.stringMatching(/named pipe/),
    socket: expect.stringMatching(/socket/),
  });
  // Only the file with the impossible name is one that should have been published; it is named first.
  expect(result).toMatchObject({ skippedCount: 7, failedCount: 1 });
  expect(result.skipped[0]?.path).toBe('latin\uFFFD');
  expect(contents(openResult(result, database))).toEqual({
    'real.txt': 4,
    'inside link': 4,
    sub: 'directory',
    'sub/inner': 1,
  });
});

test('a file that changes while it is read is read again; one that never rests is left out', async () => {
  const { tree, database } = place({ once: randomBytes(BLOCK), always: randomBytes(BLOCK), rest: 'rest' });
  const notices: string[] = [];
  let touched = false;
  const result = await publish({
    directory: tree,
    database,
    blockSize: BLOCK,
    onNotice: (sentence) => notices.push(sentence),
    onProgress: ({ phase, path, bytes }) => {
      if (phase !== 'reading' || bytes === 0) return;
      // Replaced by a rename, as editors do: the open descriptor does not see it.
      if (path === 'once' && !touched) {
        touched = true;
        writeFileSync(join(dirname(tree), 'new'), randomBytes(2 * BLOCK));
        renameSync(join(dirname(tree), 'new'), join(tree, 'once'));
      }
      if (path === 'always') writeFileSync(join(tree, 'always'), randomBytes(BLOCK), { flag: 'a' });
    },
  });
  expect(result.skipped).toEqual([{ path: 'always', reason: 'it changed each time it was read' }]);
  expect(result.failedCount).toBe(1);
  expect(notices).toContain('once changed while it was read; it is read once more.');
  const oracle = openResult(result, database);
  expect(contents(oracle)).toEqual({ once: 2 * BLOCK, rest: 4 });
  const once = find(oracle, 'once');
  expect(once && oracle.digests(once.id)?.digests).toEqual(
    expectedDigests(readFileSync(join(tree, 'once')), BLOCK),
  );
  expect(result.bytes).toBe(2 * BLOCK + 4);
});

test('jobs are added one after another, also to a catalogue of seven columns', async () => {
  const { tree } = place({ a: 'a' });
  const fixture = catalogue(
    'CREATE TABLE artifacts (id TEXT PRIMARY KEY, job_id INTEGER, parent_id TEXT, name TEXT, size INTEGER, is_dir BOOLEAN, mtime INTEGER)',
  );
  fixture.add({ id: 'r', parent: null, dir: true, job: 7 });
  const sources = ['http://one/', 'http://two/'];
  const first = await publish({ directory: tree, database: fixture.file, sources });
  const second = await publish({ directory: pathToFileURL(tree).href, database: fixture.file });
  expect([first.jobId, second.jobId]).toEqual([8, 9]);
  expect(contents(openResult(first, fixture.file))).toEqual({ a: 1 });
  expect(contents(openResult(second, fixture.file))).toEqual({ a: 1 });
  expect(openResult(first, fixture.file).job.sources).toEqual(sources);
  expect(first.contentId).not.toBe(second.contentId);
});

test('a mounted reader answers while a job is read, and sees nothing of it', async () => {
  const { tree, database } = place({ a: randomBytes(3 * BLOCK), b: 'b' });
  const reader = openResult(await publish({ directory: tree, database }), database);
  let answers = 0;
  await publish({
    directory: tree,
    database,
    onProgress: () => {
      expect(Object.keys(contents(reader)).toSorted()).toEqual(['a', 'b']);
      answers += 1;
    },
  });
  expect(answers).toBeGreaterThan(2);
});

test('the catalogue is not part of the tree it lies in', async () => {
  const { tree } = place({ a: 'a' });
  const database = join(tree, 'magnetar.db');
  await publish({ directory: tree, database });
  const result = await publish({ directory: tree, database });
  expect(result.skipped).toEqual([{ path: 'magnetar.db', reason: expect.stringMatching(/catalogue/) }]);
  expect(contents(openResult(result, database))).toEqual({ a: 1 });
});
