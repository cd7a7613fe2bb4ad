/** Words and order for throughput, transfers and problems. */
import { describe, expect, it } from 'vitest';
import type { Transfer } from '../../../../src-main/ipc/contract.ts';
import {
  blockRange,
  HISTORY_SPAN,
  historySummary,
  jobName,
  orderTransfers,
  wayOut,
} from '../../../../src-renderer/features/activity/describe-activity.ts';

const JOB = '0123abcd-1';
const transfer = (id: string, priority: Transfer['priority'], startedAt: number): Transfer => ({
  id,
  job: JOB,
  path: 'a',
  firstBlock: 0,
  blocks: 1,
  bytes: 1,
  received: 0,
  priority,
  source: '',
  rate: 0,
  startedAt,
});

it('puts what somebody waits for first, then the oldest', () => {
  const transfers = [
    transfer('new', 'user', 3),
    transfer('warm', 'warm', 1),
    transfer('ahead', 'readahead', 2),
    transfer('old', 'user', 1),
  ];
  expect(orderTransfers(transfers).map(({ id }) => id)).toEqual(['old', 'new', 'ahead', 'warm']);
});

it('names ranges of blocks as the cache counts them', () => {
  expect(blockRange({ firstBlock: 1_200, blocks: 1 })).toBe('1,200');
  expect(blockRange({ firstBlock: 1_200, blocks: 8 })).toBe('1,200 \u2013 1,207');
});

it('names a job that is not listed any more by its key', () => {
  expect(jobName([{ key: JOB, name: 'survey' }], JOB)).toBe('survey');
  expect(jobName([], JOB)).toBe(`job ${JOB}`);
});

describe('the way out of a problem', () => {
  const jobs = [{ key: JOB }];
  it.each([
    ['CACHE_UNAVAILABLE', null, 'Open cache'],
    ['SETTING_INVALID', null, 'Open settings'],
    ['SOURCE_UNREACHABLE', JOB, 'Open job'],
    ['SOURCE_UNREACHABLE', '0123abcd-2', undefined],
    ['INTERNAL', null, undefined],
  ])('%s of %s', (code, job, label) => {
    expect(wayOut({ code, job }, jobs)?.label).toBe(label);
  });
});

describe('historySummary', () => {
  it('says the highest of two minutes, and of less over which time', () => {
    const whole = Array.from({ length: HISTORY_SPAN }, (_, second) => second * 1024);
    expect(historySummary(whole)).toBe('at most 119.0 KiB/s');
    expect(historySummary(whole.slice(0, 3))).toBe('at most 2.0 KiB/s in 3 s');
  });

  it('does not say that nothing moved while nobody counted', () => {
    expect(historySummary([])).toBe('not counted yet');
    expect(historySummary([0, 0])).toBe('nothing moved in 2 s');
    expect(historySummary(Array.from({ length: HISTORY_SPAN }, () => 0))).toBe('nothing moved');
  });
});
