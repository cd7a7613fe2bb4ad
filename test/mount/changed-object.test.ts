/** An object that changes at its server while it is open: nobody gets a mixture, and who opens the new version gets it. */
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run, start } from '../helpers/child.ts';
import { JOB, TestCatalogue } from '../helpers/driver-catalogue.ts';
import { startFileServer } from '../helpers/file-server.ts';
import { mountJob } from '../helpers/mounted-job.ts';
import { newDirectory } from '../helpers/system.ts';
import { until } from '../helpers/system-until.ts';
import { writeSeededFile } from '../helpers/tree.ts';

const BLOCK = 64 * 2 ** 10;
const BLOCKS = 6;
const PUBLISHED_AT = 1_600_000_000;
const CHANGED_AT = 1_700_000_000;

it('is stale to who has it open when the server answers 412, and new to who opens it once the catalogue says so', async () => {
  const tree = newDirectory('tree');
  const file = join(tree, 'data.bin');
  const put = (seed: number, mtime: number): void => {
    rmSync(file, { force: true });
    writeSeededFile(file, BLOCKS * BLOCK, seed);
    utimesSync(file, mtime, mtime);
  };
  put(1, PUBLISHED_AT);
  await using server = await startFileServer(tree);
  const catalogue = new TestCatalogue(join(newDirectory('catalogue'), 'magnetar.db'), server.url);
  catalogue.add({
    id: 'data',
    parent: 'root',
    name: 'data.bin',
    size: BLOCKS * BLOCK,
    mtime: PUBLISHED_AT,
  });
  const args = ['--block-size', String(BLOCK)];
  await using mount = await mountJob({ database: catalogue.path, job: JOB, args });
  const through = join(mount.mountPoint, 'data.bin');

  const gate = join(newDirectory('gate'), 'go');
  const direct = `dd bs=${String(BLOCK)} count=1 iflag=direct status=none`;
  const script = `exec 3<"$0"; ${direct} <&3 >/dev/null && echo open; until [ -e "$1" ]; do sleep 0.02; done; ${direct} skip=4 <&3`;
  const reader = await start('bash', ['-c', script, through, gate]);
  await reader.waitForLine(/^open$/);
  put(2, CHANGED_AT);
  writeFileSync(gate, '');
  expect(await reader.exited).toEqual({ code: 1, signal: null });
  expect(reader.stderr()).toContain('Stale file handle');
  expect(server.requests('data.bin').at(-1)?.headers).toHaveProperty('if-match');

  catalogue.database.prepare('UPDATE artifacts SET mtime = ?').run(CHANGED_AT);
  catalogue.database.close();
  await until('the new version is read', async () => (await run('cmp', [file, through])).code === 0);
});
