/** When a source counts as away, and when as back: the rules, without a clock or a network. */
import { describe, expect, it } from 'vitest';
import {
  afterAnswer,
  afterLateRequest,
  afterVainRequest,
  isOfSource,
  together,
  UNTRIED,
  type SourceStanding,
  type VainRequest,
} from '../../../src-main/engine/wormhole/source-standing.ts';

const vain = (standing: SourceStanding, now: number, rest: Partial<VainRequest> = {}): SourceStanding =>
  afterVainRequest(standing, { startedAt: now, now, heard: false, pauseMs: 0, ...rest });

describe('a source is away', () => {
  it('after as many failures in a row as make a transfer give up, not before', () => {
    let standing = UNTRIED;
    for (let failure = 1; failure <= 5; failure += 1) standing = vain(standing, failure);
    expect(standing.state).toBe('reachable');
    expect(vain(standing, 6).state).toBe('away');
    expect(vain(afterAnswer(5), 6).state).toBe('reachable');
  });

  it('after ten seconds of silence, or when it asks to be left alone for as long', () => {
    expect(vain(UNTRIED, 10_000, { startedAt: 0 }).state).toBe('away');
    expect(vain(UNTRIED, 9_999, { startedAt: 0 }).state).toBe('reachable');
    expect(vain(UNTRIED, 5, { pauseMs: 10_000 }).state).toBe('away');
    // Another request has had an answer meanwhile.
    expect(vain(afterAnswer(9_000), 10_000, { startedAt: 0 }).state).toBe('reachable');
  });

  it('when it sent a reader nothing within the deadline, unless it served others meanwhile', () => {
    const late = (standing: SourceStanding, startedAt: number, heard = false) =>
      afterLateRequest(standing, { startedAt, now: 5_000, heard }).state;
    expect(late(UNTRIED, 0)).toBe('away');
    expect(late(afterAnswer(1_000), 1_001)).toBe('away');
    expect(late(afterAnswer(1_001), 1_000)).toBe('reachable');
    expect(late(UNTRIED, 0, true)).toBe('reachable');
    // It has only just had its turn.
    expect(late(UNTRIED, 4_001)).toBe('reachable');
  });

  it('not because its link is cut again and again', () => {
    let standing = UNTRIED;
    for (let cut = 1; cut <= 100; cut += 1) standing = vain(standing, cut * 1_000, { heard: true });
    expect(standing.state).toBe('reachable');
  });
});

it('is back with an answer, not with a few bytes', () => {
  const away = { ...UNTRIED, state: 'away' } as const;
  expect(vain(away, 1, { heard: true }).state).toBe('away');
  expect(afterAnswer(1)).toMatchObject({ state: 'reachable', failures: 0 });
});

it('several are reachable while one is, and refuse only when all do', () => {
  expect(together(['away', 'reachable', 'refused'])).toBe('reachable');
  expect(together(['refused', 'away'])).toBe('away');
  expect(together(['refused', 'refused'])).toBe('refused');
});

it('knows which problems are a source’s', () => {
  expect(['SOURCE_UNREACHABLE', 'TIMEOUT', 'CREDENTIALS_REFUSED', 'BLOCK_TRUNCATED'].every(isOfSource)).toBe(
    true,
  );
  expect(['BLOCK_CORRUPT', 'SOURCE_REFUSED', 'MOUNT_FAILED', 'OBJECT_CHANGED'].some(isOfSource)).toBe(false);
});
