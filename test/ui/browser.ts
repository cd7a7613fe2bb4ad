/**
 * A real Chromium for the tests of the screen, closed with the test that opened it. Invariant: a page that throws, or that
 * asks anything of another host, fails its test.
 */
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { CHILD_MARK } from '../helpers/system-processes.ts';
import { findCommand, newDirectory, testRoot } from '../helpers/system.ts';

/** As build/ensure-system.mjs looks for them. */
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
// Everything is local; what takes longer on a loaded machine hangs.
const STEP_LIMIT_MS = 20_000;

export interface PageOptions {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

export interface OpenBrowser {
  readonly browser: Browser;
  /** A page of a session of its own, on `url`. */
  readonly open: (url: string, options?: PageOptions) => Promise<Page>;
  close(): Promise<void>;
}

export async function openBrowser(args: readonly string[] = []): Promise<OpenBrowser> {
  const executablePath = BROWSERS.map((name) => findCommand(name)).find((path) => path !== undefined);
  if (executablePath === undefined)
    throw new Error('Chromium is missing; type `apt-get install chromium` as root');
  const browser = await chromium.launch({
    executablePath,
    args: [...ARGUMENTS, ...args],
    // Its profile belongs to the test, and what it leaves is found by its mark.
    env: { ...process.env, HOME: newDirectory('browser'), [CHILD_MARK]: testRoot() },
  });
  const forget = onCleanup('Chromium', () => browser.close());
  return {
    browser,
    open: (url, options) => openPage(browser, url, options),
    close: async () => {
      forget();
      await browser.close();
    },
  };
}

const failures = new WeakMap<Page, string[]>();

async function openPage(
  browser: Browser,
  url: string,
  { theme = 'light', width = 1280, height = 800 }: PageOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  context.setDefaultTimeout(STEP_LIMIT_MS);
  const page = await context.newPage();
  const found: string[] = [];
  failures.set(page, found);
  page.on('pageerror', (error) => found.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') found.push(message.text());
  });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && hostname !== '127.0.0.1')
      found.push(`asked ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    found.push(`opened a dialog of the browser: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return page;
}

/** What went wrong in the page so far, besides what `expected` names. */
export function pageFailures(page: Page, expected?: RegExp): readonly string[] {
  return (failures.get(page) ?? []).filter((text) => expected === undefined || !expected.test(text));
}
