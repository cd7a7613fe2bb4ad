/** What is taken of each program's screen, by going where a person would: page by page, and the dialogs on them. */
import type { Page } from 'playwright-core';
import { until } from '../helpers/system-until.ts';
import { blocksIn, files, heading, jobLink, tab } from './pages.ts';
import type { PageName } from './pages.ts';
import {
  BLOCKED_JOB,
  BROKEN_FILE,
  BROKEN_JOB,
  BUSY_FILE,
  BUSY_JOB,
  EMPTY_JOB,
  USED_JOB,
} from './screenshot-programs.ts';

/** `take` is to be called when the page shows what it is to show. */
export type Take = (page: Page, take: (name: string) => Promise<void>) => Promise<void>;

const PAGES: readonly PageName[] = ['Jobs', 'Activity', 'Cache', 'Health', 'Settings'];

async function open(page: Page, name: PageName): Promise<void> {
  await tab(page, name).click();
  await heading(page, name).waitFor();
  // Settings and the cache's state are asked for, and the log comes by itself.
  if (name === 'Settings') await page.getByLabel('Theme').waitFor();
  if (name === 'Cache') await page.getByText('Free on the disk').waitFor();
  if (name === 'Health') await page.getByRole('list', { name: 'Checks' }).waitFor();
  if (name === 'Activity')
    await page
      .getByRole('log', { name: 'Log' })
      .getByText(/^\d\d:|Nothing has been/)
      .first()
      .waitFor();
}

async function openFolder(page: Page, job: string): Promise<void> {
  await tab(page, 'Jobs').click();
  await jobLink(page, job).click();
  await files(page).getByRole('row').first().waitFor();
}

async function openDialog(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
  await page.getByRole('dialog').waitFor();
}

async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

export const empty: Take = async (page, take) => {
  await page.getByText('Ready').first().waitFor();
  await take('first run');
  for (const name of ['Activity', 'Cache', 'Settings'] as const) {
    await open(page, name);
    await take(name.toLowerCase());
  }
  await tab(page, 'Jobs').click();
  await page.getByRole('button', { name: 'Go to jobs' }).click();
  await page.getByText('No jobs yet').waitFor();
  await take('jobs');
  await openDialog(page, 'Catalogues…');
  await take('catalogues');
  await closeDialog(page);
  await openDialog(page, 'Publish a folder…');
  await take('publish');
};

/** Nothing moves: a job without files, a mount that somebody uses, and what asks for something. */
export const quiet: Take = async (page, take) => {
  await openDialog(page, 'Catalogues…');
  await page.getByRole('dialog').getByLabel('Add a catalogue').fill('notes.txt');
  await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('dialog').getByText('not an absolute path').waitFor();
  await take('catalogues');
  await closeDialog(page);
  await openDialog(page, 'Publish a folder…');
  await page.getByRole('dialog').getByLabel('Folder or URL').fill('/srv/surveys/2024');
  await take('publish');
  await closeDialog(page);
  await page.getByRole('button', { name: `Unmount ${USED_JOB}` }).click();
  await page.getByRole('dialog').waitFor();
  await take('in use');
  await closeDialog(page);
  await jobLink(page, EMPTY_JOB).click();
  await page.getByText('This folder is empty').waitFor();
  await take('job');
};

export const busy: Take = async (page, take) => {
  for (const name of PAGES) {
    await open(page, name);
    await take(name.toLowerCase());
  }
  await openFolder(page, BUSY_JOB);
  await take('job');
  await files(page).getByRole('row', { name: BUSY_FILE }).click();
  await blocksIn(page, 'Cached').waitFor();
  await page.getByRole('list', { name: 'Readers' }).first().waitFor();
  await until('blocks on their way', async () => (await blocksIn(page, 'Fetching').innerText()) !== '0');
  await take('file');
  await open(page, 'Cache');
  await page.getByRole('button', { name: 'Clear cache…' }).click();
  await page.getByRole('dialog').waitFor();
  await take('clear cache');
};

export const failing: Take = async (page, take) => {
  for (const name of PAGES) {
    await open(page, name);
    if (name === 'Settings') {
      await page.getByLabel('Cache limit').fill('plenty');
      await page.getByLabel('Transfers at the same time').fill('5000');
      await page.keyboard.press('Tab');
      await page.getByRole('alert').filter({ hasText: /\d/ }).first().waitFor();
    }
    await take(name.toLowerCase());
  }
  await openFolder(page, BROKEN_JOB);
  await take('job');
  await files(page).getByRole('row', { name: BROKEN_FILE }).click();
  await blocksIn(page, 'Cached').waitFor();
  await take('file');
  await tab(page, 'Jobs').click();
  await page.getByRole('button', { name: `Mount ${BLOCKED_JOB}` }).click();
  await page.getByRole('region', { name: 'Messages' }).getByRole('listitem').waitFor();
  await page.getByRole('list', { name: 'Jobs' }).getByText('Failed', { exact: true }).waitFor();
  await take('message');
};

export const mistaken: Take = async (page, take) => {
  await open(page, 'Settings');
  await take('settings');
};
