/** The page that says how well everything is: what is wrong stands first, is mended by a click, and a bundle is written. */
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newDirectory } from '../helpers/system.ts';
import { expectAccessible } from './accessibility.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { heading, tab } from './pages.ts';
import { startProgram } from './running-program.ts';

const LOOKS = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 360 },
] as const;

it('says what is wrong and what to do, mends it, and writes a support bundle', async () => {
  const home = newDirectory('home');
  const cache = join(home, 'blocks');
  mkdirSync(cache);
  const missing = join(home, 'missing.db');
  const program = await startProgram({
    home,
    settings: `catalogues = [${JSON.stringify(missing)}]\n[cache]\ndirectory = ${JSON.stringify(cache)}\n`,
  });
  chmodSync(cache, 0o777);
  const { open } = await openBrowser();
  for (const look of LOOKS) {
    const page = await open(await program.newUrl(), look);
    await tab(page, 'Health').waitFor();
    await page.keyboard.press('Alt+Shift+KeyH');
    await heading(page, 'Health').waitFor();
    await page.getByRole('list', { name: 'Checks' }).waitFor();
    await expectAccessible(page, `Health, ${look.theme}, ${look.width} px`);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(look.width);
    await page.context().close();
  }
  const page = await open(program.url);
  await tab(page, 'Health').click();
  const check = (name: string) =>
    page
      .getByRole('list', { name: 'Checks' })
      .getByRole('listitem')
      .filter({ has: page.getByText(name, { exact: true }) });
  await check('Cache').getByText('Problem', { exact: true }).waitFor();
  await check('Cache').getByText('other users may write into it').waitFor();
  await check('Catalogue').getByText(`${missing} does not exist`).waitFor();
  await page.getByRole('button', { name: 'Mend', exact: true }).click();
  await page.getByText(`${cache} is now yours alone (mode 0700).`).waitFor();
  expect(statSync(cache).mode & 0o777).toBe(0o700);
  await check('Cache').getByText('Well', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Mend', exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Write a bundle' }).click();
  const told = page.getByRole('status').filter({ hasText: 'state.json' });
  await told.waitFor();
  const [file = ''] = /\/\S+\.tar\.gz/.exec(await told.innerText()) ?? [];
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});
