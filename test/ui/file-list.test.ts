/** The list of files while its catalogue is in trouble, and when it becomes shorter under the reader's eyes. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import { runOk } from '../helpers/child.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { until } from '../helpers/system-until.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { addJob, newCatalogue, numberedFiles } from './catalogues.ts';
import { files, jobLink } from './pages.ts';
import { startProgram } from './running-program.ts';

const FILES = 2_000;
const FEWER = 700;

const nameOf = (number: number): string => `frame ${String(number).padStart(6, '0')}.raw`;

/** The row the cursor is on, as a screen reader finds it; empty when there is none. */
function currentRow(grid: Locator): Promise<string> {
  return grid.evaluate((element) => {
    const id = element.getAttribute('aria-activedescendant') ?? '';
    return element.ownerDocument.getElementById(id)?.textContent ?? '';
  });
}

it('says why a part of a folder does not come, fetches it when asked to, and keeps its cursor in the list', async () => {
  const database = newCatalogue();
  addJob(database, { name: 'survey', files: numberedFiles(FILES) });
  const other = new Database(database);
  onCleanup('the other program', () => Promise.resolve(other.close()).then(() => undefined));
  const program = await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
  const { key } = await program.job('survey');
  const { mountPoint } = await program.client.call('jobs.mount', { job: key });
  const { open } = await openBrowser();
  const page = await open(program.url);
  await jobLink(page, 'survey').click();
  const grid = files(page);
  await grid.getByText(nameOf(0)).waitFor();

  other.exec('BEGIN EXCLUSIVE');
  await grid.focus();
  await page.keyboard.press('End');
  const problem = page.getByText('A part of this folder cannot be listed:');
  await problem.waitFor();
  other.exec('ROLLBACK');
  await page.getByRole('button', { name: 'Try again' }).click();
  await grid.getByText(nameOf(FILES - 1)).waitFor();
  await problem.waitFor({ state: 'detached' });
  expect(await currentRow(grid)).toContain(nameOf(FILES - 1));

  // Out of sight the cursor is no row of the document.
  await grid.hover();
  await page.mouse.wheel(0, -FILES * 40);
  await grid.getByText(nameOf(0)).waitFor();
  expect(await grid.getAttribute('aria-activedescendant')).toBeNull();
  await grid.focus();
  await page.keyboard.press('End');
  await grid.getByText(nameOf(FILES - 1)).waitFor();

  other.prepare(`DELETE FROM artifacts WHERE name > ? AND is_dir = 0`).run(nameOf(FEWER - 1));
  // A read changes what is cached; then the list is asked for again.
  await runOk('cat', [join(mountPoint, nameOf(1))], { discardStdout: true });
  await until('the shorter list', async () => (await grid.getAttribute('aria-rowcount')) === String(FEWER));
  await until('the cursor on its last row', async () => (await currentRow(grid)).includes(nameOf(FEWER - 1)));
  await grid.focus();
  await page.keyboard.press('ArrowUp');
  await until('the row above', async () => (await currentRow(grid)).includes(nameOf(FEWER - 2)));
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});
