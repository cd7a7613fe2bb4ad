import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../../../src-main/engine/wormhole/sources/open-source.ts';
import { simBytes } from '../../../../src-main/engine/wormhole/sources/sim-content.ts';
import { turn, VirtualClock } from '../../../helpers/virtual-clock.ts';
import { collect, failureOf, objectOf } from './collect.ts';

const GIB = 2 ** 30;

describe('simBytes', () => {
  it('never changes', () => {
    // Catalogues hold digests of it: another content would make every published simulation corrupt.
    expect(simBytes(1, 'a', 0, 16).toString('hex')).toBe('74466d41be138a7176073a48b2952c31');
    expect(simBytes(1, 'a', 2 ** 50 + 3, 8).toString('hex')).toBe('5b874034e290b867');
  });

  it('gives the same byte at an offset whatever range it is asked in', () => {
    const offsets = fc.oneof(
      fc.nat(10_000),
      // Around the end of a 32-bit counter of words.
      fc.integer({ min: 16 * GIB - 5_000, max: 16 * GIB + 5_000 }),
      fc.integer({ min: 2 ** 52, max: 2 ** 52 + 10_000 }),
    );
    fc.assert(
      fc.property(offsets, fc.nat(5_000), fc.nat(5_000), (offset, before, length) => {
        const start = Math.max(0, offset - before);
        const around = simBytes(4, 'x', start, offset - start + length);
        expect(simBytes(4, 'x', offset, length).equals(around.subarray(offset - start))).toBe(true);
      }),
    );
  });

  it.each([
    ['seed', simBytes(2, 'a', 0, 4096)],
    ['artifact', simBytes(1, 'b', 0, 4096)],
    ['offset', simBytes(1, 'a', 4096, 4096)],
    ['offset by one word', simBytes(1, 'a', 4, 4096)],
    ['offset by a whole counter', simBytes(1, 'a', 16 * GIB, 4096)],
  ])('differs by %s like noise', (_, other) => {
    const bytes = simBytes(1, 'a', 0, 4096);
    const equal = bytes.filter((byte, i) => byte === other[i]).length;
    // One in 256 by chance: 16 of 4096, with a standard deviation of 4.
    expect(equal).toBeLessThan(40);
  });

  it('does not compress', () => {
    const counts = new Uint32Array(256);
    for (const byte of simBytes(1, 'a', 0, 256 * 1024)) counts[byte] = (counts[byte] ?? 0) + 1;
    // 1024 expected of each, standard deviation 32.
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1250);
  });
});

describe('a sim source', () => {
  const object = objectOf('f', 4_000_000);

  it('waits 500 ms before the first byte unless told otherwise', async () => {
    const clock = new VirtualClock();
    const collected = collect(openSource('sim:', { clock }), object, 0, 100);
    await clock.advance(499);
    expect(collected.chunks).toEqual([]);
    await clock.advance(1);
    await collected.settled;
    expect(collected.bytes()).toEqual(simBytes(1, object.id, 0, 100));
  });

  it('ends the wait for the first byte at an abort', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const collected = collect(openSource('sim:', { clock }), object, 0, 100, { signal: abort.signal });
    await turn();
    expect(clock.pending).toBe(1);
    abort.abort();
    expect((await failureOf(collected.settled)).code).toBe('INTERRUPTED');
    expect(clock.pending).toBe(0);
  });

  it('shares its bandwidth among all transfers', async () => {
    const clock = new VirtualClock();
    const source = openSource('sim:?latency=0ms&bandwidth=2MB/s', { clock });
    let finished = 0;
    const count = (): void => {
      finished += 1;
    };
    const first = collect(source, object, 0, 1_000_000);
    const second = collect(source, object, 2_000_000, 1_000_000);
    const counted = [first.settled.then(count), second.settled.then(count)];
    await clock.advance(500);
    expect(first.bytes().length).toBeGreaterThan(480_000);
    expect(first.bytes().length).toBeLessThan(520_000);
    expect(first.bytes().length + second.bytes().length).toBeLessThanOrEqual(1_000_000);
    await clock.advance(480);
    expect(finished).toBe(0);
    await clock.advance(20);
    await Promise.all(counted);
    expect(second.bytes()).toEqual(simBytes(1, object.id, 2_000_000, 1_000_000));
  });

  it('fails the same transfers at the same byte every time', async () => {
    const run = async (uri: string): Promise<readonly (readonly [string, number])[]> => {
      const source = openSource(uri);
      const results: (readonly [string, number])[] = [];
      for (let i = 0; i < 60; i += 1) {
        const collected = collect(source, object, i * 1000, 1000);
        const outcome = await collected.settled.then(
          () => 'whole',
          (error: Error & { code?: string }) => error.code ?? 'no code',
        );
        expect(collected.bytes()).toEqual(simBytes(5, object.id, i * 1000, collected.bytes().length));
        results.push([outcome, collected.bytes().length]);
      }
      return results;
    };
    const results = await run('sim:?seed=5&latency=0ms&error-rate=0.3');
    expect(await run('sim:?seed=5&latency=0ms&error-rate=0.3')).toEqual(results);
    const failures = results.filter(([outcome]) => outcome !== 'whole');
    // 18 expected, standard deviation 3.5.
    expect(failures.length).toBeGreaterThan(6);
    expect(failures.length).toBeLessThan(30);
    expect(failures.every(([outcome, bytes]) => outcome === 'BLOCK_TRUNCATED' && bytes < 1000)).toBe(true);
  });

  it('takes its dice from outside when there are some', async () => {
    const rolls = [0.5, 0, 0.6, 0.1, 0.25];
    const random = (): number => rolls.shift() ?? 0;
    const source = openSource('sim:?latency=0ms&error-rate=0.5', { random });
    await collect(source, object, 0, 8).settled.then(() => expect(rolls).toHaveLength(4));
    const atOnce = collect(source, object, 0, 8);
    // 0 fails, and 0.6 of 8 bytes is where.
    expect((await failureOf(atOnce.settled)).code).toBe('BLOCK_TRUNCATED');
    expect(atOnce.bytes()).toHaveLength(4);
    rolls.splice(0, rolls.length, 0, 0);
    const unreachable = collect(source, object, 0, 8);
    expect((await failureOf(unreachable.settled)).code).toBe('SOURCE_UNREACHABLE');
    expect(unreachable.chunks).toEqual([]);
  });
});
