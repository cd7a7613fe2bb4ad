/** The limits of quitting and of ending the engine, one within the other: whatever the engine does, it never outlives the app. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { QuitSequence, type QuitAnswer } from '../../../src-main/app/quit-sequence.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { Ending } from '../../../src-main/supervisor/ending.ts';
import { EngineProcess } from '../../../src-main/supervisor/engine-process.ts';
import { until } from '../../helpers/system-until.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';

const CHILD = join(import.meta.dirname, '..', '..', 'helpers', 'engine-child-main.ts');

/** An engine that does not end when it is asked to, and the app around it, without mounts. */
async function setUp(answer?: QuitAnswer) {
  const clock = new VirtualClock();
  const engine = new EngineProcess({
    command: () => ({ executable: process.execPath, arguments: [CHILD, 'deaf'] }),
    settings: () => ({
      cacheDirectory: '/nowhere',
      cacheLimitBytes: undefined,
      cacheMinFreeBytes: undefined,
      transfers: 8,
      deadlineMs: 30_000,
      logLevel: 'info',
      driver: 'auto',
    }),
    clock,
    logger: silentLogger,
    onEvent: () => {},
    onStatus: () => {},
    onLost: () => Promise.resolve(),
    onStarted: () => Promise.resolve(),
    onUndying: () => Promise.resolve(),
    // The clock is faster than its signs of life.
    silenceLimitMs: 3_600_000,
  });
  onTestFinished(async () => {
    const stopped = engine.stop(true);
    await clock.advance(10_000);
    await stopped;
  });
  engine.start();
  await until('it runs', () => engine.status.state === 'running', 30_000);
  const unmounted = Promise.withResolvers<void>();
  const ending = new Ending({
    unmountAll: () => unmounted.promise,
    finish: async (force) => void (await engine.stop(force)),
    hurry: async () => await engine.stop(true),
  });
  const pid = engine.pid ?? 0;
  let questions = 0;
  let outlived: boolean | undefined;
  const quit = new QuitSequence({
    clock,
    stop: async ({ force, cancelled }) => await ending.stop(force, cancelled),
    ask: async () => {
      questions += 1;
      return await (answer === undefined ? new Promise<never>(() => {}) : Promise.resolve(answer));
    },
    leave: () => {
      outlived = isThere(pid);
    },
  });
  const left = async (): Promise<void> => {
    await until('the app has left', () => outlived !== undefined, 30_000);
  };
  return { clock, quit, unmounted, left, questions: () => questions, outlived: () => outlived };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('forced, the app leaves when the engine is killed, not before', async () => {
  const { clock, quit, left, outlived } = await setUp();
  const leaving = quit.force();
  await clock.advance(3_000);
  await left();
  await leaving;
  expect(outlived()).toBe(false);
});

test('asked politely, the engine is killed before the person is asked anything', async () => {
  const { clock, quit, unmounted, left, questions, outlived } = await setUp();
  unmounted.resolve();
  const leaving = quit.request();
  await turn();
  await clock.advance(8_000);
  await left();
  await leaving;
  expect({ questions: questions(), outlived: outlived() }).toEqual({ questions: 0, outlived: false });
});

test('detached while it waits for the engine to end, the app waits for its end all the same', async () => {
  const { clock, quit, unmounted, left, questions, outlived } = await setUp('detach');
  const leaving = quit.request();
  // So late that the polite end outlasts the person's patience.
  await clock.advance(11_000);
  unmounted.resolve();
  await turn();
  await clock.advance(1_000);
  expect(questions()).toBe(1);
  await clock.advance(3_000);
  await left();
  await leaving;
  expect(outlived()).toBe(false);
});
