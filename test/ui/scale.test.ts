/** Very much is listed and little is in the document: rows come and go as one scrolls, smoothly, from the first to the last. */
import { expect, it } from 'vitest';
import { until } from '../helpers/system-until.ts';
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
/**
 * What the page itself works for one turn of the wheel, whatever else the machine does: less than two frames of 60 a second,
 * and in hardly any turn so long that one sees a jump. Processor time in milliseconds.
 */
const MOST_WORK_MS = 33;
const MOST_P95_WORK_MS = 100;
const MOST_BARE_PERCENT = 1;
const FEWEST_FRAMES = 30;

function expectSmooth(scrolling: Scrolling, what: string): void {
  expect(scrolling.frames, what).toBeGreaterThanOrEqual(FEWEST_FRAMES);
  expect(scrolling.medianWorkMs, what).toBeLessThanOrEqual(MOST_WORK_MS);
  expect(scrolling.p95WorkMs, what).toBeLessThanOrEqual(MOST_P95_WORK_MS);
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
  // Row by row, past the entries that were asked for first: the next are there before one gets to them.
  const near = await scrollThrough(page, FILE_LIST, { wheel: 240, turns: 90 });
  expectSmooth(near, 'files');
  expect(near.distance).toBeGreaterThan(20_000);
  expect(near.waitingPercent).toBeLessThanOrEqual(MOST_BARE_PERCENT);
  // More in each frame than one answer holds: grey lines first, and their entries as soon as the list stands still.
  const far = await scrollThrough(page, FILE_LIST, { wheel: 30_000, turns: 40 });
  expectSmooth(far, 'files, far');
  expect(far.distance).toBeGreaterThan(1_000_000);
  await grid
    .getByText(/^frame \d+\.raw$/)
    .first()
    .waitFor();
  await until('all entries', async () => (await grid.getByLabel('Loading').count()) === 0);
  await grid.focus();
  await page.keyboard.press('End');
  await grid.getByText(`frame ${String(FILES - 1).padStart(6, '0')}.raw`, { exact: true }).waitFor();
  await page.keyboard.press('Home');
  await grid.getByText('frame 000000.raw', { exact: true }).waitFor();
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});
