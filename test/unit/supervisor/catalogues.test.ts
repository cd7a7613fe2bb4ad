/** The list of catalogues and their jobs, with real files and a time of the test's own. */
import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
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
  const state = { failure: undefined as GhostError | undefined, jobs: [listed(1)] as readonly ListedJob[] };
  const catalogues = new Catalogues({
    clock,
    list: (database) => {
      asked.push(database);
      return state.failure === undefined ? Promise.resolve(state.jobs) : Promise.reject(state.failure);
    },
    changed: () => {},
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
    {
      catalogue: file,
      database: file,
      jobs: [listed(1)],
      problem: undefined,
      signature: expect.anything() as string,
      restUntil: 0,
    },
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
  expect(catalogues.states).toMatchObject([{ jobs: [], problem: undefined }]);
  state.failure = undefined;
  await until('it is listed', async () => {
    await clock.advance(3_000);
    return catalogues.states[0]?.jobs.length === 1;
  });
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
      problem: { sentence: `It is the same file as ${file}; remove one of the two.` },
    },
  ]);
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
