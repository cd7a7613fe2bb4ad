/** A file and a folder are kept offline and given up again by a person: the marks in the list, the way it comes, the cache's page. */
import { expect, it } from 'vitest';
import { expectAccessible } from './accessibility.ts';
import { openBrowser, pageFailures } from './browser.ts';
import { addJob, newCatalogue } from './catalogues.ts';
import { keyboard, mouse } from './hands.ts';
import { files, heading, jobLink, openFile, tab } from './pages.ts';
import { startProgram } from './running-program.ts';

const JOB = 'survey';
const MIB = 2 ** 20;
const LIMIT = { timeout: 20_000 };

it.each([mouse, keyboard])(
  'keeps a file and the whole job offline, and gives them up, by $name',
  async (hand) => {
    const database = newCatalogue();
    const source = 'sim:?latency=5ms&bandwidth=4MB/s';
    addJob(database, {
      name: JOB,
      files: [
        { name: 'scan.tif', size: 8 * MIB },
        { name: 'notes.txt', size: 1_000 },
        { name: 'huge.raw', size: 4_096 * MIB },
      ],
      source,
    });
    const program = await startProgram({
      settings: `catalogues = [${JSON.stringify(database)}]\n[cache]\nlimit = "1GiB"\n`,
    });
    const { open } = await openBrowser();
    const page = await open(program.url);
    const keep = (place: 'Files' | 'Selected file') =>
      page.getByRole(place === 'Files' ? 'region' : 'complementary', { name: place }).getByRole('button', {
        name: 'Keep offline',
      });
    const row = (name: string) => files(page).getByRole('row', { name });
    const scan = page.getByRole('complementary', { name: 'Selected file' });

    // Not mounted: it is noted, and says what it waits for.
    await openFile(page, JOB, 'scan.tif');
    await hand.press(keep('Selected file'));
    await scan
      .getByText('0 B of 8.0 MiB cached. What is missing is fetched while its job is mounted.')
      .waitFor();
    expect(await keep('Selected file').getAttribute('aria-pressed')).toBe('true');
    await row('scan.tif').getByText(', kept offline').waitFor();
    expect(await row('notes.txt').getByText(', kept offline').count()).toBe(0);
    await expectAccessible(page, 'a file that is kept offline');

    await hand.press(page.getByRole('button', { name: `Mount ${JOB}` }));
    await scan.getByText('All of 8.0 MiB cached.').waitFor(LIMIT);

    // More than the cache may hold: refused with both numbers.
    await hand.press(keep('Files'));
    await page.getByText(/The whole job has 4 GiB and cannot be pinned: .* at most 1 GiB/).waitFor();
    expect(await keep('Files').getAttribute('aria-pressed')).toBe('false');

    await hand.press(tab(page, 'Cache'));
    await heading(page, 'Cache').waitFor();
    const list = page.getByRole('list', { name: 'Kept offline' });
    await list.getByText('survey: All of 8.0 MiB cached.').waitFor();
    await expectAccessible(page, 'the cache with a pin');
    await hand.press(list.getByRole('button', { name: 'Unpin scan.tif' }));
    await list.waitFor({ state: 'detached' });
    await page.getByText('Nothing yet.').waitFor();

    await hand.press(tab(page, 'Jobs'));
    await hand.press(jobLink(page, JOB));
    await row('scan.tif').waitFor();
    await expect.poll(() => row('scan.tif').getByText(', kept offline').count(), LIMIT).toBe(0);
    expect(pageFailures(page)).toEqual([]);
    await program.stop();
  },
);
