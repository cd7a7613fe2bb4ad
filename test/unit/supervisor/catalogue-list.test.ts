/** Which catalogue a folder is published into, and that a file is listed once, with real files and settings. */
import { mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ListedJob } from '../../../src-main/engine/control/protocol.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { CatalogueList } from '../../../src-main/supervisor/catalogue-list.ts';
import { Catalogues } from '../../../src-main/supervisor/catalogues.ts';
import { jobKey } from '../../../src-main/supervisor/job-keys.ts';
import { JobRecords } from '../../../src-main/supervisor/job-records.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import { settingsFile } from './settings/settings-fixture.ts';

const JOB: ListedJob = {
  id: 1,
  name: 'job',
  sources: [],
  files: 1,
  bytes: 2,
  created: undefined,
  cachedBytes: 0,
};

function lists(options: { readonly away?: boolean } = {}) {
  const { home: unresolved, open } = settingsFile();
  const home = realpathSync(unresolved);
  const file = (name: string): string => {
    const path = join(home, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    return path;
  };
  const settings = open();
  const records = new JobRecords();
  const list = (database: string): Promise<readonly ListedJob[]> => {
    if (options.away === true) return Promise.reject(new GhostError('ENGINE_AWAY', 'Not now.'));
    if (database.endsWith('broken.db'))
      return Promise.reject(new GhostError('CATALOGUE_INVALID', 'It is broken.'));
    return Promise.resolve([JOB]);
  };
  const catalogues: Catalogues = new Catalogues({
    clock: new VirtualClock(),
    list,
    isReady: () => true,
    changed: () => records.list(catalogues.states),
  });
  onTestFinished(() => catalogues.close());
  const dataDirectory = join(home, 'data', 'orbit-ghost');
  const listed = new CatalogueList({ settings, catalogues, records, dataDirectory, list });
  const set = async (...paths: readonly string[]): Promise<void> => {
    await settings.set({ catalogues: [...paths] });
    await catalogues.setPaths(paths);
  };
  return { listed, settings, dataDirectory, home, file, set };
}

test('a folder goes into the first catalogue that can be read and is not the demo', async () => {
  const { listed, dataDirectory, file, set } = lists();
  const made = join(dataDirectory, 'magnetar.db');
  const demo = file('data/orbit-ghost/demo/magnetar.db');
  const [broken, one, two] = [file('broken.db'), file('one.db'), file('two.db')];
  expect(listed.target()).toBe(made);
  await set(demo, broken);
  expect(listed.target()).toBe(made);
  await set(demo, broken, one, two);
  expect(listed.target()).toBe(one);
  // Whatever is named is taken at its word, when it is listed.
  expect(listed.target(two)).toBe(two);
  expect(listed.target(demo)).toBe(demo);
  expect(() => listed.target(made)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

test('what could not be read yet is not passed over for a new catalogue', async () => {
  const { listed, file, set } = lists({ away: true });
  const one = file('one.db');
  await set(one);
  expect(listed.target()).toBe(one);
});

test('the directory of a catalogue that is to be made is made, or it is said why not', () => {
  const { listed, dataDirectory } = lists();
  expect(listed.preparedTarget()).toBe(join(dataDirectory, 'magnetar.db'));
  expect(statSync(dataDirectory).mode & 0o777).toBe(0o700);
  const other = lists();
  other.file('data');
  expect(() => other.listed.preparedTarget()).toThrow(
    expect.objectContaining({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining('cannot be made'),
    }),
  );
});

test('a catalogue that is listed by another path is not listed twice', async () => {
  const { listed, settings, home, file, set } = lists();
  const one = file('one.db');
  const link = join(home, 'link.db');
  symlinkSync(one, link);
  await set(link);
  expect(await listed.add(one)).toEqual([jobKey(one, 1)]);
  expect(await listed.published(one, 1)).toBe(jobKey(one, 1));
  expect(settings.values.catalogues).toEqual([link]);
});
