/** Where things are on the screen, by the names a person or a screen reader knows them by. */
import type { Locator, Page } from 'playwright-core';

export type PageName = 'Jobs' | 'Activity' | 'Cache' | 'Health' | 'Settings';

export function tab(page: Page, name: PageName): Locator {
  return page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name });
}

export function heading(page: Page, name: string | RegExp): Locator {
  return page.getByRole('heading', { level: 1, name });
}

/** The button that carries a job's name in the list of jobs. */
export function jobLink(page: Page, name: string): Locator {
  return page.getByRole('list', { name: 'Jobs' }).getByRole('button', { name, exact: true });
}

export function files(page: Page): Locator {
  return page.getByRole('grid', { name: /^Files/ });
}

/** The cell beside a state's name in the table of the block map. */
export function blocksIn(page: Page, state: string): Locator {
  return page
    .getByRole('table', { name: 'Blocks by state' })
    .getByRole('row', { name: state })
    .getByRole('cell')
    .first();
}

export async function openFile(page: Page, job: string, file: string): Promise<void> {
  await tab(page, 'Jobs').click();
  await jobLink(page, job).click();
  await files(page).getByRole('row', { name: file }).click();
  await blocksIn(page, 'Cached').waitFor();
}
