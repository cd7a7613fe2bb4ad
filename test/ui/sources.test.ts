/** Two mounted jobs whose sources fail: the screen tells the one that waits from the one that needs a person, and both heal. */
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { run } from '../helpers/child.ts';
import { startFileServer } from '../helpers/file-server.ts';
import { publish } from '../helpers/mounted-job.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { newDirectory } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { newCatalogue } from './catalogues.ts';
import { heading, jobLink, tab } from './pages.ts';
import { environmentOf, startProgram } from './running-program.ts';

const BYTES = 4 * 2 ** 20;

/** A job behind a server that answers as `status` says. */
async function serve(database: string, name: string) {
  const tree = newDirectory('tree');
  writeSeededFile(join(tree, 'scan.tif'), BYTES, 3);
  let status: number | undefined;
  const server = await startFileServer(tree, { refusal: () => status });
  onCleanup(`the server of ${name}`, () => server.close());
  const env = environmentOf(newDirectory('home'));
  await publish({ tree, database, source: `${server.url}/`, args: ['--name', name], env });
  return {
    answer: (with_: number | undefined) => {
      status = with_;
    },
  };
}

const row = (page: Page, name: string): Locator =>
  page.getByRole('article').filter({ has: page.getByRole('button', { name, exact: true }) });

it('tells a source that is away from one that refuses the credentials, and both from one that is well', async () => {
  const database = newCatalogue();
  const slides = await serve(database, 'slides');
  const survey = await serve(database, 'survey');
  const program = await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
  const mount = async (name: string): Promise<string> => {
    const { key } = await program.job(name);
    const { mountPoint } = await program.client.call('jobs.mount', { job: key });
    return join(mountPoint, 'scan.tif');
  };
  const files = [await mount('slides'), await mount('survey')];
  const { open } = await openBrowser();
  const page = await open(program.url);
  const status = page.getByRole('region', { name: 'Status' });
  await row(page, 'slides').getByText('Mounted', { exact: true }).waitFor();
  await status.getByText('Engine running').waitFor();

  slides.answer(503);
  survey.answer(401);
  for (const file of files) expect((await run('cat', [file])).code).toBe(1);
  await row(page, 'slides').getByText('Offline', { exact: true }).waitFor();
  await row(page, 'slides').getByText('Cached data stays readable; the rest fails until').waitFor();
  await row(page, 'survey').getByText('No access', { exact: true }).waitFor();
  await row(page, 'survey').getByText('renew the access at the source').waitFor();
  await status.getByText('1 job without access').waitFor();

  await jobLink(page, 'survey').click();
  await heading(page, 'survey').waitFor();
  await page.getByText('No access', { exact: true }).waitFor();
  await page.getByRole('status').filter({ hasText: 'the server wants other credentials (401)' }).waitFor();

  for (const server of [slides, survey]) server.answer(undefined);
  for (const file of files) await expect.poll(async () => (await run('cat', [file])).code).toBe(0);
  await page.getByText('No access', { exact: true }).waitFor({ state: 'detached' });
  await tab(page, 'Jobs').click();
  for (const name of ['slides', 'survey']) {
    await row(page, name).getByText('Mounted', { exact: true }).waitFor();
    expect(await row(page, name).getByText('Cached data stays readable').count()).toBe(0);
  }
  await status.getByText('Engine running').waitFor();
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});
