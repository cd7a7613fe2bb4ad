/** When a request counts as stalled: no byte, or hardly any, for a whole window. */
import { expect, test } from 'vitest';
import { ProgressWatch } from '../../../src-main/engine/wormhole/progress-watch.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

const KIB = 1024;

function watching(): {
  readonly clock: VirtualClock;
  readonly watch: ProgressWatch;
  readonly reasons: string[];
} {
  const clock = new VirtualClock();
  const reasons: string[] = [];
  const stalled = (reason: string) => reasons.push(`${clock.now()}: ${reason}`);
  return { clock, watch: new ProgressWatch({ clock, windowMs: 10_000, stalled }), reasons };
}

/** Delivers `bytes` every `ms` until `end`. */
async function trickle(
  { clock, watch }: ReturnType<typeof watching>,
  bytes: number,
  ms: number,
  end: number,
): Promise<void> {
  while (clock.now() < end) {
    await clock.advance(ms);
    watch.received(bytes);
  }
}

test('nothing for a window', async () => {
  const { clock, reasons } = watching();
  await clock.advance(9_999);
  expect(reasons).toEqual([]);
  await clock.advance(60_000);
  expect(reasons).toEqual(['10000: sent nothing for 10 seconds']);
  expect(clock.pending).toBe(0);
});

test('silence counts from the last byte, however much came before', async () => {
  const { clock, watch, reasons } = watching();
  await clock.advance(4_000);
  watch.received(1_000_000);
  await clock.advance(60_000);
  expect(reasons).toEqual(['14000: sent nothing for 10 seconds']);
});

test('a trickle, counted from its first byte', async () => {
  const watched = watching();
  await trickle(watched, 1, 500, 20_000);
  expect(watched.reasons).toEqual(['10500: sent no more than 20 bytes in 10 seconds']);
});

test('a far source is not a slow one: the window begins with its first byte', async () => {
  const { clock, watch, reasons } = watching();
  await clock.advance(9_000);
  watch.received(1);
  await clock.advance(9_000);
  watch.received(16 * KIB);
  await clock.advance(9_999);
  expect(reasons).toEqual([]);
});

test('each window has to bring its share, the first one does not pay for the others', async () => {
  const watched = watching();
  watched.watch.received(10_000 * KIB);
  await trickle(watched, 1, 1_000, 30_000);
  expect(watched.reasons).toEqual(['20000: sent no more than 10 bytes in 10 seconds']);
});

test('a slow link that gets on is left alone', async () => {
  const watched = watching();
  // 256 kbit/s shared by sixteen.
  await trickle(watched, 2_000, 1_000, 600_000);
  expect(watched.reasons).toEqual([]);
  watched.watch.stop();
  expect(watched.clock.pending).toBe(0);
});

test('time in a queue of ours does not count, and a watch that was stopped stays so', async () => {
  const { clock, watch, reasons } = watching();
  watch.queued(true);
  await clock.advance(60_000);
  watch.queued(false);
  await clock.advance(9_999);
  expect(reasons).toEqual([]);
  watch.stop();
  watch.queued(false);
  await clock.advance(60_000);
  expect([reasons, clock.pending]).toEqual([[], 0]);
});
