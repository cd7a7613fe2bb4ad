/** The program is stopped without closing a connection: the page notices, says how old it is, ends what waits, and recovers. */
import { expect, it } from 'vitest';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { startProgram } from './running-program.ts';

/** The limit is ten seconds; a loaded machine takes its time on top. */
const NOTICE_LIMIT_MS = 40_000;

it('notices a program that is stopped, ends what waits for it, and goes on when it goes on', async () => {
  const program = await startProgram({ args: ['--demo'] });
  const { open } = await openBrowser();
  const page = await open(program.url);
  const mount = page.getByRole('button', { name: 'Mount demo files' });
  await mount.waitFor();
  const status = page.getByRole('region', { name: 'Status' });
  await status.getByText('Engine running').waitFor();

  program.process.signal('SIGSTOP');
  const forget = onCleanup('the stopped program', () => Promise.resolve(program.process.signal('SIGCONT')));
  await mount.click();
  const banner = page.getByText(/Disconnected\..*What you see is \d+ s old\./);
  await banner.waitFor({ timeout: NOTICE_LIMIT_MS });
  await status.getByText('Disconnected').waitFor();
  // Of the data, not of the notice: nothing was heard for the whole limit before.
  expect(Number(/(\d+) s old/.exec(await banner.innerText())?.[1])).toBeGreaterThanOrEqual(9);
  await page.getByText(/has not answered for 10 seconds\. What was asked of it may still be done/).waitFor();

  program.process.signal('SIGCONT');
  forget();
  await status.getByText('Engine running').waitFor({ timeout: NOTICE_LIMIT_MS });
  await banner.waitFor({ state: 'detached' });
  expect(pageFailures(page, /WebSocket/)).toEqual([]);
  await program.stop();
});
