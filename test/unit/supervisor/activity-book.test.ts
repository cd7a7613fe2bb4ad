/** Rates and history out of totals, on a time of the test's own. */
import { describe, expect, test } from 'vitest';
import type { ActivityReport } from '../../../src-main/engine/control/protocol.ts';
import { ActivityBook } from '../../../src-main/supervisor/activity-book.ts';
import { ProblemBook } from '../../../src-main/supervisor/problem-book.ts';
import { RateHistory } from '../../../src-main/supervisor/rate-history.ts';
import { RateMeter } from '../../../src-main/supervisor/rate-meter.ts';

const KEY = '00000000-1';

function report(readBytes: number, fetchedBytes = 0, received = 0): ActivityReport {
  return {
    jobs: [{ key: KEY, readBytes, fetchedBytes, hits: 1, misses: 2, cachedBytes: 3 }],
    transfers: [
      {
        id: 't',
        key: KEY,
        path: 'a',
        firstBlock: 0,
        blocks: 1,
        bytes: 100,
        received,
        priority: 'user',
        source: 'sim:',
        startedAt: 5,
      },
    ],
    readers: [{ key: KEY, pid: 9, process: 'cat', path: undefined, bytes: readBytes, lastReadAt: 6 }],
    cacheUsedBytes: 77,
  };
}

describe('RateMeter', () => {
  test('is over about the last second', () => {
    const meter = new RateMeter();
    for (let at = 0; at <= 5_000; at += 250) {
      meter.report(at, new Map([['a', at < 3_000 ? at : 3_000]]));
      if (at === 2_500) expect(meter.rate('a')).toBe(1_000);
      if (at === 3_500) expect(meter.rate('a')).toBe(500);
    }
    expect(meter.rate('a')).toBe(0);
  });

  test('is 0 at first, for what is not there, and for a total that began anew', () => {
    const meter = new RateMeter();
    meter.report(0, new Map([['a', 1_000_000]]));
    expect(meter.rate('a')).toBe(0);
    meter.report(250, new Map([['a', 10]]));
    expect(meter.rate('a')).toBe(0);
    expect(meter.rate('b')).toBe(0);
  });

  test('begins anew after a time that nobody counted', () => {
    const meter = new RateMeter();
    meter.report(0, new Map([['a', 0]]));
    meter.report(60_000, new Map([['a', 1_000_000]]));
    expect(meter.rate('a')).toBe(0);
  });

  test('what appears meanwhile counted from nothing', () => {
    const meter = new RateMeter();
    meter.report(0, new Map());
    meter.report(500, new Map([['a', 100]]));
    expect(meter.rate('a')).toBe(200);
  });
});

describe('RateHistory', () => {
  test('keeps two minutes, one sample a second', () => {
    const history = new RateHistory();
    for (let at = 0; at <= 200_000; at += 250) history.add(at, 250, 500);
    expect(history.samples).toHaveLength(120);
    expect(history.samples.every(({ fetched, read }) => fetched === 1_000 && read === 2_000)).toBe(true);
  });

  test('a late report stands for the seconds it covers', () => {
    const history = new RateHistory();
    history.add(0, 999, 999);
    history.add(3_000, 300, 600);
    expect(history.samples).toEqual(Array.from({ length: 3 }, () => ({ fetched: 100, read: 200 })));
  });

  test('begins anew after a time that nobody watched', () => {
    const history = new RateHistory();
    for (let at = 0; at <= 3_000; at += 500) history.add(at, 10, 10);
    history.add(60_000, 1_000_000, 1_000_000);
    expect(history.samples).toEqual([]);
  });
});

describe('ActivityBook', () => {
  test('shows what the engine reports, with rates', () => {
    const book = new ActivityBook();
    expect(book.shown()).toEqual({
      jobs: [],
      transfers: [],
      readers: [],
      history: { fetched: [], read: [] },
    });
    book.report(0, report(1_000_000));
    for (let at = 250; at <= 2_000; at += 250) book.report(at, report(1_000_000 + at, 2 * at, at / 2));
    expect(book.shown()).toMatchObject({
      jobs: [{ job: KEY, readRate: 1_000, fetchRate: 2_000, hits: 1, misses: 2 }],
      transfers: [{ id: 't', job: KEY, rate: 500 }],
      readers: [{ job: KEY, pid: 9, process: 'cat', path: null, rate: 1_000 }],
      history: { fetched: [2_000, 2_000], read: [1_000, 1_000] },
    });
  });

  test('after a silence the same engine goes on: what it counted before is no rate', () => {
    const book = new ActivityBook();
    for (let at = 0; at <= 1_000; at += 250) book.report(at, report(1_000_000 + at));
    book.silence(1_100);
    for (let at = 1_500; at <= 3_500; at += 250) book.report(at, report(9_000_000 + at));
    const { jobs, history } = book.shown();
    expect(jobs[0]?.readRate).toBe(1_000);
    expect(Math.max(...history.read)).toBeLessThanOrEqual(1_000);
  });

  test('a new engine counts anew: nothing is negative, nothing jumps', () => {
    const book = new ActivityBook();
    for (let at = 0; at <= 1_000; at += 250) book.report(at, report(1_000_000 + at));
    book.silence(1_250);
    expect(book.shown()).toMatchObject({ jobs: [], transfers: [], readers: [] });
    for (let at = 2_250; at <= 4_250; at += 250) book.report(at, report(at - 2_250));
    const { jobs, history } = book.shown();
    expect(jobs[0]?.readRate).toBe(1_000);
    expect(Math.max(...history.read)).toBeLessThanOrEqual(1_000);
    expect(book.latest?.cacheUsedBytes).toBe(77);
  });
});

test('ProblemBook keeps the last fifty, and what repeats once', () => {
  const book = new ProblemBook();
  const problem = (sentence: string, at: number) => ({ code: 'X', sentence, at, job: null, path: null });
  for (let at = 0; at < 60; at += 1) book.add(problem(`number ${at}`, at));
  for (let at = 60; at < 70; at += 1) book.add(problem('again', at));
  expect(book.problems).toHaveLength(50);
  expect(book.problems[0]).toMatchObject({ sentence: 'again', at: 69 });
  expect(book.problems[1]).toMatchObject({ sentence: 'number 59' });
});
