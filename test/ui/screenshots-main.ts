/**
 * `npm run screenshots`: every page of the real program in each state, light and dark, narrow to wide, as PNG files below
 * `screenshots/`, which git ignores. For people to look at; nothing is compared.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { cleanUpSince } from '../helpers/system-cleanup.ts';
import { createTestRoot, mountObstacle, projectRoot, removeRoot } from '../helpers/system.ts';
import { until } from '../helpers/system-until.ts';
import { openBrowser } from './browser.ts';
import type { OpenBrowser } from './browser.ts';
import { holdRestart } from './held-engine.ts';
import type { RunningProgram } from './running-program.ts';
import { setup as buildScreen } from './screen-build.ts';
import { busyScene, emptyScene, errorScene, mistakenScene, quietScene } from './screenshot-programs.ts';
import type { Scene } from './screenshot-programs.ts';
import { busy, empty, failing, mistaken, quiet } from './screenshot-takes.ts';
import type { Take } from './screenshot-takes.ts';

const DIRECTORY = join(projectRoot, 'screenshots');
const SHOWN_HOME = '/home/ada';
const NEEDED_BYTES = 8 * 2 ** 30;
const THEMES = ['light', 'dark'] as const;
/** A telephone, a tablet or half a screen, a laptop. */
const SIZES = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
] as const;
/** So that the lines of two minutes have a shape. */
const SAMPLES = 75;
const SAMPLES_LIMIT_MS = 120_000;

/** Every size in both themes; each on a page of its own. */
async function takeAll(browser: OpenBrowser, state: string, { program }: Scene, show: Take): Promise<void> {
  for (const theme of THEMES) {
    for (const size of SIZES) {
      const page = await browser.open(await program.newUrl(), { theme, ...size });
      await page.getByRole('region', { name: 'Status' }).getByText('Engine running').waitFor();
      await show(page, async (name) => {
        await photograph(page, program, join(state, `${name} ${theme} ${String(size.width)}.png`));
      });
      await page.context().close();
    }
  }
  process.stdout.write(`${state}\n`);
}

/**
 * The home of this run is a temporary one; in the picture it is called what a person's would be, also in what the page renders
 * again until the picture is taken.
 */
async function photograph(page: Page, { home }: RunningProgram, file: string): Promise<void> {
  const [from, to] = [JSON.stringify(home), JSON.stringify(SHOWN_HOME)];
  await page.evaluate(`{
    const rename = (node, key) => {
      if (node[key].includes(${from})) node[key] = node[key].replaceAll(${from}, ${to});
    };
    const renameAll = () => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) rename(walker.currentNode, 'nodeValue');
      for (const field of document.querySelectorAll('input, textarea')) rename(field, 'value');
      for (const { dataset } of document.querySelectorAll('[data-start]')) rename(dataset, 'start');
    };
    renameAll();
    new MutationObserver(renameAll).observe(document.body, {
      attributes: true, characterData: true, childList: true, subtree: true,
    });
  }`);
  await page.screenshot({ path: join(DIRECTORY, file), animations: 'disabled' });
}

/** What shows for a moment only: a page waits for each. */
async function takeMoments(browser: OpenBrowser, { program }: Scene): Promise<void> {
  for (const theme of THEMES) {
    const page = await browser.open(await program.newUrl(), { theme });
    await page.getByRole('region', { name: 'Status' }).getByText('Engine running').waitFor();
    const goOn = await holdRestart(program);
    await page.getByText('Engine restarting…').waitFor();
    await photograph(page, program, join('moments', `engine restarting ${theme}.png`));
    goOn();
    await page.getByRole('region', { name: 'Status' }).getByText('Engine running').waitFor();
    await page.context().close();
    const stranger = await browser.open(new URL('/', program.url).href, { theme });
    await stranger.getByText('This screen is not signed in').waitFor();
    await photograph(stranger, program, join('moments', `not signed in ${theme}.png`));
    await stranger.context().close();
  }
  const pages = await Promise.all(
    THEMES.map(async (theme) => await browser.open(await program.newUrl(), { theme })),
  );
  for (const page of pages)
    await page.getByRole('region', { name: 'Status' }).getByText('Engine running').waitFor();
  program.process.signal('SIGKILL');
  for (const [index, page] of pages.entries()) {
    await page.getByText('Disconnected.').waitFor();
    await photograph(page, program, join('moments', `disconnected ${THEMES[index] ?? ''}.png`));
  }
}

async function screenshots(): Promise<void> {
  rmSync(DIRECTORY, { recursive: true, force: true });
  mkdirSync(DIRECTORY);
  await buildScreen();
  const browser = await openBrowser();
  const scenes = [
    ['empty', emptyScene, empty],
    ['quiet', quietScene, quiet],
    ['busy', busyScene, busy],
    ['error', errorScene, failing],
    ['mistake', mistakenScene, mistaken],
  ] as const;
  for (const [name, make, show] of scenes) {
    const scene = await make();
    if (name === 'busy') await shaped(scene);
    await takeAll(browser, name, scene, show);
    if (name === 'error') await takeMoments(browser, scene);
    await scene.end();
  }
  await browser.close();
  process.stdout.write(`${DIRECTORY}\n`);
}

/** Activity is counted while somebody looks. */
async function shaped({ program }: Scene): Promise<void> {
  let samples = 0;
  const stop = program.client.subscribe('activity', {}, ({ history }) => {
    samples = history.read.length;
  });
  await until('a history', () => samples >= SAMPLES, SAMPLES_LIMIT_MS);
  stop();
}

const obstacle = mountObstacle();
if (obstacle !== undefined) {
  process.stderr.write(`screenshots: nothing can be shown here: ${obstacle}\n`);
  process.exit(1);
}
const root = createTestRoot(NEEDED_BYTES);
try {
  await screenshots();
} finally {
  await cleanUpSince(0);
  removeRoot(root);
}
