/** Downloads in a real browser: the file itself, and where there is none the reason, in words. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Download, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { MAX_DOWNLOADS } from '../../src-main/web/downloads.ts';
import { runOk } from '../helpers/child.ts';
import { until } from '../helpers/system-until.ts';
import { ownCommand } from '../../src-main/output/own-command.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { addJob, newCatalogue } from './catalogues.ts';
import { heading, openFile, tab } from './pages.ts';
import { startProgram } from './running-program.ts';

const MIB = 2 ** 20;
const JOB = 'survey';
const SMALL = 'notes.bin';
/** Two minutes at the speed of its source. */
const LARGE = 'scan.tif';

const button = (page: Page) => page.getByRole('button', { name: 'Download' });
const message = (page: Page) => page.getByRole('region', { name: 'Messages' }).getByRole('listitem');

async function download(page: Page): Promise<Download> {
  const [begun] = await Promise.all([page.waitForEvent('download'), button(page).click()]);
  return begun;
}

async function expectRefused(page: Page, sentence: string): Promise<void> {
  const begun: Download[] = [];
  page.on('download', (unexpected) => begun.push(unexpected));
  await button(page).click();
  await message(page).getByText(sentence, { exact: true }).waitFor();
  expect(begun).toEqual([]);
  page.removeAllListeners('download');
  await message(page).getByRole('button', { name: 'Dismiss message' }).click();
  await message(page).waitFor({ state: 'detached' });
}

const checkAddress = (page: Page, job: string): string =>
  new URL(`/download/check?job=${job}&path=${LARGE}`, page.url()).href;

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

it('hands out a file, and says why one is refused', async () => {
  const database = newCatalogue();
  addJob(database, {
    name: JOB,
    files: [
      { name: SMALL, size: 3 * MIB + 17 },
      { name: LARGE, size: 256 * MIB },
    ],
    source: 'sim:?latency=0&bandwidth=2MB/s',
  });
  const program = await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
  const { key } = await program.job(JOB);
  const { mountPoint } = await program.client.call('jobs.mount', { job: key });
  const { open } = await openBrowser();
  const page = await open(program.url);

  await openFile(page, JOB, SMALL);
  const whole = await download(page);
  expect(whole.suggestedFilename()).toBe(SMALL);
  const expected = (await runOk('sha256sum', [join(mountPoint, SMALL)])).split(' ')[0];
  expect(await digestOf(await whole.path())).toBe(expected);

  await openFile(page, JOB, LARGE);
  const running: Download[] = [];
  while (running.length < MAX_DOWNLOADS) running.push(await download(page));
  await expectRefused(page, 'Not downloaded: 4 downloads are under way; wait for one to end.');
  await running[0]?.cancel();
  await until('a place', async () => (await page.request.get(checkAddress(page, key))).status() === 204);
  await (await download(page)).cancel();
  for (const rest of running.slice(1)) await rest.cancel();

  await page.context().clearCookies();
  await expectRefused(
    page,
    `Not downloaded: This browser is not signed in; open the address that \`${ownCommand()} open\` prints.`,
  );
  expect(pageFailures(page, /503|401/)).toEqual([]);
  await program.stop();
});

it('says so when the program is gone', async () => {
  const database = newCatalogue();
  addJob(database, { name: JOB, files: [{ name: SMALL, size: MIB }] });
  const program = await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
  const { key } = await program.job(JOB);
  await program.client.call('jobs.mount', { job: key });
  const { open } = await openBrowser();
  const page = await open(program.url, { width: 360 });
  await openFile(page, JOB, SMALL);
  // An orderly end unmounts first, and what is not mounted has no download.
  program.process.signal('SIGKILL');
  await page.getByText('Disconnected.').waitFor();
  await expectRefused(
    page,
    'Not downloaded: Orbit GhostFS does not answer. Try again when the screen is connected.',
  );
  // A message that stays is in nobody's way.
  await button(page).click();
  await message(page).waitFor();
  await tab(page, 'Settings').click();
  await heading(page, 'Settings').waitFor();
  expect(pageFailures(page, /WebSocket|ERR_CONNECTION_/)).toEqual([]);
  await program.stop();
});
