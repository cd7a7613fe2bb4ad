/** The page's own failures on their way to the log: what is told, how much of it, and what happens while nobody can be told. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BridgeFailure } from '../../../../src-renderer/bridge/failure.ts';
import { FailureReports, hearFailures } from '../../../../src-renderer/bridge/report-failures.ts';
import { turn } from '../../../helpers/virtual-clock.ts';

let now: number;
let written: string[];
let refusal: BridgeFailure | undefined;
let reports: FailureReports;

beforeEach(() => {
  now = 0;
  written = [];
  refusal = undefined;
  reports = new FailureReports({
    write: (text) => {
      if (refusal !== undefined) return Promise.reject(refusal);
      written.push(text);
      return Promise.resolve();
    },
    now: () => now,
  });
});

async function report(times: number, what = 'x'): Promise<void> {
  for (let number = 1; number <= times; number += 1) reports.report(what, `reason ${number}`);
  await turn();
}

describe('a failure of the page', () => {
  it('is told with the place it comes from, cut to what the log takes', async () => {
    reports.report('It failed', new Error('why'), '\n    at App');
    reports.report('It failed', 'y'.repeat(10_000));
    reports.report('It failed', Object.create(null));
    await turn();
    expect(written[0]).toMatch(/^It failed: Error: why\n\s+at .*report-failures[^]*\n {4}at App$/);
    expect(written[1]).toHaveLength(4_000);
    expect(written[2]).toBe('It failed: something that has no text');
  });

  it('is told ten times a minute at most, and how many were left out', async () => {
    await report(100);
    expect(written).toHaveLength(10);
    now = 59_999;
    await report(1);
    expect(written).toHaveLength(10);
    now = 60_000;
    await report(1, 'later');
    expect(written.at(-1)).toBe('later (91 before it were left out): reason 1');
  });

  it('waits while the program cannot be reached, in order and bounded', async () => {
    refusal = new BridgeFailure('DISCONNECTED', 'The connection is lost.');
    for (now = 0; now < 600_000; now += 60_000) await report(2);
    expect(written).toEqual([]);
    refusal = undefined;
    await reports.send();
    expect(written).toHaveLength(10);
    expect(written.slice(0, 3)).toEqual(['x: reason 1', 'x: reason 2', 'x: reason 1']);
    await reports.send();
    expect(written).toHaveLength(10);
  });

  it('that the program refuses to hear holds up no other', async () => {
    refusal = new BridgeFailure('ARGUMENT_INVALID', 'No.');
    await report(1);
    refusal = undefined;
    await report(1, 'next');
    expect(written).toEqual(['next: reason 1']);
  });
});

describe('hearing', () => {
  const dispatch = async (type: string, more: object): Promise<void> => {
    const page = new EventTarget();
    hearFailures(page, reports);
    page.dispatchEvent(Object.assign(new Event(type), more));
    await turn();
  };

  it('catches what nobody else does', async () => {
    await dispatch('error', { error: new TypeError('not a function') });
    await dispatch('unhandledrejection', { reason: 'no answer' });
    expect(written).toEqual([
      expect.stringMatching(/^The screen failed: TypeError: not a function/),
      'Something the screen asked for failed: no answer',
    ]);
  });

  it('leaves out remarks of the browser itself', async () => {
    await dispatch('error', {
      error: null,
      message: 'ResizeObserver loop completed with undelivered notifications.',
    });
    expect(written).toEqual([]);
  });
});
