/** How a page in the browser gets in: by the printed address, also typed into a tab that is open already. */
import { expect, it } from 'vitest';
import { openBrowser, pageFailures } from './browser.ts';
import { heading } from './pages.ts';
import { startProgram } from './running-program.ts';

it('takes the printed address in a tab that is not signed in, and an old one in a tab that is', async () => {
  const program = await startProgram({ settings: 'deadline = 60\n' });
  const origin = new URL(program.url).origin;
  const { open } = await openBrowser();
  const page = await open(`${origin}/`);
  await page.getByRole('heading', { name: 'This screen is not signed in' }).waitFor();

  // The same page with another fragment: a browser loads nothing by itself.
  await page.evaluate(`location.href = ${JSON.stringify(program.url)}`);
  await heading(page, 'Jobs').waitFor();
  expect(page.url()).toBe(`${origin}/`);

  await page.evaluate(`location.href = ${JSON.stringify(`${origin}/#token=${'0'.repeat(64)}`)}`);
  await page.waitForURL(`${origin}/`);
  await heading(page, 'Jobs').waitFor();
  expect(pageFailures(page, /401|HTTP Authentication/)).toEqual([]);
  await program.stop();
});
