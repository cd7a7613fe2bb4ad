/** What is said before and after blocks are thrown away: every figure comes from the program. */
import { describe, expect, it } from 'vitest';
import type { CacheStatus } from '../../../../src-main/ipc/contract.ts';
import {
  clearInput,
  clearQuestion,
  clearResult,
} from '../../../../src-renderer/features/cache/clear-question.ts';

const job = { job: '0123abcd-1', namespace: 'space', name: 'survey', bytes: 300, blocks: 3 };
const cache = (pinnedBytes: number, evictableBytes: number): CacheStatus => ({
  directory: '/cache',
  usedBytes: 1_000,
  blocks: 1_200,
  limitBytes: null,
  freeDiskBytes: null,
  pinnedBytes,
  evictableBytes,
  trouble: null,
  jobs: [job],
  pins: [],
});
const bytes = (value: number): string => `${String(value)} B`;

describe('clearing everything', () => {
  it.each([
    [0, 1_000, 'Frees 1000 B of 1000 B.', 'Nothing is pinned or in use, so nothing is kept.'],
    [200, 800, 'Frees 800 B of 1000 B.', 'Keeps 200 B that is pinned.'],
    [0, 900, 'Frees 900 B of 1000 B.', 'Keeps 100 B that is in use.'],
    [200, 700, 'Frees 700 B of 1000 B.', 'Keeps 300 B that is pinned (200 B) or in use.'],
  ])('with %d bytes pinned and %d evictable', (pinned, evictable, frees, keeps) => {
    const question = clearQuestion(cache(pinned, evictable), 'all', bytes);
    expect(question.frees).toBe(frees);
    expect(question.keeps).toBe(`${keeps} What is read again is fetched again. Mounts stay mounted.`);
    expect(clearInput('all')).toEqual({});
  });
});

describe('clearing one job', () => {
  it('is exact when nothing is kept', () => {
    const question = clearQuestion(cache(0, 1_000), job, bytes);
    expect(question.frees).toBe('Frees 300 B in 3 blocks.');
    expect(question.keeps).toMatch(/^All other jobs keep their blocks\./);
    expect(clearInput(job)).toEqual({ namespace: 'space' });
  });

  it('says up to where some of it may be kept', () => {
    const question = clearQuestion(cache(200, 700), job, bytes);
    expect(question.frees).toBe('Frees up to 300 B in 3 blocks.');
    expect(question.keeps).toMatch(/^Keeps what of it is pinned or in use, 300 B at most,/);
  });
});

it('says what came of it', () => {
  expect(clearResult({ blocks: 1_200, bytes: 5 }, bytes)).toBe('Freed 5 B in 1,200 blocks.');
  expect(clearResult({ blocks: 1, bytes: 5 }, bytes)).toBe('Freed 5 B in 1 block.');
  expect(clearResult({ blocks: 0, bytes: 0 }, bytes)).toMatch(/^Nothing could be freed/);
});
