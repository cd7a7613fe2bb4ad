/** The end of the program: refused, cancelled, forced, and asked for twice. */
import { expect, test } from 'vitest';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { Ending } from '../../../src-main/supervisor/ending.ts';
import { turn } from '../../helpers/virtual-clock.ts';

function setUp() {
  const unmounts: PromiseWithResolvers<void>[] = [];
  const finished = Promise.withResolvers<void>();
  const finishes: boolean[] = [];
  let hurries = 0;
  const ending = new Ending({
    unmountAll: () => {
      const unmount = Promise.withResolvers<void>();
      unmounts.push(unmount);
      return unmount.promise;
    },
    finish: (force) => {
      finishes.push(force);
      return finished.promise;
    },
    hurry: () => {
      hurries += 1;
      finished.resolve();
      return Promise.resolve();
    },
  });
  return { ending, unmounts, finished, finishes, hurries: () => hurries };
}

const busy = new GhostError('MOUNT_BUSY', 'vim uses /mnt/a.');

test('refused because something is in use, the program goes on', async () => {
  const { ending, unmounts, finishes } = setUp();
  const stopped = ending.stop(false, undefined);
  expect(ending.hasBegun).toBe(true);
  unmounts[0]?.reject(busy);
  await expect(stopped).rejects.toBe(busy);
  expect(ending.hasBegun).toBe(false);
  expect(finishes).toEqual([]);
});

test('cancelled before everything is unmounted, it goes on at once, and the engine is never ended', async () => {
  const { ending, unmounts, finishes } = setUp();
  const cancelling = new AbortController();
  const stopped = ending.stop(false, cancelling.signal);
  cancelling.abort();
  await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(ending.hasBegun).toBe(false);
  unmounts[0]?.resolve();
  await turn();
  expect(finishes).toEqual([]);
});

test('cancelled after that, it ends all the same', async () => {
  const { ending, unmounts, finished, finishes } = setUp();
  const cancelling = new AbortController();
  const stopped = ending.stop(false, cancelling.signal);
  unmounts[0]?.resolve();
  await turn();
  cancelling.abort();
  finished.resolve();
  await stopped;
  expect(finishes).toEqual([false]);
});

test('forced while it unmounts, it waits for nobody', async () => {
  const { ending, finished, finishes } = setUp();
  void ending.stop(false, undefined);
  const forced = ending.stop(true, undefined);
  expect(finishes).toEqual([true]);
  finished.resolve();
  await forced;
});

test('forced while it ends politely, it hurries', async () => {
  const { ending, unmounts, finishes, hurries } = setUp();
  const politely = ending.stop(false, undefined);
  unmounts[0]?.resolve();
  await turn();
  await ending.stop(true, undefined);
  await politely;
  expect({ finishes, hurries: hurries() }).toEqual({ finishes: [false], hurries: 1 });
});

test('asked politely after it was forced, it stays the end that it is', async () => {
  const { ending, unmounts, finished } = setUp();
  const forced = ending.stop(true, undefined);
  const politely = ending.stop(false, undefined);
  expect(unmounts).toEqual([]);
  finished.resolve();
  await Promise.all([forced, politely]);
  expect(ending.hasBegun).toBe(true);
});

test('of two who ask, one that is cancelled takes nothing back from the other', async () => {
  const { ending, unmounts } = setUp();
  const cancelling = new AbortController();
  const first = ending.stop(false, cancelling.signal);
  const second = ending.stop(false, undefined);
  cancelling.abort();
  await expect(first).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(ending.hasBegun).toBe(true);
  unmounts[1]?.reject(busy);
  await expect(second).rejects.toBe(busy);
  expect(ending.hasBegun).toBe(false);
});
