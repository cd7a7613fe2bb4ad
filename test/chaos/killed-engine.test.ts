/** The engine ends again and again while programs read: they wait a little, and get the right bytes. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { assertNoDState, mountAt } from '../helpers/watchdog.ts';
import { supervised } from '../mount/supervised.ts';
import { chaosTree } from './chaos-tree.ts';
import { inflict, inspectableEngine, recovered, type Fault } from './engine-faults.ts';
import { diceOf, rounds } from './profile.ts';
import { startReaders } from './readers.ts';

/** One engine ends twenty-nine times in ten minutes at the most, then it is given up. */
const MOST_ROUNDS = 29;
const SILENCE_LIMIT_MS = 2_000;
/** More than half of what a read is served from the cache, the rest is fetched. */
const CACHE_LIMIT_BYTES = 2 ** 30;
/** Milliseconds from one recovery to the next fault. Sometimes before the new engine counts as sound. */
const PAUSES = { shortest: 300, span: 1_500 };

const FAULTS: readonly (readonly [Fault, number])[] = [
  ['SIGKILL', 20],
  ['SIGSTOP', 4],
  ['SIGABRT', 5],
  ['heap', 4],
  ['responder heap', 4],
];

describe('an engine that ends while programs read', () => {
  test.for(FAULTS)('by %s lets all of them go on with the right bytes', async ([fault, short]) => {
    const dice = diceOf(fault);
    const place = await supervised(
      { cacheLimitBytes: CACHE_LIMIT_BYTES },
      {
        published: await chaosTree(),
        engineSilenceLimitMs: SILENCE_LIMIT_MS,
        engineCommand: inspectableEngine,
      },
    );
    const { mountPoint } = await place.client.call('jobs.mount', { job: place.job });
    const before = mountAt(mountPoint);
    const readers = await startReaders({ mountPoint, tree: place.tree });
    const times = Math.min(rounds(short), MOST_ROUNDS);
    for (let round = 1; round <= times && readers.failures.length === 0; round += 1) {
      await pause(PAUSES.shortest + dice.below(PAUSES.span));
      await inflict(fault, place);
      await recovered(place, round);
    }
    await readers.finish();
    expect(place.supervisor.state().engine).toMatchObject({ state: 'running', restarts: times });
    // The same mount all the time, not another at the same place.
    expect(mountAt(mountPoint)).toEqual(before);
    await assertNoDState();
  });
});
