/** The list of catalogues and their jobs, with real files and a time of the test's own. */
import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ListedJob } from '../../../src-main/engine/control/protocol.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { Catalogues } from '../../../src-main/supervisor/catalogues.ts';
import { JobRecords } from '../../../src-main/supervisor/job-records.ts';
import { until } from '../../helpers/system-until.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

function listed(id: number, name = `job ${id}`): ListedJob {
  return { id, name, sources: [], files: 1, bytes: 2, created: undefined, cachedBytes: 0 };
}

function watched() {
  const directory = mkdtempSync(join(tmpdir(), 'catalogues-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const clock = new VirtualClock();
  const asked: string[] = [];
  const state = {
    failure: undefined as Error | undefined,
    jobs: [listed(1)] as readonly ListedJob[],
    fault: undefined as Error | undefined,
    isReady: true,
    meanwhile: (): void | Promise<void> => {},
  };
  const catalogues = new Catalogues({
    clock,
    list: async (database) => {
      asked.push(database);
      await state.meanwhile();
      if (state.failure !== undefined) throw state.failure;
      return state.jobs;
    },
    isReady: () => state.isReady,
    changed: () => {
      const { fault } = state;
      state.fault = undefined;
      if (fault !== undefined) throw fault;
    },
  });
  onTestFinished(() => catalogues.close());
  const file = join(directory, 'one.db');
  writeFileSync(file, '1');
  return { directory, file, clock, asked, state, catalogues };
}

test('a catalogue is listed once, and again when its file has changed', async () => {
  const { file, clock, asked, state, catalogues } = watched();
  await catalogues.setPaths([file]);
  expect(catalogues.states).toEqual([
    { catalogue: file, database: file, jobs: [listed(1)], problem: undefined, isRead: true, writable: true },
  ]);
  await clock.advance(3_000);
  await clock.advance(3_000);
  expect(asked).toHaveLength(1);
  state.jobs = [listed(1), listed(2)];
  writeFileSync(`${file}-wal`, 'a change that is still in the journal');
  await until('it is listed again', async () => {
    await clock.advance(3_000);
    return catalogues.states[0]?.jobs.length === 2;
  });
  expect(asked).toHaveLength(2);
});

test('what cannot be read for a moment keeps its jobs; what is gone has none', async () => {
  const { file, state, catalogues } = watched();
  await catalogues.setPaths([file]);
  state.failure = new GhostError('CATALOGUE_BUSY', 'It is locked.');
  await catalogues.refresh();
  expect(catalogues.states).toMatchObject([
    { jobs: [listed(1)], problem: { code: 'CATALOGUE_BUSY', sentence: 'It is locked.' } },
  ]);
  state.failure = new GhostError('NOT_FOUND', 'It is gone.');
  unlinkSync(file);
  await catalogues.refresh();
  expect(catalogues.states).toMatchObject([{ jobs: [], problem: { code: 'NOT_FOUND' } }]);
});

test('while nobody can look, nothing is said; later it is listed by itself', async () => {
  const { file, clock, state, catalogues } = watched();
  state.failure = new GhostError('ENGINE_AWAY', 'Not now.');
  await catalogues.setPaths([file]);
  expect(catalogues.states).toMatchObject([{ jobs: [], problem: undefined, isRead: false }]);
  state.failure = undefined;
  await until('it is listed', async () => {
    await clock.advance(3_000);
    return catalogues.states[0]?.jobs.length === 1;
  });
});

test.each([
  { engine: 'that runs', isReady: true, within: 6_000, seen: 1 },
  { engine: 'that starts', isReady: false, within: 6_000, seen: 2 },
])('after a listing of a second by an engine $engine, $seen are seen', async ({ isReady, within, seen }) => {
  const { file, clock, state, catalogues } = watched();
  state.isReady = isReady;
  state.meanwhile = () => clock.advance(1_000);
  await catalogues.setPaths([file]);
  state.meanwhile = () => {};
  state.jobs = [listed(1), listed(2)];
  writeFileSync(`${file}-wal`, 'a change');
  const before = clock.now();
  // A look at the file takes real time, so each is waited for.
  while (clock.now() - before < within) {
    await clock.advance(3_000);
    await until('the look is over', () => clock.pending > 0);
  }
  expect(catalogues.states[0]?.jobs).toHaveLength(seen);
});

test('two ways to one file are one catalogue', async () => {
  const { directory, file, catalogues } = watched();
  const link = join(directory, 'link.db');
  symlinkSync(file, link);
  await catalogues.setPaths([file, link, file]);
  expect(catalogues.states).toMatchObject([
    { catalogue: file, jobs: [listed(1)], problem: undefined },
    {
      catalogue: link,
      jobs: [],
      problem: { sentence: `The catalogue ${link} is the same file as ${file}; remove one of the two.` },
    },
  ]);
  // Whichever is removed, the other one has the jobs at once.
  await catalogues.setPaths([link]);
  expect(catalogues.states).toMatchObject([
    { catalogue: link, database: file, jobs: [listed(1)], problem: undefined },
  ]);
});

test('a link that leads elsewhere is another catalogue, and never shows the jobs of the one before', async () => {
  const { directory, file, clock, asked, state, catalogues } = watched();
  const link = join(directory, 'link.db');
  const other = join(directory, 'other.db');
  writeFileSync(other, 'another');
  const retarget = (target: string): void => {
    symlinkSync(target, `${link}.new`);
    renameSync(`${link}.new`, link);
  };
  retarget(file);
  await catalogues.setPaths([link]);
  expect(catalogues.states).toMatchObject([{ database: file, jobs: [listed(1)] }]);
  retarget(other);
  state.failure = new GhostError('CATALOGUE_BUSY', 'It is locked.');
  await until('the change is seen', async () => {
    await clock.advance(3_000);
    return catalogues.states[0]?.problem !== undefined;
  });
  expect(catalogues.states).toMatchObject([
    { database: other, jobs: [], problem: { code: 'CATALOGUE_BUSY' } },
  ]);
  state.failure = undefined;
  state.jobs = [listed(2)];
  // The journal lies beside the file, not beside the link.
  writeFileSync(`${other}-wal`, 'a change');
  await until('its change is seen', async () => {
    await clock.advance(3_000);
    return catalogues.states[0]?.problem === undefined;
  });
  expect(catalogues.states).toMatchObject([{ database: other, jobs: [listed(2)], problem: undefined }]);
  // A link without a file is asked for by its own name, so that the answer is that it is missing.
  unlinkSync(link);
  await catalogues.refresh();
  expect(asked.at(-1)).toBe(link);
});

test('a file that takes the place of another is listed, also with the same size and time', async () => {
  const { directory, file, clock, state, catalogues } = watched();
  const time = new Date('2024-01-01');
  utimesSync(file, time, time);
  await catalogues.setPaths([file]);
  const next = join(directory, 'next.db');
  writeFileSync(next, '2');
  utimesSync(next, time, time);
  renameSync(next, file);
  state.jobs = [listed(2)];
  await until('it is listed', async () => {
    await clock.advance(3_000);
    return catalogues.states[0]?.jobs[0]?.id === 2;
  });
});

test('a failure of our own stops no later look', async () => {
  const { file, state, catalogues } = watched();
  await catalogues.setPaths([file]);
  state.fault = new Error('a bug');
  await expect(catalogues.refresh()).rejects.toThrow('a bug');
  state.jobs = [listed(1), listed(2)];
  await catalogues.refresh();
  expect(catalogues.states).toMatchObject([{ jobs: [listed(1), listed(2)] }]);
});

test('what is removed while it is being listed is fresh when it is added again', async () => {
  const { file, state, catalogues } = watched();
  state.meanwhile = () => void catalogues.setPaths([]);
  await catalogues.setPaths([file]);
  expect(catalogues.states).toEqual([]);
  state.meanwhile = () => {};
  state.jobs = [listed(2)];
  await catalogues.setPaths([file]);
  expect(catalogues.states).toMatchObject([{ jobs: [listed(2)] }]);
});

test('a job that is mounted stays when its catalogue is gone; numbers that fit no key are left out', () => {
  const records = new JobRecords();
  const listing = { catalogue: '/c', database: '/c', jobs: [listed(1), listed(2), listed(-3), listed(1e16)] };
  records.list([listing]);
  const [first, second, ...others] = records.all.map(({ place }) => place.key);
  expect(others).toEqual([]);
  if (first === undefined || second === undefined) throw new Error('two jobs');
  records.move(first, 'mounting', { mountPoint: '/m' });
  records.list([]);
  expect(records.all.map(({ place }) => place.key)).toEqual([first]);
  expect(() => records.get(second)).toThrow(expect.objectContaining({ code: 'JOB_UNKNOWN' }));
  records.move(first, 'failed', { problem: { code: 'X', sentence: 'x' } });
  records.list([listing]);
  expect(records.shown(records.get(first), '/root')).toMatchObject({ state: 'failed', mountPoint: '/m' });
  expect(records.shown(records.get(second), '/root')).toMatchObject({ mountPoint: '/root/job 2' });
  expect(() => records.move(first, 'mounted')).toThrow('cannot become mounted');
});

test('what is shown of a source holds neither its password nor its query', () => {
  const records = new JobRecords();
  const sources = ['https://ada:secret@host/tree/?key=secret'];
  records.list([{ catalogue: '/c', database: '/c', jobs: [{ ...listed(1), sources }] }]);
  const [record] = records.all;
  if (record === undefined) throw new Error('one job');
  expect(records.shown(record, '/root').sources).toEqual(['https://host/tree/?...']);
});
