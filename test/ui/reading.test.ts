/** A program reads while a narrow page is open: the row of its job says how fast, the map's legend what was just read. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runOk, start } from '../helpers/child.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { addJob, newCatalogue } from './catalogues.ts';
import { blocksIn, jobLink, openFile, tab } from './pages.ts';
import { startProgram } from './running-program.ts';

const JOB = 'survey';
const FILE = 'scan.tif';
const MIB = 2 ** 20;
/** A read glows for a second and a half. */
const LIMIT = { timeout: 20_000 };

it('shows how fast it is fetched and what was just read, also on a telephone', async () => {
  const database = newCatalogue();
  addJob(database, {
    name: JOB,
    files: [{ name: FILE, size: 64 * MIB }],
    source: 'sim:?latency=5ms&bandwidth=4MB/s',
  });
  const program = await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
  const { key } = await program.job(JOB);
  const { mountPoint } = await program.client.call('jobs.mount', { job: key });
  const { open } = await openBrowser();
  const page = await open(program.url, { width: 360, height: 740 });
  await jobLink(page, JOB).waitFor();

  const reader = await start('cat', [join(mountPoint, FILE)], { discardStdout: true });
  const row = page.getByRole('article');
  await row.getByText('Hit rate').waitFor();
  await row.getByText(/^\d.* [KM]iB\/s$/).waitFor();
  await openFile(page, JOB, FILE);
  const justRead = blocksIn(page, 'Just read');
  await expect.poll(() => justRead.innerText(), LIMIT).not.toBe('0');
  await reader.stop({ signal: 'SIGKILL' });
  // It fades when nothing is read any more.
  await expect.poll(() => justRead.innerText(), LIMIT).toBe('0');
  expect(pageFailures(page)).toEqual([]);

  // Read before this page was opened: counted all the same.
  await page.context().close();
  await runOk('head', ['-c', String(8 * MIB), join(mountPoint, FILE)], { discardStdout: true });
  const later = await open(await program.newUrl());
  await tab(later, 'Activity').click();
  await later
    .getByRole('img', { name: /^Read over the last two minutes: .* at most \d.* MiB\/s in \d+ s/ })
    .waitFor();
  expect(pageFailures(later)).toEqual([]);
  await program.stop();
});
