/** Holds what a transfer does after each failure, and that it always ends. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GhostError, type GhostErrorCode } from '../../../src-main/engine/errors.ts';
import { Journey, type Failure, type NextStep } from '../../../src-main/engine/wormhole/journey.ts';
import { defaultRetryPolicy } from '../../../src-main/engine/wormhole/retry.ts';

const KIB = 1024;

function fail(
  journey: Journey,
  code: GhostErrorCode,
  at: Partial<Omit<Failure, 'error'>> = {},
): NextStep['kind'] {
  const { source = 0, received = 0, mixed = false, isReady = () => true, isPatient = false } = at;
  return journey.after({ source, error: new GhostError(code, ''), received, mixed, isReady, isPatient }).kind;
}

function journeyOf(sources: number): Journey {
  return new Journey(sources, defaultRetryPolicy, () => 1);
}

describe('a transfer after a failure', () => {
  test('goes to the next source at once, and waits when all have failed', () => {
    const journey = journeyOf(2);
    expect(fail(journey, 'SOURCE_UNREACHABLE', { source: 0 })).toBe('switch');
    expect(journey.isBarred(0)).toBe(true);
    expect(fail(journey, 'SOURCE_UNREACHABLE', { source: 1 })).toBe('wait');
    expect(journey.isBarred(0)).toBe(false);
  });

  test('does not go to a source that asked for a pause', () => {
    expect(fail(journeyOf(2), 'SOURCE_UNREACHABLE', { isReady: (source) => source === 0 })).toBe('wait');
  });

  test('gives up after the sixth round', () => {
    const journey = journeyOf(1);
    const steps = Array.from({ length: 6 }, () => fail(journey, 'SOURCE_UNREACHABLE'));
    expect(steps).toEqual(['wait', 'wait', 'wait', 'wait', 'wait', 'give-up']);
  });

  test('never asks a source again that refused', () => {
    const journey = journeyOf(2);
    expect(fail(journey, 'SOURCE_REFUSED', { source: 0 })).toBe('switch');
    expect(fail(journey, 'SOURCE_UNREACHABLE', { source: 1 })).toBe('wait');
    expect(journey.isBarred(0)).toBe(true);
    expect(fail(journey, 'SOURCE_REFUSED', { source: 1 })).toBe('give-up');
  });

  test('does not count rounds that come further', () => {
    const journey = journeyOf(1);
    for (let cut = 1; cut <= 20; cut += 1) {
      expect(fail(journey, 'BLOCK_TRUNCATED', { received: cut * 64 * KIB })).toBe('wait');
    }
  });

  test('counts a round that fetches the same part again', () => {
    const journey = journeyOf(1);
    const steps = Array.from({ length: 7 }, () => fail(journey, 'BLOCK_TRUNCATED', { received: 512 * KIB }));
    expect(steps.at(-1)).toBe('give-up');
    expect(steps.filter((step) => step === 'give-up')).toHaveLength(1);
  });

  test('takes a corrupt block from a single source twice, and from each of several once', () => {
    const single = journeyOf(1);
    expect(fail(single, 'BLOCK_CORRUPT')).toBe('wait');
    expect(fail(single, 'BLOCK_CORRUPT')).toBe('give-up');
    const three = journeyOf(3);
    expect([0, 1, 2].map((source) => fail(three, 'BLOCK_CORRUPT', { source }))).toEqual([
      'switch',
      'switch',
      'give-up',
    ]);
  });

  test('blames no source for a block put together from several', () => {
    const journey = journeyOf(2);
    expect(fail(journey, 'BLOCK_CORRUPT', { source: 1, mixed: true })).toBe('switch');
    expect(fail(journey, 'BLOCK_CORRUPT', { source: 0 })).toBe('wait');
  });

  test('ends, whatever happens', () => {
    const codes = fc.constantFrom<GhostErrorCode>(
      'SOURCE_UNREACHABLE',
      'BLOCK_TRUNCATED',
      'BLOCK_CORRUPT',
      'SOURCE_REFUSED',
    );
    const failure = fc.record({
      code: codes,
      received: fc.nat(1024 * KIB),
      mixed: fc.boolean(),
      ready: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.infiniteStream(failure), (sources, failures) => {
        const journey = journeyOf(sources);
        // 16 blocks of progress, then six rounds, each of at most four sources.
        for (let step = 0; step < (16 + 6) * 4 + 1; step += 1) {
          const { value } = failures.next();
          const source = [0, 1, 2, 3].find((index) => index < sources && !journey.isBarred(index));
          expect(source).toBeDefined();
          const at = {
            source: source ?? 0,
            received: value.received,
            mixed: value.mixed,
            isReady: () => value.ready,
          };
          if (fail(journey, value.code, at) === 'give-up') return;
        }
        expect.unreachable('the journey did not end');
      }),
    );
  });
});
