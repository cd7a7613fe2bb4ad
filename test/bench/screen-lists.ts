/** The screen's long lists, scrolled with the wheel: 200 jobs, and a directory of 100,000 files. */
import type { Page } from 'playwright-core';
import { addJob, addManyJobs, numberedFiles } from '../ui/catalogues.ts';
import { files, jobLink } from '../ui/pages.ts';
import { FILE_LIST, JOB_LIST, scrollThrough } from '../ui/scrolling.ts';
import type { LongList } from '../ui/scrolling.ts';
import type { Metric, Row } from './report.ts';

export const FRAME: Metric = { name: 'frame p95', unit: 'ms' };
export const SLOW: Metric = { name: 'frames over 100 ms', unit: '%' };

const JOBS = 200;
const FILES = 100_000;
const LARGE_JOB = 'archive';
/** A turn of a usual wheel, and one of a hand in a hurry. */
const CALM = { wheel: 240, turns: 120 };
const HASTY = { wheel: 30_000, turns: 80 };

export function addLongLists(database: string): void {
  addManyJobs(database, JOBS);
  addJob(database, { name: LARGE_JOB, files: numberedFiles(FILES) });
}

export async function measureScrolling(
  page: Page,
  progress: (line: string) => void,
): Promise<readonly Row[]> {
  progress('scrolling');
  const name = jobLink(page, LARGE_JOB);
  await page.getByRole('list', { name: 'Jobs' }).waitFor();
  const jobs = await row('jobs', `${String(JOBS)} of them, row by row`, page, JOB_LIST, CALM);
  await page.getByRole('searchbox', { name: 'Search jobs' }).fill(LARGE_JOB);
  await name.click();
  await files(page).getByText('frame 000000.raw', { exact: true }).waitFor();
  const calm = await row('files', '100,000 in one directory, row by row', page, FILE_LIST, CALM);
  const hasty = await row(
    'files, fast',
    '100,000 in one directory, 800 rows a frame',
    page,
    FILE_LIST,
    HASTY,
  );
  await page.context().close();
  return [jobs, calm, hasty];
}

async function row(
  contender: string,
  description: string,
  page: Page,
  list: LongList,
  wheel: { readonly wheel: number; readonly turns: number },
): Promise<Row> {
  const { p95Ms, slowPercent } = await scrollThrough(page, list, wheel);
  const values = { [FRAME.name]: p95Ms, [SLOW.name]: slowPercent };
  const runs = Object.fromEntries(Object.entries(values).map(([metric, value]) => [metric, [value]]));
  return { contender, description, values, runs };
}
