/** Holds the waits between attempts and which failures are final. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GhostError } from '../../../src-main/engine/errors.ts';
import {
  backOffMs,
  defaultRetryPolicy as policy,
  honouredRetryAfterMs,
  isRetryable,
} from '../../../src-main/engine/wormhole/retry.ts';

describe('back-off', () => {
  test('doubles its span from 200 ms up to 5 s', () => {
    const spans = [1, 2, 3, 4, 5, 6, 7].map((round) => backOffMs(policy, round, () => 1));
    expect(spans).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  test('draws from the whole span', () => {
    expect(backOffMs(policy, 3, () => 0)).toBe(0);
    expect(backOffMs(policy, 3, () => 0.25)).toBe(200);
  });
});

describe('Retry-After', () => {
  test('is honoured as asked, capped at 30 s, and ignored when it is nonsense', () => {
    const asked = [undefined, 1500, 86_400_000, Infinity, -1, Number.NaN];
    expect(asked.map((ms) => honouredRetryAfterMs(policy, ms))).toEqual([0, 1500, 30_000, 30_000, 0, 0]);
  });

  test('never exceeds its cap', () => {
    fc.assert(
      fc.property(fc.double(), (ms) => {
        const honoured = honouredRetryAfterMs(policy, ms);
        expect(honoured).toBeGreaterThanOrEqual(0);
        expect(honoured).toBeLessThanOrEqual(policy.retryAfterCapMs);
      }),
    );
  });
});

test('what the source would only repeat is not retried', () => {
  const retried = (
    [
      'SOURCE_UNREACHABLE',
      'BLOCK_TRUNCATED',
      'BLOCK_CORRUPT',
      'SOURCE_REFUSED',
      'CREDENTIALS_REFUSED',
      'OBJECT_CHANGED',
      'INTERRUPTED',
    ] as const
  ).filter((code) => isRetryable(new GhostError(code, '')));
  expect(retried).toEqual(['SOURCE_UNREACHABLE', 'BLOCK_TRUNCATED', 'BLOCK_CORRUPT']);
});
