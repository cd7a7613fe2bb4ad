/** How a page in the browser gets in: by an address that works once, also typed into a tab that is open already. */
import { expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { ownCommand } from '../../src-main/output/own-command.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { holdRestart } from './held-engine.ts';
import { heading } from './pages.ts';
import { startProgram } from './running-program.ts';

const SETTINGS = 'deadline = 60\n';
/** What a browser says of a request that is refused. */
const REFUSED = /401|HTTP Authentication/;

const typeAddress = (page: Page, url: string): Promise<void> =>
  page.evaluate(`location.href = ${JSON.stringify(url)}`);

async function expectSignedOut(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'This screen is not signed in' }).waitFor();
  await page.getByText(`${ownCommand()} open`, { exact: true }).waitFor();
}

it('takes the printed address in a tab that is not signed in, and a used one in a tab that is', async () => {
  const program = await startProgram({ settings: SETTINGS });
  const origin = new URL(program.url).origin;
  const { open } = await openBrowser();
  const page = await open(`${origin}/`);
  await expectSignedOut(page);

  // The same page with another fragment: a browser loads nothing by itself.
  await typeAddress(page, program.url);
  await heading(page, 'Jobs').waitFor();
  expect(page.url()).toBe(`${origin}/`);

  await typeAddress(page, program.url);
  await page.waitForURL(`${origin}/`);
  await heading(page, 'Jobs').waitFor();
  expect(pageFailures(page, REFUSED)).toEqual([]);
  await program.stop();
});

it('lets each browser in by an address of its own, once', async () => {
  const program = await startProgram({ settings: SETTINGS });
  // Both are printed before either is opened.
  const addresses = [await program.newUrl(), await program.newUrl()];
  const { open } = await openBrowser();
  for (const address of addresses) {
    const page = await open(address);
    await heading(page, 'Jobs').waitFor();
    expect(page.url()).not.toContain('token');
    // What a browser's history or a terminal still has of it.
    const stranger = await open(address);
    await expectSignedOut(stranger);
    expect(stranger.url()).not.toContain('token');
    await stranger.context().close();
    await page.reload();
    await heading(page, 'Jobs').waitFor();
    expect(pageFailures(page, REFUSED)).toEqual([]);
  }
  await program.stop();
});

it('stays in when the engine starts again; when the program does, it says how to get in', async () => {
  const first = await startProgram({ settings: SETTINGS });
  const { home } = first;
  const unused = await first.newUrl();
  const { open } = await openBrowser();
  const page = await open(first.url);
  const status = page.getByRole('region', { name: 'Status' });
  await status.getByText('Engine running').waitFor();
  const goOn = await holdRestart(first);
  await page.getByText('Engine restarting…').waitFor();
  goOn();
  await status.getByText('Engine running').waitFor();
  await page.reload();
  await status.getByText('Engine running').waitFor();

  await first.stop();
  await page.getByText('Disconnected.').waitFor();
  const { port } = new URL(first.url);
  const second = await startProgram({ home, args: ['--port', port] });
  await expectSignedOut(page);
  const stranger = await open(unused);
  await expectSignedOut(stranger);
  await typeAddress(page, second.url);
  await heading(page, 'Jobs').waitFor();
  expect(pageFailures(page, /401|HTTP Authentication|WebSocket|ERR_CONNECTION_/)).toEqual([]);
  await second.stop();
});
