/** What the engine is told, also when it does not take it or is away. */
import { expect, test } from 'vitest';
import type { EngineSettings } from '../../../src-main/engine/control/protocol.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import type { Problem } from '../../../src-main/ipc/contract.ts';
import { EngineConfiguration } from '../../../src-main/supervisor/engine-configuration.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';

async function setUp() {
  const clock = new VirtualClock();
  const told: (number | undefined)[] = [];
  const asked: string[] = [];
  const problems: Problem[] = [];
  const engine = {
    limit: 1 as number | undefined,
    isRunning: true,
    failure: undefined as GhostError | undefined,
  };
  const configuration = new EngineConfiguration({
    clock,
    settings: () => ({
      cacheDirectory: '/nowhere',
      cacheLimitBytes: engine.limit,
      cacheMinFreeBytes: undefined,
      transfers: 8,
      deadlineMs: 30_000,
      logLevel: 'info',
      driver: 'auto',
    }),
    isRunning: () => engine.isRunning,
    request: async (name, input) => {
      if (name !== 'reconfigure') asked.push(`${name} ${JSON.stringify(input)}`);
      else told.push((input as EngineSettings).cacheLimitBytes);
      await turn();
      if (engine.failure !== undefined) throw engine.failure;
      return undefined;
    },
    onRefused: (problem) => problems.push(problem),
  });
  configuration.initial();
  await configuration.begin(() => Promise.resolve(undefined as never));
  return { clock, told, asked, problems, engine, configuration };
}

test('what has not changed is not told', async () => {
  const { told, configuration } = await setUp();
  await configuration.tell();
  expect(told).toEqual([]);
});

test('what the engine does not take it is told again until it does; a person hears of it once', async () => {
  const { clock, told, problems, engine, configuration } = await setUp();
  engine.limit = 2;
  engine.failure = new GhostError('CACHE_UNAVAILABLE', 'The disk is full.');
  await configuration.tell();
  await clock.advance(5_000);
  await turn();
  expect(told).toEqual([2, 2]);
  expect(problems).toEqual([
    {
      code: 'CACHE_UNAVAILABLE',
      sentence:
        'The engine did not take the new settings (The disk is full.); it is told them again until it does.',
    },
  ]);
  engine.failure = undefined;
  await clock.advance(5_000);
  await turn();
  expect(told).toEqual([2, 2, 2]);
  await clock.advance(60_000);
  expect(told).toHaveLength(3);
  expect(clock.pending).toBe(0);
});

test('set back to what it had, an engine that may have taken half is told so', async () => {
  const { clock, told, engine, configuration } = await setUp();
  engine.limit = 2;
  engine.failure = new GhostError('TIMEOUT', 'No answer.');
  await configuration.tell();
  engine.limit = 1;
  engine.failure = undefined;
  await clock.advance(5_000);
  await turn();
  expect(told).toEqual([2, 1]);
});

test('changed while it is being told, the engine is told the last of them', async () => {
  const { told, engine, configuration } = await setUp();
  engine.limit = 2;
  const telling = configuration.tell();
  engine.limit = 3;
  void configuration.tell();
  engine.limit = 4;
  await telling;
  expect(told).toEqual([2, 4]);
});

test('an engine that is away gets them when it starts, and is not asked meanwhile', async () => {
  const { clock, told, problems, engine, configuration } = await setUp();
  engine.limit = 2;
  engine.failure = new GhostError('ENGINE_AWAY', 'It was killed.');
  await configuration.tell();
  expect({ problems, pending: clock.pending }).toEqual({ problems: [], pending: 0 });
  engine.isRunning = false;
  engine.limit = 3;
  await configuration.tell();
  expect(told).toEqual([2]);
  expect(configuration.initial().cacheLimitBytes).toBe(3);
  engine.isRunning = true;
  engine.failure = undefined;
  await configuration.tell();
  expect(told).toEqual([2]);
});

test('what changes while an engine is starting it is told when it runs, once', async () => {
  const { asked, engine, configuration } = await setUp();
  engine.isRunning = false;
  await configuration.begin(() => Promise.resolve(undefined as never));
  configuration.setWatched(true);
  expect(asked).toEqual([]);
  engine.isRunning = true;
  await configuration.tell();
  await configuration.tell();
  expect(asked).toEqual(['setWatched {"watched":true}']);
});

test('a new engine is told whether it is paused and watched', async () => {
  const { asked, engine, configuration } = await setUp();
  await configuration.setPaused(true);
  engine.isRunning = false;
  configuration.setWatched(true);
  expect(asked).toEqual(['setPaused {"paused":true}']);
  const told: string[] = [];
  await configuration.begin((name, input) => {
    told.push(`${name} ${JSON.stringify(input)}`);
    return Promise.resolve(undefined as never);
  });
  expect(told).toEqual(['setPaused {"paused":true}', 'setWatched {"watched":true}']);
});
