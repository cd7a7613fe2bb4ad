/** The settings on the screen against the real file: saved by Enter, refused beside the field, reset, overridden, at once. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { newDirectory } from '../helpers/system.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { keyboard } from './hands.ts';
import { heading, tab } from './pages.ts';
import { settingsFile, startProgram } from './running-program.ts';

/** For what comes by way of the file's watch and the program. */
const LIMIT = { timeout: 20_000 };
const field = (page: Page, label: string): Locator => page.getByLabel(label, { exact: true });
/** What is said below a field. */
const below = (control: Locator): Locator => control.locator('xpath=ancestor::div[2]');

async function openSettings(page: Page): Promise<void> {
  await tab(page, 'Settings').click();
  await heading(page, 'Settings').waitFor();
}

it('saves, refuses and resets by the keyboard alone', async () => {
  const program = await startProgram({ settings: '# mine\ndeadline = 60\n' });
  const file = (): string => readFileSync(settingsFile(program.home), 'utf8');
  const { open } = await openBrowser();
  const page = await open(program.url);
  await openSettings(page);
  await page.getByText(settingsFile(program.home)).waitFor();

  const deadline = field(page, 'Deadline of a read');
  expect(await deadline.inputValue()).toBe('60');
  await below(deadline).getByText('Default: 30 seconds').waitFor();
  await keyboard.type(deadline, '45');
  await page.keyboard.press('Enter');
  await below(deadline).getByText('Saved').waitFor();
  expect(file()).toMatch(/^# mine\ndeadline = 45\n/);

  // Judged while one types, and again by the program.
  await keyboard.type(deadline, 'soon');
  await below(deadline).getByText('Type a whole number of seconds.').waitFor();
  expect(await deadline.getAttribute('aria-invalid')).toBe('true');
  await page.keyboard.press('Escape');
  expect(await deadline.inputValue()).toBe('45');
  await keyboard.type(deadline, '90000000');
  await page.keyboard.press('Tab');
  await below(deadline)
    .getByRole('alert')
    .getByText(/86,?400/)
    .waitFor();
  expect(await deadline.inputValue()).toBe('90000000');
  expect(file()).toContain('deadline = 45');

  await keyboard.press(
    below(deadline).getByRole('button', { name: 'Reset Deadline of a read to the default' }),
  );
  await expect.poll(() => deadline.inputValue()).toBe('30');
  expect(file()).not.toMatch(/^deadline/m);

  const limit = field(page, 'Cache limit');
  await keyboard.type(limit, '3 GiB');
  await page.keyboard.press('Enter');
  await below(limit).getByText('Saved').waitFor();
  await tab(page, 'Cache').click();
  await page.getByText(/of 3\.0 GiB/).waitFor();
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});

it('applies the theme at once, and shows what stands above the file and what has no effect', async () => {
  const cache = newDirectory('cache');
  const program = await startProgram({ env: { ORBIT_GHOST_CACHE_DIRECTORY: cache } });
  const { open } = await openBrowser();
  const page = await open(program.url);
  await openSettings(page);
  const dark = (): Promise<boolean> =>
    page.evaluate<boolean>(`getComputedStyle(document.documentElement).colorScheme === 'dark'`);
  expect(await dark()).toBe(false);
  await field(page, 'Theme').selectOption('dark');
  await expect.poll(dark).toBe(true);

  const directory = field(page, 'Cache directory');
  expect(await directory.isDisabled()).toBe(true);
  expect(await directory.inputValue()).toBe(cache);
  await below(directory)
    .getByText(/Set by .*ORBIT_GHOST_CACHE_DIRECTORY/)
    .waitFor();
  await below(field(page, 'Transfers at the same time'))
    .getByText('Takes effect at the next start.')
    .waitFor();

  // Without a desktop it would do nothing: it says so, and what would.
  const autostart = field(page, 'Start at login');
  expect(await autostart.isDisabled()).toBe(true);
  await below(autostart).getByText('make it a systemd user service').waitFor();
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});

it('says where the file has a mistake, and shows the defaults', async () => {
  const program = await startProgram({ settings: 'deadline = \n' });
  const { open } = await openBrowser();
  const page = await open(program.url);
  await page.getByText(/line 1/).waitFor();
  await page.getByRole('main').getByRole('button', { name: 'Settings', exact: true }).click();
  await heading(page, 'Settings').waitFor();
  expect(await field(page, 'Deadline of a read').inputValue()).toBe('30');
  await page.getByText(/the defaults apply/).waitFor();
  // It leads nowhere from here.
  expect(await page.getByRole('main').getByRole('button', { name: 'Settings', exact: true }).count()).toBe(0);
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});

it('says that what was set before applies when the file breaks while the program runs', async () => {
  const program = await startProgram({ settings: 'deadline = 45\n' });
  const { open } = await openBrowser();
  const page = await open(program.url);
  await openSettings(page);
  const deadline = field(page, 'Deadline of a read');
  await expect.poll(() => deadline.inputValue()).toBe('45');
  writeFileSync(settingsFile(program.home), 'deadline = "60\n');
  const banner = page.getByRole('status').filter({ hasText: 'Some settings do not apply.' });
  await banner.getByText(/line 1.*what was set before applies/).waitFor();
  expect(await banner.innerText()).not.toMatch(/default/);
  writeFileSync(settingsFile(program.home), 'deadline = "soon"\n');
  await banner.getByText(/what was set before, 45, applies/).waitFor();
  writeFileSync(settingsFile(program.home), 'deadline = 60\n');
  await banner.waitFor({ state: 'detached' });
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});

it('shows what an editor or another page changes, and leaves alone what somebody is typing', async () => {
  const program = await startProgram({ settings: 'deadline = 45\n' });
  const { open } = await openBrowser();
  const page = await open(program.url);
  const other = await open(await program.newUrl());
  await openSettings(page);
  await openSettings(other);
  const deadline = field(page, 'Deadline of a read');
  const limit = field(page, 'Cache limit');
  const theme = field(page, 'Theme');
  await keyboard.type(deadline, '50');
  await page.keyboard.press('Enter');
  await below(deadline).getByText('Saved').waitFor();

  await keyboard.type(limit, '3 G');
  writeFileSync(settingsFile(program.home), 'deadline = 60\n\n[cache]\nlimit = "7GiB"\n');
  await expect.poll(() => deadline.inputValue(), LIMIT).toBe('60');
  // It is no longer what was saved here.
  await below(deadline).getByText('Saved').waitFor({ state: 'detached' });
  await field(other, 'Theme').selectOption('dark');
  await expect.poll(() => theme.inputValue(), LIMIT).toBe('dark');
  expect(await limit.inputValue()).toBe('3 G');
  await page.keyboard.press('Escape');
  expect(await limit.inputValue()).toBe('7GiB');

  await page.getByRole('button', { name: 'See and clear the cache' }).click();
  await heading(page, 'Cache').waitFor();
  await page.getByText(/of 7\.0 GiB/).waitFor();
  expect([...pageFailures(page), ...pageFailures(other)]).toEqual([]);
  await program.stop();
});
