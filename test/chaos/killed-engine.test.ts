/** The engine ends again and again while programs read: they wait a little, and get the right bytes. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { assertNoDState, mountAt } from '../helpers/watchdog.ts';
import { supervised } from '../mount/supervised.ts';
import { chaosTree } from './chaos-tree.ts';
import { inflict, inspectableEngine, recovered, type Fault } from './engine-faults.ts';
import { diceOf, rounds } from './profile.ts';
import { startReaders } from './readers.ts';

const SILENCE_LIMIT_MS = 2_000;
/** More than half of what a read is served from the cache, the rest is fetched. */
const CACHE_LIMIT_BYTES = 2 ** 30;
/** Milliseconds from one recovery to the next fault. Sometimes before the new engine counts as sound. */
const PAUSES = { shortest: 300, span: 1_500 };

/** An engine starts in half a second and takes over in another: most of them do not get to serve for long. Milliseconds. */
const LONGEST_LIFE_MS = 2_000;

const FAULTS: readonly (readonly [Fault, number])[] = [
  ['SIGKILL', 20],
  ['SIGSTOP', 4],
  ['SIGABRT', 5],
  ['heap', 4],
  ['responder heap', 4],
  ['responder hang', 3],
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
    const times = rounds(short);
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

  test('at any moment, also while it starts or takes mounts over, lets all of them go on', async () => {
    const dice = diceOf('any moment');
    const place = await supervised({}, { published: await chaosTree() });
    const { supervisor } = place;
    const { mountPoint } = await place.client.call('jobs.mount', { job: place.job });
    const before = mountAt(mountPoint);
    const readers = await startReaders({ mountPoint, tree: place.tree });
    const killed = new Set<number>();
    const times = rounds(40);
    while (killed.size < times && readers.failures.length === 0) {
      await pause(dice.below(LONGEST_LIFE_MS));
      const pid = supervisor.enginePid;
      if (pid === undefined || killed.has(pid)) continue;
      killed.add(pid);
      process.kill(pid, 'SIGKILL');
    }
    await recovered(place, times);
    await readers.finish();
    expect(supervisor.state().engine).toMatchObject({ state: 'running', restarts: times });
    expect(mountAt(mountPoint)).toEqual(before);
    await assertNoDState();
  });
});
