/** The engine dies while a program reads and the screen is open: the screen says so, goes on by itself, and so does the reader. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { start } from '../helpers/child.ts';
import { startFileServer } from '../helpers/file-server.ts';
import { startLinkProxy } from '../helpers/link-proxy.ts';
import { publish } from '../helpers/mounted-job.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { newDirectory } from '../helpers/system.ts';
import { until } from '../helpers/system-until.ts';
import { writeSeededFile } from '../helpers/tree.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { newCatalogue } from './catalogues.ts';
import { blocksIn, openFile } from './pages.ts';
import { environmentOf, startProgram } from './running-program.ts';

const MIB = 2 ** 20;
const BLOCKS = 32;
const BYTES_PER_SECOND = 8 * MIB;

/** Keeps every sentence the page ever announces: a restart can be over before anybody looks. */
const LISTEN = `
  globalThis.announced = [];
  new MutationObserver(() => {
    for (const { innerText } of document.querySelectorAll('main [role=status], main [role=alert]'))
      if (!announced.includes(innerText)) announced.push(innerText);
  }).observe(document.body, { childList: true, subtree: true, characterData: true });`;

it('says that the engine restarts, and recovers without a reload', async () => {
  const tree = newDirectory('tree');
  writeSeededFile(join(tree, 'scan.tif'), BLOCKS * MIB, 3);
  const server = await startFileServer(tree);
  onCleanup('the file server', () => server.close());
  const link = await startLinkProxy({
    target: { host: '127.0.0.1', port: server.port },
    rttMs: 2,
    bytesPerSecond: BYTES_PER_SECOND,
  });
  onCleanup('the link', () => link.close());
  const database = newCatalogue();
  const name = 'survey';
  await publish({
    tree,
    database,
    source: `http://127.0.0.1:${String(link.port)}/`,
    args: ['--name', name],
    env: environmentOf(newDirectory('home')),
  });
  const program = await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
  const { key } = await program.job(name);
  const { mountPoint } = await program.client.call('jobs.mount', { job: key });
  const { open } = await openBrowser();
  const page = await open(program.url);
  await openFile(page, name, 'scan.tif');
  await page.evaluate(LISTEN);
  const announced = (): Promise<readonly string[]> => page.evaluate<readonly string[]>('announced');

  const reader = await start('sha256sum', [join(mountPoint, 'scan.tif')]);
  await expect.poll(async () => Number(await blocksIn(page, 'Cached').innerText())).toBeGreaterThan(2);
  const engine = await program.enginePid();
  process.kill(engine, 'SIGKILL');

  await until('the announcement', async () =>
    (await announced()).some((text) => text.includes('Programs that read wait, and go on in a moment.')),
  );
  await page.getByRole('region', { name: 'Status' }).getByText('Engine running').waitFor();
  await page.getByText('Engine restarting…').waitFor({ state: 'detached' });
  expect(await program.enginePid()).not.toBe(engine);
  const digest = createHash('sha256')
    .update(readFileSync(join(tree, 'scan.tif')))
    .digest('hex');
  expect(await reader.exited, reader.stderr()).toEqual({ code: 0, signal: null });
  expect(reader.stdout()).toContain(digest);
  expect((await program.job(name)).state).toBe('mounted');
  // The same page as before, live again.
  await expect.poll(() => blocksIn(page, 'Cached').innerText()).toBe(String(BLOCKS));
  expect(await page.getByText('Disconnected').count()).toBe(0);
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});
