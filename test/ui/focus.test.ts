/** Where the keyboard is: in the first field of a form, on the answer that changes nothing, back where it came from. */
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { run, start } from '../helpers/child.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { addJob, newCatalogue } from './catalogues.ts';
import { keyboard } from './hands.ts';
import { files, heading, jobLink, tab } from './pages.ts';
import type { PageName } from './pages.ts';
import { startProgram } from './running-program.ts';
import type { RunningProgram } from './running-program.ts';

const JOB = 'survey';
const FILE = 'scan of the north.tif';

async function programWithJob(): Promise<RunningProgram> {
  const database = newCatalogue();
  addJob(database, { name: JOB, files: [{ name: FILE, size: 2 ** 20 }] });
  return await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
}

async function expectFocus(target: Locator): Promise<void> {
  await expect
    .poll(() => target.evaluate((element) => element === element.ownerDocument.activeElement))
    .toBe(true);
}

/** Whether what has the focus is outlined. */
const outlined = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>(
    `getComputedStyle(document.activeElement).outlineStyle !== 'none' && document.activeElement !== document.body`,
  );

it('goes into a dialog where one begins, and back to what opened it', async () => {
  const program = await programWithJob();
  const { open } = await openBrowser();
  const page = await open(program.url);
  const add = page.getByRole('button', { name: 'Add', exact: true });
  const dialog = page.getByRole('dialog');
  for (const [item, field] of [
    ['Publish a folder…', 'Folder or URL'],
    ['Catalogues…', 'Add a catalogue'],
  ] as const) {
    await keyboard.choose(add, item);
    await expectFocus(dialog.getByLabel(field));
    expect(await outlined(page)).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await expectFocus(add);
  }

  const { key } = await program.job(JOB);
  const { mountPoint } = await program.client.call('jobs.mount', { job: key });
  const file = join(mountPoint, FILE);
  await run('cat', [file]);
  await keyboard.press(tab(page, 'Cache'));
  const clear = page.getByRole('button', { name: `Clear ${JOB}` });
  await keyboard.press(clear);
  await expectFocus(dialog.getByRole('button', { name: 'Keep it' }));
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await expectFocus(clear);

  // Something is open: the safe answer leaves it mounted.
  const holder = await start('sh', ['-c', 'exec 3<"$0"; echo open; exec sleep 600', file]);
  await holder.waitForLine(/open/);
  await keyboard.press(tab(page, 'Jobs'));
  const unmount = page.getByRole('button', { name: `Unmount ${JOB}` });
  await keyboard.press(unmount);
  await expectFocus(dialog.getByRole('button', { name: 'Keep mounted' }));
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await expectFocus(unmount);
  await holder.stop();
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});

it('goes to the heading of the page that opens', async () => {
  const program = await programWithJob();
  const { open } = await openBrowser();
  const page = await open(program.url);
  for (const name of ['Activity', 'Cache', 'Settings', 'Jobs'] as const satisfies readonly PageName[]) {
    await keyboard.press(tab(page, name));
    await expectFocus(heading(page, name));
  }
  await keyboard.press(jobLink(page, JOB));
  await expectFocus(heading(page, JOB));
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});

it('stays with the file that is selected, also where list and file take turns', async () => {
  const program = await programWithJob();
  const { open } = await openBrowser();
  for (const width of [360, 1280]) {
    const page = await open(await program.newUrl(), { width });
    await keyboard.press(jobLink(page, JOB));
    await keyboard.pick(files(page), FILE);
    const title = page.getByRole('heading', { level: 2, name: FILE });
    await title.waitFor();
    if (width === 360) await expectFocus(title);
    else await expectFocus(files(page));
    await keyboard.press(page.getByRole('button', { name: 'Close file' }));
    await expectFocus(files(page));
    expect(pageFailures(page)).toEqual([]);
    await page.context().close();
  }
  await program.stop();
});
