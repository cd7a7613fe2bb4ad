/** Holds which of the ranked sources is asked next. */
import { describe, expect, test } from 'vitest';
import {
  chooseSource,
  healthAfterFailure,
  healthAfterSuccess,
  HEALTHY,
  type SourceHealth,
} from '../../../src-main/engine/wormhole/source-choice.ts';

const none = () => false;

function failed(times: number, now = 0, pauseMs = 0): SourceHealth {
  let health = HEALTHY;
  for (let time = 0; time < times; time += 1) health = healthAfterFailure(health, now, pauseMs);
  return health;
}

describe('choice of a source', () => {
  test('takes the best rank among healthy ones', () => {
    expect(chooseSource([HEALTHY, HEALTHY], 0, none)).toEqual({ index: 0, waitMs: 0 });
  });

  test('leaves out barred ones, and says when none is left', () => {
    expect(chooseSource([HEALTHY, HEALTHY], 0, (index) => index === 0)).toEqual({ index: 1, waitMs: 0 });
    expect(chooseSource([HEALTHY], 0, () => true)).toBeUndefined();
  });

  test('passes over a source after three failures in a row, and comes back after 5 s', () => {
    expect(chooseSource([failed(2), HEALTHY], 1, none)?.index).toBe(0);
    expect(chooseSource([failed(3), HEALTHY], 1, none)?.index).toBe(1);
    expect(chooseSource([failed(3), HEALTHY], 5_000, none)?.index).toBe(0);
  });

  test('uses an unhealthy source when there is no other, without waiting', () => {
    expect(chooseSource([failed(9)], 1, none)).toEqual({ index: 0, waitMs: 0 });
  });

  test('waits for a source that asked for a pause, unless another one is ready', () => {
    const paused = failed(1, 0, 10_000);
    expect(chooseSource([paused], 4_000, none)).toEqual({ index: 0, waitMs: 6_000 });
    expect(chooseSource([paused, failed(3, 4_000)], 4_000, none)).toEqual({ index: 1, waitMs: 0 });
  });

  test('a success ends the run of failures but not a pause', () => {
    const health = healthAfterSuccess(failed(3, 0, 10_000));
    expect(health).toEqual({ failuresInARow: 0, unhealthyUntil: 0, pausedUntil: 10_000 });
  });

  test('a later failure does not shorten a pause', () => {
    expect(healthAfterFailure(failed(1, 0, 10_000), 1_000, 0).pausedUntil).toBe(10_000);
  });
});
