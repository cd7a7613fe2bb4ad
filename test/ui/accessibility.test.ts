/** axe finds nothing serious on any page or dialog, in light and in dark, wide and narrow, and with problems on the screen. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, it } from 'vitest';
import { run } from '../helpers/child.ts';
import { expectAccessible, LOOKS } from './accessibility.ts';
import { openBrowser } from './browser.ts';
import { addJob, newCatalogue } from './catalogues.ts';
import { files, heading, jobLink, tab } from './pages.ts';
import { startProgram } from './running-program.ts';

const MIB = 2 ** 20;

/** A page shows a dialog, is judged, and closes it again. */
async function judgeDialog(page: Page, opening: () => Promise<void>): Promise<void> {
  await opening();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await expectAccessible(page, await dialog.innerText());
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
}

it('first run and no session', async () => {
  const program = await startProgram();
  const { open } = await openBrowser();
  for (const look of LOOKS) {
    const page = await open(await program.newUrl(), look);
    await page.getByText('Ready').first().waitFor();
    await expectAccessible(page, 'first run');
    for (const name of ['Activity', 'Cache'] as const) {
      await tab(page, name).click();
      await heading(page, name).waitFor();
      await expectAccessible(page, `${name}, empty`);
    }
    await page.context().close();
    const stranger = await open(new URL('/', program.url).href, look);
    await stranger.getByText('This screen is not signed in').waitFor();
    await expectAccessible(stranger, 'no session');
    await stranger.context().close();
  }
  await program.stop();
});

describe('with jobs, blocks and a problem', () => {
  it.each(LOOKS)('in $theme at $width', async (look) => {
    const database = newCatalogue();
    addJob(database, { name: 'good', files: [{ name: 'scan.tif', size: 8 * MIB }] });
    addJob(database, {
      name: 'broken',
      files: [{ name: 'lost.tif', size: MIB }],
      source: 'sim:?latency=0&error-rate=1',
    });
    const program = await startProgram({
      settings: `catalogues = [${JSON.stringify(database)}]\ndeadline = 2\n`,
    });
    for (const name of ['good', 'broken']) {
      const { key } = await program.job(name);
      const { mountPoint } = await program.client.call('jobs.mount', { job: key });
      await run('cat', [join(mountPoint, name === 'good' ? 'scan.tif' : 'lost.tif')]);
    }
    const { open } = await openBrowser();
    const page = await open(program.url, look);
    await jobLink(page, 'good').waitFor();
    await expectAccessible(page, 'jobs');
    const add = page.getByRole('button', { name: 'Add', exact: true });
    for (const item of ['Catalogues…', 'Publish a folder…']) {
      await judgeDialog(page, async () => {
        await add.click();
        await page.getByRole('menuitem', { name: item }).click();
      });
    }
    await jobLink(page, 'good').click();
    await files(page).getByRole('row', { name: 'scan.tif' }).waitFor();
    await expectAccessible(page, 'job');
    await files(page).getByRole('row', { name: 'scan.tif' }).click();
    await page.getByRole('heading', { level: 2, name: 'scan.tif' }).waitFor();
    await expectAccessible(page, 'file');
    await tab(page, 'Activity').click();
    await page
      .getByRole('region', { name: 'Recent problems' })
      .getByRole('button', { name: 'Open job' })
      .first()
      .waitFor();
    await expectAccessible(page, 'activity');
    await tab(page, 'Cache').click();
    await judgeDialog(page, () => page.getByRole('button', { name: 'Clear good' }).click());
    await expectAccessible(page, 'cache');
    await tab(page, 'Settings').click();
    const deadline = page.getByLabel('Deadline of a read');
    await deadline.fill('soon');
    await page.getByText('Type a whole number of seconds.').waitFor();
    await expectAccessible(page, 'settings');
    await program.stop();
  });
});
