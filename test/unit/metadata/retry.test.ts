import { expect, test } from 'vitest';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { withCatalogueRetry } from '../../../src-main/engine/metadata/retry.ts';
import { VirtualClock, turn } from '../../helpers/virtual-clock.ts';

const busy = (): never => {
  throw new GhostError('CATALOGUE_BUSY', 'locked');
};

test('the first success is returned without waiting', async () => {
  const clock = new VirtualClock();
  expect(await withCatalogueRetry(clock, () => 7)).toBe(7);
  expect(clock.pending).toBe(0);
});

test('waits double three times, then stay, and end after five seconds', async () => {
  const clock = new VirtualClock();
  const attempts: number[] = [];
  const result = withCatalogueRetry(clock, () => {
    attempts.push(clock.now());
    return busy();
  });
  const rejected = expect(result).rejects.toMatchObject({ code: 'CATALOGUE_BUSY' });
  await clock.advance(10_000);
  await rejected;
  expect(attempts).toEqual([0, 100, 300, 700, 1500, 2300, 3100, 3900, 4700, 5000]);
});

test('another patience lasts as long as it says, and is told of the first refusal alone', async () => {
  const clock = new VirtualClock();
  let told = 0;
  const result = withCatalogueRetry(clock, busy, undefined, { budgetMs: 60_000, onBusy: () => (told += 1) });
  const rejected = expect(result).rejects.toMatchObject({ code: 'CATALOGUE_BUSY' });
  await clock.advance(59_000);
  expect(clock.pending).toBe(1);
  await clock.advance(1_000);
  await rejected;
  expect(told).toBe(1);
});

test('a lock that goes away in time is not noticed', async () => {
  const clock = new VirtualClock();
  const result = withCatalogueRetry(clock, () => (clock.now() < 2_000 ? busy() : 'answer'));
  await clock.advance(2_300);
  expect(await result).toBe('answer');
});

test('any other error rejects at once', async () => {
  const clock = new VirtualClock();
  const failing = (): never => {
    throw new GhostError('CATALOGUE_INVALID', 'damaged');
  };
  await expect(withCatalogueRetry(clock, failing)).rejects.toMatchObject({ code: 'CATALOGUE_INVALID' });
});

test('an abort ends the wait and leaves no timer', async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const result = withCatalogueRetry(clock, busy, abort.signal);
  const rejected = expect(result).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await turn();
  expect(clock.pending).toBe(1);
  abort.abort();
  await rejected;
  expect(clock.pending).toBe(0);
  await expect(withCatalogueRetry(clock, () => 1, abort.signal)).rejects.toMatchObject({
    code: 'INTERRUPTED',
  });
});
