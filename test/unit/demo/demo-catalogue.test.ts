import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ensureDemoCatalogue } from '../../../src-main/demo/demo-catalogue.ts';
import type { Artifact } from '../../../src-main/engine/metadata/metadata-oracle.ts';
import { openMagnetar } from '../../../src-main/engine/metadata/magnetar/magnetar-adapter.ts';

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
