/** axe finds nothing serious in what shows for a moment either: messages, a mount in use, a restart, no connection. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { it } from 'vitest';
import { start } from '../helpers/child.ts';
import { newDirectory } from '../helpers/system.ts';
import { expectAccessible, LOOKS } from './accessibility.ts';
import { openBrowser } from './browser.ts';
import { addJob, newCatalogue } from './catalogues.ts';
import { holdRestart } from './held-engine.ts';
import { jobLink } from './pages.ts';
import { startProgram } from './running-program.ts';

const MIB = 2 ** 20;
const USED = 'used';
/** Something else is where it would be mounted. */
const BLOCKED = 'blocked';

async function judgeMessages(page: Page, catalogue: string): Promise<void> {
  const messages = page.getByRole('region', { name: 'Messages' });
  await page.getByRole('button', { name: `Mount ${BLOCKED}` }).click();
  await messages.getByRole('listitem').first().waitFor();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Catalogues…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Add a catalogue').fill(catalogue);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await messages.getByText('The catalogue was added').waitFor();
  await expectAccessible(page, 'messages over a dialog');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await expectAccessible(page, 'messages');
}

async function judgeBusyMount(page: Page): Promise<void> {
  await page.getByRole('button', { name: `Unmount ${USED}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Something is still open' });
  await dialog.waitFor();
  await expectAccessible(page, 'mount in use');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
}

it('messages, a mount in use, an engine that starts again, no connection', async () => {
  const [database, other] = [newCatalogue(), newCatalogue()];
  const files = [{ name: 'scan.tif', size: MIB }];
  addJob(database, { name: USED, files });
  addJob(database, { name: BLOCKED, files });
  addJob(other, { name: 'more', files });
  const home = newDirectory('home');
  const root = join(home, 'mounts');
  mkdirSync(join(root, BLOCKED), { recursive: true });
  writeFileSync(join(root, BLOCKED, 'notes.txt'), 'mine');
  const program = await startProgram({
    home,
    settings: `catalogues = [${JSON.stringify(database)}]\nmount-root = ${JSON.stringify(root)}\n`,
  });
  const { key } = await program.job(USED);
  const { mountPoint } = await program.client.call('jobs.mount', { job: key });
  const holder = await start('sh', [
    '-c',
    'exec 3<"$0"; echo open; exec sleep 600',
    join(mountPoint, 'scan.tif'),
  ]);
  await holder.waitForLine(/open/);
  const { open } = await openBrowser();
  const pages: Page[] = [];
  for (const look of LOOKS) {
    const page = await open(await program.newUrl(), look);
    await jobLink(page, USED).waitFor();
    await judgeMessages(page, other);
    await judgeBusyMount(page);
    pages.push(page);
  }
  const goOn = await holdRestart(program);
  for (const page of pages) {
    await page.getByText('Engine restarting…').waitFor();
    await expectAccessible(page, 'engine restarting');
  }
  goOn();
  await holder.stop({ signal: 'SIGKILL' });
  program.process.signal('SIGKILL');
  for (const page of pages) {
    await page.getByText('Disconnected.').waitFor();
    await expectAccessible(page, 'disconnected');
  }
  await program.stop();
});
