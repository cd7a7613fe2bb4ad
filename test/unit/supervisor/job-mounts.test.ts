/** What becomes of a wish to mount while engines come and go. The engine is what the test says it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src-main/engine/clock.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { Downloads } from '../../../src-main/supervisor/downloads.ts';
import { Ending } from '../../../src-main/supervisor/ending.ts';
import { jobKey } from '../../../src-main/supervisor/job-keys.ts';
import { KeptSessions } from '../../../src-main/supervisor/kept-sessions.ts';
import { JobMounts } from '../../../src-main/supervisor/job-mounts.ts';
import { JobRecords, type JobRecord } from '../../../src-main/supervisor/job-records.ts';
import { turn } from '../../helpers/virtual-clock.ts';

const KEY = jobKey('/catalogue.db', 1);
const LOST = 'The engine was killed; it is started again in 1 s.';
const gone = new GhostError('ENGINE_AWAY', LOST);

interface Asked {
  readonly what: string;
  readonly answer: PromiseWithResolvers<{ readonly mountPoint: string }>;
}

function setUp() {
  const root = mkdtempSync(join(tmpdir(), 'job-mounts-test-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const records = new JobRecords();
  const listed = {
    id: 1,
    name: 'survey',
    sources: [],
    files: 1,
    bytes: 1,
    created: undefined,
    cachedBytes: 0,
  };
  records.list([{ catalogue: '/catalogue.db', database: '/catalogue.db', jobs: [listed] }]);
  const asked: Asked[] = [];
  const failures: string[] = [];
  const engine = { away: undefined as string | undefined, cleared: Promise.resolve() };
  const mounts = new JobMounts({
    records,
    downloads: new Downloads(),
    sessions: new KeptSessions(silentLogger),
    request: async (name, input) => {
      const answer = Promise.withResolvers<{ readonly mountPoint: string }>();
      asked.push({ what: `${name}${'force' in input && input.force ? ' by force' : ''}`, answer });
      return await answer.promise;
    },
    engineAway: () => engine.away,
    mountRoot: () => root,
    clock: systemClock,
    cleared: () => engine.cleared,
    logger: silentLogger,
    changed: () => {},
    onFailure: (_, { sentence }) => failures.push(sentence),
  });
  const place = join(root, 'survey');
  return {
    mounts,
    asked,
    failures,
    engine,
    place,
    /** The request that was made last, once it has been made. */
    request: async (count: number): Promise<Asked> => {
      while (asked.length < count) await turn();
      const last = asked.at(-1);
      if (last === undefined) throw new Error('nothing was asked');
      return last;
    },
    record: (): JobRecord => records.get(KEY),
    lose: (): void => {
      engine.away = LOST;
      mounts.lost(LOST);
      for (const { answer } of asked) answer.reject(gone);
    },
    comeBack: (): Promise<void> => {
      engine.away = undefined;
      return mounts.resume();
    },
  };
}

describe('a job that is to be mounted while there is no engine', () => {
  test('waits for one, saying for what, and is mounted then', async () => {
    const { mounts, engine, asked, request, place, record, comeBack } = setUp();
    engine.away = 'The engine is starting.';
    const mounted = mounts.mount(KEY);
    await turn();
    expect(asked).toEqual([]);
    expect(record()).toMatchObject({
      state: 'mounting',
      mountPoint: place,
      problem: { code: 'ENGINE_AWAY', sentence: 'The engine is starting.' },
    });
    const resumed = comeBack();
    (await request(1)).answer.resolve({ mountPoint: place });
    await resumed;
    expect(await mounted).toBe(place);
    expect(record()).toMatchObject({ state: 'mounted', problem: undefined });
  });

  test('stays wanted when the engine is lost while it mounts', async () => {
    const { mounts, request, place, record, lose, comeBack, failures } = setUp();
    const mounted = mounts.mount(KEY);
    await request(1);
    lose();
    await turn();
    expect(record()).toMatchObject({ state: 'mounting', problem: { sentence: LOST } });
    const resumed = comeBack();
    (await request(2)).answer.resolve({ mountPoint: place });
    await resumed;
    expect(await mounted).toBe(place);
    expect(failures).toEqual([]);
  });

  test('is given up with the engine', async () => {
    const { mounts, engine, record } = setUp();
    engine.away = 'The engine is starting.';
    const mounted = mounts.mount(KEY);
    const rejected = expect(mounted).rejects.toMatchObject({ code: 'ENGINE_AWAY', message: 'Five times.' });
    await turn();
    await mounts.abandon('Five times.');
    await rejected;
    expect(record()).toMatchObject({ state: 'failed', problem: { sentence: 'Five times.' } });
  });

  test('is given up by who unmounts it, at once', async () => {
    const { mounts, engine, asked, record, comeBack } = setUp();
    engine.away = 'The engine is starting.';
    const rejected = expect(mounts.mount(KEY)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await mounts.unmount(KEY, false);
    await rejected;
    expect(record()).toMatchObject({ state: 'unmounted', mountPoint: undefined, problem: undefined });
    await comeBack();
    expect(asked).toEqual([]);
  });

  test('is not mounted elsewhere meanwhile; who asks for the same place waits along', async () => {
    const { mounts, request, place, comeBack, engine } = setUp();
    engine.away = 'The engine is starting.';
    const first = mounts.mount(KEY);
    await expect(mounts.mount(KEY, '/elsewhere')).rejects.toMatchObject({
      code: 'MOUNT_BUSY',
      message: `The job is being mounted at ${place}; unmount it first.`,
    });
    const second = mounts.mount(KEY, place);
    const resumed = comeBack();
    (await request(1)).answer.resolve({ mountPoint: place });
    await resumed;
    expect(await Promise.all([first, second])).toEqual([place, place]);
  });
});

describe('a job whose engine was lost', () => {
  async function mountedJob() {
    const all = setUp();
    const mounted = all.mounts.mount(KEY);
    (await all.request(1)).answer.resolve({ mountPoint: all.place });
    await mounted;
    return all;
  }

  test('is not mounted elsewhere, and is mounted where it was', async () => {
    const { mounts, asked, request, place, record, lose, comeBack } = await mountedJob();
    lose();
    await expect(mounts.mount(KEY, '/elsewhere')).rejects.toMatchObject({ code: 'MOUNT_BUSY' });
    expect(record()).toMatchObject({ state: 'mounting', mountPoint: place, problem: { sentence: LOST } });
    const resumed = comeBack();
    (await request(2)).answer.resolve({ mountPoint: place });
    await resumed;
    expect(record()).toMatchObject({ state: 'mounted', mountPoint: place });
    expect(asked.map(({ what }) => what)).toEqual(['mount', 'mount']);
  });

  test('is told of when it cannot be mounted again', async () => {
    const { request, record, lose, comeBack, failures } = await mountedJob();
    lose();
    const resumed = comeBack();
    (await request(2)).answer.reject(new GhostError('MOUNT_FAILED', 'Something is there.'));
    await resumed;
    expect(record()).toMatchObject({ state: 'failed', problem: { sentence: 'Something is there.' } });
    expect(failures).toEqual(['Something is there.']);
  });

  test('is unmounted when the program ends meanwhile', async () => {
    const { mounts, record, lose } = await mountedJob();
    lose();
    const waiting = mounts.mount(KEY);
    const rejected = expect(waiting).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await turn();
    await mounts.release();
    await rejected;
    expect(record().state).toBe('unmounted');
  });

  test('is unmounted when it was being unmounted', async () => {
    const { mounts, request, record, lose } = await mountedJob();
    const unmounted = mounts.unmount(KEY, false);
    await request(2);
    lose();
    await unmounted;
    expect(record().state).toBe('unmounted');
  });
});

test('a mount that takes too long has failed, and is taken away should it get there after all', async () => {
  const { mounts, asked, request, record } = setUp();
  const rejected = expect(mounts.mount(KEY)).rejects.toMatchObject({ code: 'TIMEOUT' });
  (await request(1)).answer.reject(new GhostError('TIMEOUT', 'No answer within 120 s.'));
  await rejected;
  expect(record().state).toBe('failed');
  expect(asked.map(({ what }) => what)).toEqual(['mount', 'unmount by force']);
});

test('nothing is mounted where an earlier program may have left something, until that is gone', async () => {
  const { mounts, engine, asked, request, place } = setUp();
  const sweep = Promise.withResolvers<void>();
  engine.cleared = sweep.promise;
  const mounted = mounts.mount(KEY);
  await turn();
  expect(asked).toEqual([]);
  sweep.resolve();
  (await request(1)).answer.resolve({ mountPoint: place });
  expect(await mounted).toBe(place);
});

test('a mount that ends before its mounting is answered is over', async () => {
  const { mounts, request, record, failures } = setUp();
  const mounted = mounts.mount(KEY);
  const { answer } = await request(1);
  answer.resolve({ mountPoint: '/real/survey' });
  mounts.ended(KEY, 'another program unmounted it', false);
  await mounted;
  const sentence = 'The mount at /real/survey ended: another program unmounted it';
  expect(record()).toMatchObject({ state: 'unmounted', problem: { sentence } });
  expect(failures).toEqual([sentence]);
});

test('a mount whose end was told by an engine that was lost then is mounted again', async () => {
  const { mounts, request, record, place, lose, comeBack } = setUp();
  const mounted = mounts.mount(KEY);
  await request(1);
  mounts.ended(KEY, 'its connection was aborted', true);
  lose();
  const resumed = comeBack();
  (await request(2)).answer.resolve({ mountPoint: place });
  await resumed;
  expect(await mounted).toBe(place);
  expect(record()).toMatchObject({ state: 'mounted', problem: undefined });
});

describe('an end of the program that is cancelled', () => {
  async function ending() {
    const all = setUp();
    const mounted = all.mounts.mount(KEY);
    (await all.request(1)).answer.resolve({ mountPoint: all.place });
    await mounted;
    const cancelling = new AbortController();
    const finishes: boolean[] = [];
    const end = new Ending({
      unmountAll: async (cancelled) => await all.mounts.unmountAll(cancelled),
      finish: (force) => Promise.resolve(void finishes.push(force)),
      hurry: () => Promise.resolve(),
    });
    return { ...all, cancelling, finishes, stop: () => end.stop(false, cancelling.signal) };
  }

  test('unmounts nothing any more', async () => {
    const { mounts, asked, record, cancelling, finishes, stop } = await ending();
    const stopped = expect(stop()).rejects.toMatchObject({ code: 'INTERRUPTED' });
    cancelling.abort();
    await stopped;
    // Goes the same way, a little later.
    await expect(mounts.unmountAll(cancelling.signal)).rejects.toThrow('aborted');
    expect({ asked: asked.length, state: record().state, finishes }).toEqual({
      asked: 1,
      state: 'mounted',
      finishes: [],
    });
  });

  test('unmounts none that waits for its turn, and finishes what was begun', async () => {
    const { mounts, asked, request, record, cancelling, stop } = await ending();
    const first = mounts.unmount(KEY, false);
    const unmounting = await request(2);
    const stopped = expect(stop()).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await turn();
    cancelling.abort();
    await stopped;
    unmounting.answer.reject(new GhostError('MOUNT_BUSY', 'It is in use.'));
    await expect(first).rejects.toMatchObject({ code: 'MOUNT_BUSY' });
    await turn();
    expect({ asked: asked.length, state: record().state }).toEqual({ asked: 2, state: 'mounted' });
  });
});
