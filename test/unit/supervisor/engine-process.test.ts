/** The engine's process as the supervisor keeps it, with real children and a time of the test's own. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EngineSettings } from '../../../src-main/engine/control/protocol.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { EngineProcess } from '../../../src-main/supervisor/engine-process.ts';
import {
  afterEnd,
  ENDS_WITHIN_MS,
  HEALTHY_AFTER_MS,
  LONGEST_DELAY_MS,
  MANY_ENDS,
  NO_ENDS,
  type RestartHistory,
  PATIENCE_MS,
  SERVING_PATIENCE_MS,
} from '../../../src-main/supervisor/restart-policy.ts';
import { until } from '../../helpers/system-until.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';

const CHILD = join(import.meta.dirname, '..', '..', 'helpers', 'engine-child-main.ts');
const SETTINGS: EngineSettings = {
  cacheDirectory: '/nowhere',
  cacheLimitBytes: undefined,
  cacheMinFreeBytes: undefined,
  transfers: 8,
  deadlineMs: 30_000,
  logLevel: 'info',
  driver: 'auto',
};

type Manner = 'obedient' | 'mute' | 'dies' | 'refuses' | 'deaf';

interface Kept {
  readonly engine: EngineProcess;
  readonly clock: VirtualClock;
  readonly launches: () => number;
  readonly lost: string[];
  /** The manner of the next child. */
  next: Manner;
  readonly reaches: (state: EngineProcess['status']['state']) => Promise<void>;
}

const PLACE = { key: '00000000-1', database: '/a', job: 1 };

function keep(manner: Manner, silenceLimitMs?: number): Kept {
  const clock = new VirtualClock();
  const lost: string[] = [];
  let launches = 0;
  const kept: Kept = {
    clock,
    lost,
    next: manner,
    launches: () => launches,
    reaches: async (state) => {
      await until(`the engine is ${state}`, () => engine.status.state === state, 30_000);
    },
    engine: new EngineProcess({
      command: () => {
        launches += 1;
        return { executable: process.execPath, arguments: [CHILD, kept.next] };
      },
      settings: () => SETTINGS,
      clock,
      logger: silentLogger,
      onEvent: () => {},
      onStatus: () => {},
      onLost: (reason) => {
        lost.push(reason);
        return Promise.resolve();
      },
      onStarted: () => Promise.resolve(),
      onUndying: () => Promise.resolve(),
      silenceLimitMs,
    }),
  };
  const { engine } = kept;
  onTestFinished(async () => {
    const stopped = engine.stop(true);
    await clock.advance(60_000);
    await stopped;
  });
  return kept;
}

function kill(engine: EngineProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (engine.pid === undefined) throw new Error('no engine');
  process.kill(engine.pid, signal);
}

/** Time passes for the engine too: each sign of life has come before the next one is asked for. */
async function live(engine: EngineProcess, clock: VirtualClock, ms: number): Promise<void> {
  for (let past = 0; past < ms; past += 1_000) {
    await clock.advance(1_000);
    // Answered in order.
    await engine.request('cacheNamespace', PLACE);
  }
}

describe('restart policy', () => {
  const delays = (ends: number, everyMs: number, ranMs: number): readonly (number | undefined)[] => {
    let history = NO_ENDS;
    return Array.from({ length: ends }, (_, end) => {
      const decision = afterEnd(history, end * everyMs, ranMs);
      history = decision;
      return decision.delayMs;
    });
  };

  test('waits longer each time it fails from the start, and gives up when that has gone on for a while', () => {
    const everyMs = PATIENCE_MS / 6;
    expect(delays(7, everyMs, 0)).toEqual([100, 400, 1_600, 2_000, 2_000, 2_000, undefined]);
    // However long each of them took, a few in a row say nothing.
    expect(delays(4, PATIENCE_MS, 0)).not.toContain(undefined);
  });

  test('gives up as soon one that served until it failed from the start', () => {
    const served = afterEnd(NO_ENDS, 0, HEALTHY_AFTER_MS);
    expect(served.delayMs).toBe(100);
    let history: RestartHistory = served;
    const given = [0, 1, 2, 3, 4, 5].map((end) => {
      const decision = afterEnd(history, 100 + (end * PATIENCE_MS) / 5, 0);
      history = decision;
      return decision.delayMs;
    });
    expect(given).toEqual([100, 400, 1_600, 2_000, 2_000, undefined]);
  });

  test('has more patience with one that serves for a moment each time', () => {
    const ends = SERVING_PATIENCE_MS / 2_500;
    const given = delays(ends + 1, 2_500, HEALTHY_AFTER_MS - 1);
    expect(given.indexOf(undefined)).toBe(ends);
  });

  test('never gives up one that served, and only slows down when it ends often', () => {
    const quick = delays(MANY_ENDS * 3, 1_000, HEALTHY_AFTER_MS);
    expect(quick.slice(0, MANY_ENDS - 1).every((delay) => delay === 100)).toBe(true);
    expect(quick.slice(MANY_ENDS).every((delay) => delay === LONGEST_DELAY_MS)).toBe(true);
    const seldom = delays(MANY_ENDS * 3, ENDS_WITHIN_MS / (MANY_ENDS - 2), HEALTHY_AFTER_MS);
    expect(seldom.every((delay) => delay === 100)).toBe(true);
  });
});

describe('a running engine', () => {
  test('answers, refuses in its own words, and ends when asked', async () => {
    const { engine, reaches } = keep('obedient');
    engine.start();
    // Asked while it is still starting.
    expect(await engine.request('cacheNamespace', PLACE)).toEqual(PLACE);
    await reaches('running');
    await expect(engine.request('listJobs', { database: '/b' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no /b.',
    });
    const pid = engine.pid ?? 0;
    expect(await engine.stop(false)).toBe(true);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(engine.request('listJobs', { database: '/b' })).rejects.toMatchObject({
      code: 'ENGINE_AWAY',
    });
  });

  test('killed, rejects what it was asked and is started again at once', async () => {
    const { engine, clock, lost, launches, reaches } = keep('obedient');
    engine.start();
    await reaches('running');
    const open = engine.request('cacheReport', undefined);
    const rejected = expect(open).rejects.toMatchObject({ code: 'ENGINE_AWAY' });
    kill(engine);
    await rejected;
    await reaches('restarting');
    expect(engine.status).toMatchObject({
      restarts: 1,
      sentence: 'The engine was killed (SIGKILL); it is started again.',
    });
    expect(lost).toHaveLength(1);
    await clock.advance(99);
    expect(launches()).toBe(1);
    await clock.advance(1);
    await reaches('running');
    expect(engine.status).toMatchObject({ restarts: 1, sentence: null });
  });

  test('healthy between its ends, it is started again and again', async () => {
    const { engine, clock, reaches, launches } = keep('obedient');
    engine.start();
    for (let end = 1; end <= 6; end += 1) {
      await reaches('running');
      await live(engine, clock, HEALTHY_AFTER_MS);
      kill(engine);
      await reaches('restarting');
      await clock.advance(1_000);
      expect(launches()).toBe(end + 1);
    }
  });

  test.each([
    { force: false, limitMs: 8_000 },
    { force: true, limitMs: 3_000 },
  ])('that does not obey is killed, soon when it is forced: %o', async ({ force, limitMs }) => {
    const { engine, clock, reaches } = keep('deaf');
    engine.start();
    await reaches('running');
    const pid = engine.pid ?? 0;
    const stopped = engine.stop(force);
    await clock.advance(limitMs - 1);
    expect(process.kill(pid, 0)).toBe(true);
    await clock.advance(1);
    expect(await stopped).toBe(false);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('that is asked politely to end and then forced is killed as soon as if it had been forced at once', async () => {
    const { engine, clock, reaches } = keep('deaf');
    engine.start();
    await reaches('running');
    const pid = engine.pid ?? 0;
    const politely = engine.stop(false);
    await clock.advance(1_000);
    const forced = engine.stop(true);
    await clock.advance(3_000);
    await Promise.all([politely, forced]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('that leaves a request without an answer has it rejected after two minutes', async () => {
    const { engine, clock, reaches } = keep('obedient', 600_000);
    engine.start();
    await reaches('running');
    const open = engine.request('cacheReport', undefined);
    const rejected = expect(open).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'The engine gave no answer to "cacheReport" within 120 s.',
    });
    await clock.advance(120_000);
    await rejected;
    expect(engine.status.state).toBe('running');
  });
});

describe('an engine that hangs', () => {
  test('is killed after ten seconds of silence, says so, and is started again', async () => {
    const { engine, clock, reaches, lost } = keep('obedient');
    engine.start();
    await reaches('running');
    await live(engine, clock, 30_000);
    const pid = engine.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    const open = engine.request('cacheNamespace', PLACE);
    const rejected = expect(open).rejects.toMatchObject({ code: 'ENGINE_AWAY' });
    await clock.advance(10_000);
    expect(engine.status.state).toBe('running');
    await clock.advance(1_000);
    await reaches('restarting');
    await rejected;
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(lost).toEqual([
      'The engine hung: it gave no sign of life for 10 s and was killed; it is started again.',
    ]);
    expect(engine.status.sentence).toBe(lost[0]);
    await clock.advance(1_000);
    await reaches('running');
    expect(engine.pid).not.toBe(pid);
  });

  test('for a while and goes on is left alone', async () => {
    const { engine, clock, reaches, launches } = keep('obedient');
    engine.start();
    await reaches('running');
    for (let pause = 0; pause < 3; pause += 1) {
      kill(engine, 'SIGSTOP');
      await clock.advance(9_000);
      kill(engine, 'SIGCONT');
      await live(engine, clock, 2_000);
    }
    expect({ state: engine.status.state, launches: launches() }).toEqual({ state: 'running', launches: 1 });
  });

  test('is not one whose supervisor was asleep', async () => {
    const { engine, clock, reaches, launches } = keep('obedient');
    engine.start();
    await reaches('running');
    for (let night = 0; night < 8; night += 1) await clock.sleep(8 * 3_600_000);
    await engine.request('cacheNamespace', PLACE);
    await live(engine, clock, 10_000);
    expect({ state: engine.status.state, launches: launches() }).toEqual({ state: 'running', launches: 1 });
  });

  test('has a minute while it mounts, where an unindexed catalogue is copied', async () => {
    const { engine, clock, reaches } = keep('obedient');
    engine.start();
    await reaches('running');
    const mounting = engine.request('mount', { ...PLACE, mountPoint: '/nowhere' });
    mounting.catch(() => {});
    await turn();
    kill(engine, 'SIGSTOP');
    await clock.advance(60_000);
    expect(engine.status.state).toBe('running');
    await clock.advance(1_000);
    await reaches('restarting');
  });
});

describe('an engine that does not start', () => {
  test('is given up after a while, with its own words, and tried again when asked', async () => {
    const kept = keep('dies');
    const { engine, clock, launches, reaches, lost } = kept;
    engine.start();
    for (const delay of [100, 400, 1_600, 2_000, 2_000, 2_000]) {
      await reaches('restarting');
      const before = launches();
      await clock.advance(delay - 1);
      expect(launches()).toBe(before);
      await clock.advance(1);
      expect(launches()).toBe(before + 1);
      await until('it ended', () => lost.length === before + 1, 30_000);
    }
    expect(engine.status).toMatchObject({ state: 'failed', restarts: 7 });
    expect(engine.status.sentence).toMatch(
      /exit code 3: Error: there is something wrong with it.*again and again/,
    );
    expect(lost).toHaveLength(7);
    await expect(engine.request('listJobs', { database: '/' })).rejects.toMatchObject({
      code: 'ENGINE_AWAY',
    });
    kept.next = 'obedient';
    engine.revive();
    await reaches('running');
  });

  test('refusing its settings counts, and is told in its words', async () => {
    const { engine, reaches } = keep('refuses');
    engine.start();
    await reaches('restarting');
    expect(engine.status.sentence).toContain('Another one has the cache.');
  });

  test('saying nothing, it is killed after half a minute', async () => {
    const { engine, clock, reaches } = keep('mute');
    engine.start();
    await turn();
    const pid = engine.pid ?? 0;
    await clock.advance(30_000);
    await reaches('restarting');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(engine.status.sentence).toContain('not ready after 30 s');
  });

  test('asked to end meanwhile, it is not started again', async () => {
    const { engine, clock, launches, reaches } = keep('dies');
    engine.start();
    await reaches('restarting');
    expect(await engine.stop(false)).toBe(true);
    await clock.advance(60_000);
    expect(launches()).toBe(1);
    expect(engine.status.state).toBe('stopping');
  });
});
