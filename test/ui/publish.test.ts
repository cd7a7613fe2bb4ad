/** Publishing from the screen: into which catalogue is said before it is done, and a choice where there are several. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { newDirectory } from '../helpers/system.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { addJob, newCatalogue } from './catalogues.ts';
import { keyboard } from './hands.ts';
import { startProgram } from './running-program.ts';

function folder(): string {
  const directory = newDirectory('folder');
  writeFileSync(join(directory, 'one.txt'), 'one');
  return directory;
}

async function openDialog(page: Page): Promise<Locator> {
  await keyboard.choose(page.getByRole('button', { name: 'Add', exact: true }), 'Publish a folder…');
  return page.getByRole('dialog', { name: 'Publish a folder' });
}

async function publish(page: Page, dialog: Locator, name: string): Promise<void> {
  await keyboard.type(dialog.getByLabel('Folder or URL'), folder());
  await keyboard.type(dialog.getByLabel('Name'), name);
  await keyboard.press(dialog.getByRole('button', { name: 'Publish' }));
  await dialog.waitFor({ state: 'hidden' });
  const tasks = page.getByRole('region', { name: 'Tasks' });
  await tasks.getByText('Done').waitFor();
  await keyboard.press(tasks.getByRole('button', { name: 'Dismiss' }));
}

it('makes a catalogue where there is none, and says so; then the one there is', async () => {
  const program = await startProgram({ settings: '# mine\n' });
  const made = join(program.home, '.local/share/orbit-ghost/magnetar.db');
  const { open } = await openBrowser();
  const page = await open(program.url);
  const first = await openDialog(page);
  await first.getByText(`There is no catalogue to add it to yet; it is made as ${made}.`).waitFor();
  await publish(page, first, 'the first');
  expect((await program.job('the first')).catalogue).toBe(made);
  const second = await openDialog(page);
  await second.getByText(`The job is added to the catalogue ${made}.`).waitFor();
  await publish(page, second, 'the second');
  expect((await program.job('the second')).catalogue).toBe(made);
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});

it('lets one choose among several', async () => {
  const catalogues = ['a', 'b'].map((name) => {
    const database = newCatalogue();
    addJob(database, { name, files: [] });
    return database;
  });
  const program = await startProgram({ settings: `catalogues = ${JSON.stringify(catalogues)}\n` });
  const { open } = await openBrowser();
  const page = await open(program.url);
  const dialog = await openDialog(page);
  const choice = dialog.getByLabel('Catalogue');
  const [one = '', other = ''] = catalogues;
  expect(await choice.inputValue()).toBe(one);
  expect(await choice.locator('option').allInnerTexts()).toHaveLength(2);
  await choice.selectOption(other);
  await publish(page, dialog, 'mine');
  expect((await program.job('mine')).catalogue).toBe(other);
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});
