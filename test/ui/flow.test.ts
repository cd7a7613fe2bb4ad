/**
 * What the product is for, in a real browser against the real program, engine, mount and nginx: mount by a click, watch blocks
 * arrive while a program reads, clear the cache, unmount. With the mouse, and with nothing but the keyboard, on a narrow screen too.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { runOk, start } from '../helpers/child.ts';
import { startLinkProxy } from '../helpers/link-proxy.ts';
import { startNginx } from '../helpers/nginx.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { mountAt } from '../helpers/system-mounts.ts';
import { newDirectory } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { keyboard, mouse } from './hands.ts';
import type { Hand } from './hands.ts';
import { blocksIn, files, heading, jobLink, tab } from './pages.ts';
import { startProgram } from './running-program.ts';

const MIB = 2 ** 20;
const BLOCKS = 40;
const NAME = 'survey of the north';
// Slow enough to be watched: the file takes five seconds.
const BYTES_PER_SECOND = 8 * MIB;
const DEMO_FILES = 'demo files';

/** The URL of a tree with one large file, served by nginx behind a slow link. */
async function serveTree(): Promise<{ readonly url: string; readonly digest: string }> {
  const tree = newDirectory('tree');
  writeSeededFile(join(tree, 'scan.tif'), BLOCKS * MIB, 7);
  writeFileSync(join(tree, 'notes.txt'), 'seen in June\n');
  const nginx = await startNginx(tree);
  const link = await startLinkProxy({
    target: { host: '127.0.0.1', port: nginx.port },
    rttMs: 4,
    bytesPerSecond: BYTES_PER_SECOND,
  });
  onCleanup('the link', () => link.close());
  return {
    url: `http://127.0.0.1:${String(link.port)}/`,
    digest: createHash('sha256')
      .update(readFileSync(join(tree, 'scan.tif')))
      .digest('hex'),
  };
}

async function publish(page: Page, hand: Hand, url: string): Promise<void> {
  await hand.press(tab(page, 'Jobs'));
  await hand.choose(page.getByRole('button', { name: 'Add', exact: true }), 'Publish a folder…');
  const dialog = page.getByRole('dialog', { name: 'Publish a folder' });
  await hand.type(dialog.getByLabel('Folder or URL'), url);
  await hand.type(dialog.getByLabel('Name'), NAME);
  await hand.press(dialog.getByRole('button', { name: 'Publish' }));
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('region', { name: 'Tasks' }).getByText('Done').waitFor();
}

/** The figure in front of a unit, such as 3.2 of `3.2 MiB/s`. */
async function rate(page: Page, label: string): Promise<number> {
  const text = await page
    .getByRole('region', { name: 'Status' })
    .getByText(label, { exact: true })
    .locator('xpath=following-sibling::dd')
    .innerText();
  return Number.parseFloat(text);
}

const digestOf = async (file: string): Promise<string> =>
  (await runOk('sha256sum', [file])).split(' ')[0] ?? '';

describe.each([
  { hand: mouse, width: 1280 },
  { hand: keyboard, width: 1280 },
  { hand: keyboard, width: 360 },
])('with the $hand.name, $width pixels wide', ({ hand, width }) => {
  it('mounts, watches, clears and unmounts', async () => {
    const { url, digest } = await serveTree();
    const program = await startProgram();
    const { open } = await openBrowser();
    const page = await open(program.url, { width });

    // First run: the demo, by one press.
    await heading(page, 'Welcome to Orbit GhostFS').waitFor();
    expect(page.url()).not.toContain('token');
    await hand.press(page.getByRole('button', { name: 'Mount the demo' }));
    await heading(page, new RegExp(DEMO_FILES)).waitFor();
    await page.getByRole('main').getByText('Mounted', { exact: true }).waitFor();
    const demo = (await program.state()).jobs.find(({ state }) => state === 'mounted');
    expect(mountAt(demo?.mountPoint ?? '')).toBeDefined();
    expect(readFileSync(join(demo?.mountPoint ?? '', 'README.txt'), 'utf8')).toContain('SHA-256');

    // A job from nginx.
    await publish(page, hand, url);
    await hand.press(page.getByRole('button', { name: `Mount ${NAME}`, exact: true }));
    await page.getByRole('button', { name: `Unmount ${NAME}` }).waitFor();
    const { mountPoint } = await program.job(NAME);
    await hand.press(jobLink(page, NAME));
    await heading(page, NAME).waitFor();
    await hand.pick(files(page), 'scan.tif');
    const map = page.getByRole('img', { name: /^Block map/ }).first();
    await map.waitFor();
    expect(await blocksIn(page, 'Missing').innerText()).toBe(String(BLOCKS));

    // A program reads it.
    const reader = await start('cat', [join(mountPoint, 'scan.tif')], { discardStdout: true });
    await page.getByRole('list', { name: 'Readers' }).first().getByText('cat', { exact: true }).waitFor();
    await expect.poll(() => blocksIn(page, 'Fetching').innerText()).not.toBe('0');
    await expect.poll(() => rate(page, 'Fetched')).toBeGreaterThan(0);
    await expect.poll(() => rate(page, 'Read')).toBeGreaterThan(0);
    expect(await reader.exited).toMatchObject({ code: 0 });
    await expect.poll(() => blocksIn(page, 'Cached').innerText()).toBe(String(BLOCKS));
    expect(await map.getAttribute('aria-label')).toContain(`${String(BLOCKS)} of ${String(BLOCKS)} blocks`);

    await hand.press(tab(page, 'Activity'));
    await page.getByRole('img', { name: /^Fetched over .* [1-9][\d.]* MiB\/s/ }).waitFor();

    // Clear what the demo has, then everything.
    await hand.press(tab(page, 'Cache'));
    const cached = page.getByRole('list', { name: 'Cached blocks by job' });
    await cached.getByText(NAME).waitFor();
    const used = page
      .getByRole('main')
      .getByText(/^[\d.]+ [KMG]?i?B$/)
      .first();
    await expect.poll(() => used.innerText()).toMatch(/^40\.\d MiB$/);
    const dialog = page.getByRole('dialog');
    await hand.press(cached.getByRole('button', { name: `Clear ${demo?.name ?? ''}` }));
    await dialog.getByText(/^Frees .*in 1 block\.$/).waitFor();
    await hand.press(dialog.getByRole('button', { name: 'Clear this job' }));
    await dialog.getByText(/^Freed .* in 1 block\.$/).waitFor();
    await hand.press(dialog.getByRole('button', { name: 'Done' }));
    await cached.getByText(demo?.name ?? '').waitFor({ state: 'detached' });

    await hand.press(page.getByRole('button', { name: 'Clear cache…' }));
    await dialog.getByText('Frees 40.0 MiB of 40.0 MiB.').waitFor();
    await hand.press(dialog.getByRole('button', { name: 'Clear the cache' }));
    await dialog.getByText('Freed 40.0 MiB in 40 blocks.').waitFor();
    await hand.press(dialog.getByRole('button', { name: 'Done' }));
    await page.getByText('The cache is empty').waitFor();
    await expect.poll(() => used.innerText()).toBe('0 B');
    expect(await digestOf(join(mountPoint, 'scan.tif'))).toBe(digest);

    // Gone, by one press each.
    await hand.press(tab(page, 'Jobs'));
    for (const { name, mountPoint: place } of (await program.state()).jobs.filter(
      ({ state }) => state === 'mounted',
    )) {
      await hand.press(page.getByRole('button', { name: `Unmount ${name}` }));
      await page.getByRole('button', { name: `Mount ${name}`, exact: true }).waitFor();
      expect(mountAt(place)).toBeUndefined();
    }
    expect(pageFailures(page)).toEqual([]);
    await program.stop();
  });
});
