/** Names that somebody else chose are shown as text, whatever is in them, and do not break the page. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { openBrowser, pageFailures } from './browser.ts';
import { addJob, LONG_NAME, MARKUP_NAME, newCatalogue, RIGHT_TO_LEFT_NAME } from './catalogues.ts';
import { files, heading, jobLink, tab } from './pages.ts';
import type { PageName } from './pages.ts';
import { startProgram } from './running-program.ts';
import type { RunningProgram } from './running-program.ts';

/** The override is shown as what it is, so that it cannot turn what stands around it. */
const SHOWN_RIGHT_TO_LEFT = RIGHT_TO_LEFT_NAME.replace('\u202E', '⟨U+202E⟩');
const FILES = [MARKUP_NAME, RIGHT_TO_LEFT_NAME, 'line\nfeed', '"><script>alert(1)</script>'].map((name) => ({
  name: name.replaceAll('/', '\u2215'),
  size: 3 * 2 ** 20,
}));

async function strangeJobs(): Promise<RunningProgram> {
  const database = newCatalogue();
  for (const name of [MARKUP_NAME, RIGHT_TO_LEFT_NAME, LONG_NAME]) addJob(database, { name, files: FILES });
  return await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
}

async function expectSound(page: Page): Promise<void> {
  expect(await page.locator('img, script:not([src])').count()).toBe(0);
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);
}

describe.each([1280, 360])('at a width of %d', (width) => {
  it('shows markup, directions and 10,000 characters as text', async () => {
    const program = await strangeJobs();
    const { open } = await openBrowser();
    const page = await open(await program.newUrl(), { width });
    await heading(page, 'Jobs').waitFor();
    await jobLink(page, MARKUP_NAME).waitFor();
    await jobLink(page, SHOWN_RIGHT_TO_LEFT).waitFor();
    expect(await page.getByRole('list', { name: 'Jobs' }).getByRole('listitem').count()).toBe(3);
    await expectSound(page);

    for (const { key, name } of (await program.state()).jobs) {
      const { mountPoint } = await program.client.call('jobs.mount', { job: key });
      expect(mountPoint.length).toBeLessThan(4_096);
      expect(name.length).toBeGreaterThan(0);
    }
    await jobLink(page, MARKUP_NAME).click();
    await heading(page, MARKUP_NAME).waitFor();
    for (const name of [MARKUP_NAME, SHOWN_RIGHT_TO_LEFT, 'line␊feed'])
      await files(page).getByText(name, { exact: true }).waitFor();
    await files(page).getByRole('row', { name: MARKUP_NAME }).click();
    await page.getByRole('heading', { level: 2, name: MARKUP_NAME }).waitFor();
    await expectSound(page);

    for (const name of ['Activity', 'Cache', 'Settings'] as const satisfies readonly PageName[]) {
      await tab(page, name).click();
      await heading(page, name).waitFor();
      await expectSound(page);
    }
    expect(pageFailures(page)).toEqual([]);
    await program.stop();
  });
});
