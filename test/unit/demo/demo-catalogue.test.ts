/** The demo's catalogue: the same at every start, told from that of another version, with names that people can read. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ensureDemoCatalogue } from '../../../src-main/demo/demo-catalogue.ts';
import { DEMO_VERSION, ensureDemoSource } from '../../../src-main/demo/demo-source.ts';
import type { Artifact } from '../../../src-main/engine/metadata/metadata-oracle.ts';
import { openMagnetar } from '../../../src-main/engine/metadata/magnetar/magnetar-adapter.ts';
import { listJobs } from '../../../src-main/engine/publish/jobs.ts';
import { publish } from '../../../src-main/engine/publish/publish.ts';
import { folderName } from '../../../src-main/supervisor/mount-names.ts';

function directories(): { readonly source: string; readonly database: string } {
  const directory = mkdtempSync(join(tmpdir(), 'ghost-demo-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const source = join(directory, 'source');
  mkdirSync(source);
  return { source, database: join(directory, 'magnetar.db') };
}

test('the jobs have plain names that are folders as they are, and are made once', async () => {
  const { source, database } = directories();
  const jobs = await ensureDemoCatalogue(database, source);
  expect(await ensureDemoCatalogue(database, source)).toEqual(jobs);
  const names = listJobs(database).map(({ id, name }) => [id, name, folderName({ id, name })]);
  expect(names).toEqual([
    [jobs.files, 'demo files', 'demo files'],
    [jobs.farAway, 'demo far away', 'demo far away'],
  ]);
});

test('the files of an earlier version, of the same name, are not taken for those of this one', async () => {
  const { source, database } = directories();
  const earlier = { directory: source, database, name: 'demo files', contentId: 'orbit-ghost-demo-files-0' };
  const { jobId } = await publish(earlier);
  const jobs = await ensureDemoCatalogue(database, source);
  expect(jobs.files).not.toBe(jobId);
  expect(await ensureDemoCatalogue(database, source)).toEqual(jobs);
});

test('the version is that of the files: who changes one raises it, and writes the new digest here', async () => {
  const { source } = directories();
  await ensureDemoSource(source);
  const digest = createHash('sha256');
  const entries = readdirSync(source, { recursive: true, withFileTypes: true });
  for (const path of entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((a, b) => (a < b ? -1 : 1))) {
    digest.update(path.slice(source.length)).update(readFileSync(path));
  }
  expect([DEMO_VERSION, digest.digest('hex').slice(0, 12)]).toEqual([1, '7a9e761e5690']);
});

test('a demo catalogue made anew describes the same files, so that their cached blocks are found', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ghost-demo-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  onTestFinished(() => void vi.useRealTimers());
  const source = join(directory, 'source');
  mkdirSync(source);
  const descriptions: unknown[] = [];
  for (const year of [2030, 2031]) {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(year) });
    const database = join(directory, `${year}.db`);
    const { farAway } = await ensureDemoCatalogue(database, source);
    const oracle = openMagnetar(database, farAway);
    const files: Artifact[] = [];
    oracle.readdir(oracle.root().id, 0, (file) => {
      files.push(file);
      return true;
    });
    oracle.close();
    descriptions.push([oracle.job.contentId, files.map(({ id, size, mtime }) => ({ id, size, mtime }))]);
    expect(files).toHaveLength(3);
  }
  expect(descriptions[1]).toEqual(descriptions[0]);
});
