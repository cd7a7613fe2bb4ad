/** A mount that waits for its engine can be given up where it was asked for: on the same button, at the same place. */
import { expect, it } from 'vitest';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { fuseMountsBelow } from '../helpers/system-mounts.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { addJob, newCatalogue } from './catalogues.ts';
import { keyboard } from './hands.ts';
import { jobLink } from './pages.ts';
import { startProgram } from './running-program.ts';

const JOB = 'survey';

it('gives up a mount that waits for the engine', async () => {
  const database = newCatalogue();
  addJob(database, { name: JOB, files: [{ name: 'scan.tif', size: 2 ** 20 }] });
  const program = await startProgram({ settings: `catalogues = [${JSON.stringify(database)}]\n` });
  const { open } = await openBrowser();
  const page = await open(program.url);
  await jobLink(page, JOB).waitFor();

  // An engine that does not answer, and nothing that ends it meanwhile.
  const engine = await program.enginePid();
  const wake = (): void => void process.kill(engine, 'SIGCONT');
  const forget = onCleanup('the engine that is stopped', () => Promise.resolve(wake()));
  process.kill(engine, 'SIGSTOP');
  const mount = page.getByRole('button', { name: `Mount ${JOB}`, exact: true });
  const place = await mount.boundingBox();
  await keyboard.press(mount);
  const cancel = page.getByRole('button', { name: `Cancel mounting ${JOB}` });
  await cancel.waitFor();
  expect(await cancel.boundingBox()).toEqual(place);
  expect(await cancel.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  await expect.poll(() => cancel.getAttribute('aria-busy')).toBe('true');
  wake();
  forget();

  await mount.waitFor();
  await expect.poll(async () => (await program.job(JOB)).state).toBe('unmounted');
  expect(fuseMountsBelow(program.home)).toEqual([]);
  // Nobody is told of a failure that was wished for.
  expect(await page.getByRole('region', { name: 'Messages' }).getByRole('listitem').count()).toBe(0);
  expect(pageFailures(page)).toEqual([]);
  await program.stop();
});
