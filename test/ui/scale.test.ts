/** Very much is listed and little is in the document: rows come and go as one scrolls, smoothly, from the first to the last. */
import { expect, it } from 'vitest';
import { openBrowser, pageFailures } from './browser.ts';
import { addJob, addManyJobs, newCatalogue, numberedFiles } from './catalogues.ts';
import { files, heading, jobLink } from './pages.ts';
import { startProgram } from './running-program.ts';
import { FILE_LIST, JOB_LIST, scrollThrough } from './scrolling.ts';
import type { Scrolling } from './scrolling.ts';

const JOBS = 200;
const FILES = 100_000;
// A page of rows with their controls; with all rows in it, it would be a hundred times that.
const MOST_ELEMENTS = 2_500;
// Alone on its machine none is; beside a busy neighbour some are. A list that renders every row is slow in nearly all.
const MOST_SLOW_PERCENT = 20;
const MOST_BARE_PERCENT = 1;
const FEWEST_FRAMES = 30;

function expectSmooth(scrolling: Scrolling, what: string): void {
  expect(scrolling.frames, what).toBeGreaterThanOrEqual(FEWEST_FRAMES);
  expect(scrolling.slowPercent, what).toBeLessThanOrEqual(MOST_SLOW_PERCENT);
  expect(scrolling.barePercent, what).toBeLessThanOrEqual(MOST_BARE_PERCENT);
  expect(scrolling.elements, what).toBeLessThan(MOST_ELEMENTS);
}

it('scrolls 200 jobs and a directory of 100,000 files smoothly', async () => {
  const database = newCatalogue();
  addManyJobs(database, JOBS - 1);
  addJob(database, { name: 'zenith', files: numberedFiles(FILES) });
  const program = await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
  const { open } = await openBrowser();
  const page = await open(program.url);
  await jobLink(page, 'survey 001').waitFor();
  await page.getByText(`0 of ${String(JOBS)} jobs mounted`).waitFor();

  expectSmooth(await scrollThrough(page, JOB_LIST, { wheel: 300, turns: 70 }), 'jobs');
  const last = jobLink(page, 'zenith');
  await last.waitFor();
  await last.click();
  await heading(page, 'zenith').waitFor();

  const grid = files(page);
  await grid.getByText('frame 000000.raw', { exact: true }).waitFor();
  expect(await grid.getAttribute('aria-rowcount')).toBe(String(FILES));
  // Row by row, then page after page of entries that have to be asked for.
  expectSmooth(await scrollThrough(page, FILE_LIST, { wheel: 240, turns: 60 }), 'files');
  const far = await scrollThrough(page, FILE_LIST, { wheel: 30_000, turns: 40 });
  expectSmooth(far, 'files, far');
  expect(far.distance).toBeGreaterThan(1_000_000);
  await grid.focus();
  await page.keyboard.press('End');
  await grid.getByText(`frame ${String(FILES - 1).padStart(6, '0')}.raw`, { exact: true }).waitFor();
  await page.keyboard.press('Home');
  await grid.getByText('frame 000000.raw', { exact: true }).waitFor();
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});
