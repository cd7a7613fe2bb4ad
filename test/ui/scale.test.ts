/** Very much is listed and little is in the document: rows come and go as one scrolls, from the first to the last. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openBrowser, pageFailures } from './browser.ts';
import { addJob, addManyJobs, newCatalogue, numberedFiles } from './catalogues.ts';
import { files, heading, jobLink } from './pages.ts';
import { startProgram } from './running-program.ts';

const JOBS = 200;
const FILES = 100_000;
// A page of rows with their controls; with all rows in it, it would be a hundred times that.
const MOST_ELEMENTS = 2_500;

const elements = (page: Page): Promise<number> =>
  page.evaluate<number>('document.querySelectorAll("*").length');

it('scrolls 200 jobs and a directory of 100,000 files', async () => {
  const database = newCatalogue();
  addManyJobs(database, JOBS - 1);
  addJob(database, { name: 'zenith', files: numberedFiles(FILES) });
  const program = await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
  const { open } = await openBrowser();
  const page = await open(program.url);
  await jobLink(page, 'survey 001').waitFor();
  await page.getByText(`0 of ${String(JOBS)} jobs mounted`).waitFor();
  expect(await elements(page)).toBeLessThan(MOST_ELEMENTS);

  await page.getByRole('list', { name: 'Jobs' }).hover();
  const last = jobLink(page, 'zenith');
  while (!(await last.isVisible())) {
    await page.mouse.wheel(0, 2_000);
    await page.evaluate('new Promise(requestAnimationFrame)');
    expect(await elements(page)).toBeLessThan(MOST_ELEMENTS);
  }
  await last.click();
  await heading(page, 'zenith').waitFor();

  const grid = files(page);
  await grid.getByText('frame 000000.raw').waitFor();
  expect(await grid.getAttribute('aria-rowcount')).toBe(String(FILES));
  await grid.hover();
  for (let step = 0; step < 20; step += 1) {
    await page.mouse.wheel(0, 30_000);
    await page.evaluate('new Promise(requestAnimationFrame)');
    expect(await elements(page)).toBeLessThan(MOST_ELEMENTS);
  }
  await grid.focus();
  await page.keyboard.press('End');
  await grid.getByText(`frame ${String(FILES - 1).padStart(6, '0')}.raw`).waitFor();
  expect(await elements(page)).toBeLessThan(MOST_ELEMENTS);
  await page.keyboard.press('Home');
  await grid.getByText('frame 000000.raw').waitFor();
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});
