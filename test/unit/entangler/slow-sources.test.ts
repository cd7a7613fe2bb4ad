/** Readers of blocks that a source delivers too slowly: nobody inherits a request that others have waited for in vain. */
import { describe, expect, test } from 'vitest';
import { ScriptedSource } from '../../helpers/scripted-source.ts';
import { turn } from '../../helpers/virtual-clock.ts';
import { Bench, fileOf, NOTHING } from './bench.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const large = fileOf('large', 16 * MIB, MIB);

/** Every half second each open request of these sources gets so many bytes, until the clock has moved by `ms`. */
async function trickle(
  bench: Bench,
  sources: readonly ScriptedSource[],
  bytes: number,
  ms: number,
): Promise<void> {
  const end = bench.clock.now() + ms;
  while (bench.clock.now() < end) {
    for (const source of sources) {
      for (const call of source.open) {
        call.send(Math.min(bytes, call.left));
        if (call.left === 0) call.end();
      }
    }
    await turn();
    await bench.clock.advance(500);
  }
}

describe('a source that sends one byte every half second', () => {
  test('does not keep a prefetched block from its reader: another source is asked in time', async () => {
    const slow = new ScriptedSource('slow');
    const good = new ScriptedSource('good', (call) => call.finish());
    const bench = new Bench({}, { sources: [slow, good] });
    const fetch = bench.entangler.prefetch(large, 3, 'readahead');
    await turn();
    const read = bench.read(3 * MIB, 10, { file: large });
    await trickle(bench, [slow], 1, 12_000);
    expect([await read, await fetch, good.calls.length]).toEqual(['right', true, 1]);
    expect(bench.leftovers()).toEqual(NOTHING);
  });

  test('when it is the only one, gets new requests and holds no slot for long', async () => {
    const bench = new Bench();
    const fetch = bench.entangler.prefetch(large, 3, 'readahead');
    await turn();
    await trickle(bench, [bench.source], 1, 20_000);
    const read = bench.read(3 * MIB, 10, { file: large });
    await trickle(bench, [bench.source], 1, 10_000);
    expect(await fetch).toBe(false);
    await trickle(bench, [bench.source], 1, 20_000);
    expect(await read).toBe('TIMEOUT');
    expect(bench.source.calls.length).toBeGreaterThan(3);
    await turn();
    expect([bench.source.open.length, ...bench.leftovers()]).toEqual([0, ...NOTHING]);
  });
});

describe('a source that is just not dead', () => {
  // 2 KiB a second: more than a stalled one, far less than a reader of 1 MiB needs.
  const BYTES = KIB;

  test('is left for another when a reader has waited in vain, and the next reader gets his block', async () => {
    const slow = new ScriptedSource('slow');
    const good = new ScriptedSource('good');
    const bench = new Bench({}, { sources: [slow, good] });
    const first = bench.read(0, 10, { file: large });
    await trickle(bench, [slow], BYTES, 20_000);
    const second = bench.read(0, 10, { file: large });
    await trickle(bench, [slow], BYTES, 10_000);
    expect(await first).toBe('TIMEOUT');
    expect([slow.open.length, good.open.length]).toEqual([0, 1]);
    good.open[0]?.finish();
    expect(await second).toBe('right');
    await turn();
    expect(bench.leftovers()).toEqual(NOTHING);
  });

  test('keeps a request that is younger than the patience with a silent one', async () => {
    const slow = new ScriptedSource('slow');
    const good = new ScriptedSource('good');
    const bench = new Bench({}, { sources: [slow, good] });
    const reads = [bench.read(0, 10, { file: large })];
    for (const pause of [2_000, 2_000, 20_000]) {
      await trickle(bench, [slow], BYTES, pause);
      reads.push(bench.read(0, 10, { file: large }));
    }
    // The first three give up one after the other; only the first takes the request with it.
    await trickle(bench, [slow], BYTES, 10_500);
    expect(await Promise.all(reads.slice(0, 3))).toEqual(['TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
    expect([slow.calls.length, good.calls.length]).toEqual([1, 1]);
    good.open[0]?.finish();
    expect(await reads[3]).toBe('right');
  });

  test('loses a prefetch that nobody waits for at the deadline of a read', async () => {
    const bench = new Bench();
    const fetch = bench.entangler.prefetch(large, 0, 'readahead');
    await turn();
    await trickle(bench, [bench.source], BYTES, 29_500);
    expect(bench.source.open).toHaveLength(1);
    await trickle(bench, [bench.source], BYTES, 500);
    expect(await fetch).toBe(false);
    await turn();
    expect([bench.source.open.length, ...bench.leftovers()]).toEqual([0, ...NOTHING]);
  });
});

describe('a slow but honest link', () => {
  test('brings the largest block over 1 Mbit/s in one request, when the deadline allows it', async () => {
    const bench = new Bench({ deadlineMs: 180_000 });
    const huge = fileOf('huge', 16 * MIB, 16 * MIB);
    const read = bench.read(5 * MIB, 10, { file: huge });
    await turn();
    await trickle(bench, [bench.source], 62_500, 140_000);
    expect([await read, bench.source.calls.length]).toEqual(['right', 1]);
  });

  test('keeps a prefetch beyond the deadline while it gets on, and resumes what a reader gave up', async () => {
    const bench = new Bench();
    const fetch = bench.entangler.prefetch(large, 0, 'readahead');
    await turn();
    // 1 Mbit/s shared by eight: 67 s for the block.
    await trickle(bench, [bench.source], 7_800, 5_000);
    const read = bench.read(0, 10, { file: large });
    await trickle(bench, [bench.source], 7_800, 75_000);
    expect([await read, await fetch]).toEqual(['TIMEOUT', true]);
    expect(bench.source.calls.map((call) => call.request.offset)).toEqual([0, 70 * 7_800]);
    expect(await bench.read(0, MIB, { file: large })).toBe('right');
  });
});

test('a source that sent the only reader nothing in its time, however short, is told to be away', async () => {
  const heard: string[] = [];
  const bench = new Bench({ deadlineMs: 2_000 }, { onSources: (state) => void heard.push(state) });
  const late = bench.read(0, 10);
  await turn();
  await bench.clock.advance(2_000);
  expect([await late, heard]).toEqual(['TIMEOUT', ['away']]);
  await bench.clock.advance(15_000);
  for (const call of bench.source.open) call.finish();
  await turn();
  expect(heard).toEqual(['away', 'reachable']);
  // Who waits for a place on the wire cannot blame a source, nor who got at least a byte.
  const busy = new Bench({ deadlineMs: 2_000 }, { slots: 1, onSources: (state) => void heard.push(state) });
  busy.read(2_000, 10).catch(() => {});
  await turn();
  for (const call of busy.source.open) call.send(1);
  const waiting = busy.read(0, 10);
  await busy.clock.advance(2_000);
  expect([await waiting, heard.length]).toEqual(['TIMEOUT', 2]);
});
