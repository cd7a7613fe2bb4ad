/** What a badge and the status line say of jobs whose sources cannot be used. */
import { expect, it } from 'vitest';
import type { Job } from '../../../../src-main/ipc/contract.ts';
import { jobCondition, needsPerson, sourceTrouble } from '../../../../src-renderer/lib/job-condition.ts';

const of = (state: Job['state'], source: Job['source']) => ({ state, source });

it('is told apart only while a job is mounted', () => {
  const sources = ['reachable', 'away', 'refused'] as const;
  expect(sources.map((source) => jobCondition(of('mounted', source)))).toEqual([
    'mounted',
    'offline',
    'refused',
  ]);
  expect(sources.map((source) => jobCondition(of('failed', source)))).toEqual(['failed', 'failed', 'failed']);
});

it('needs a person unless it heals by itself', () => {
  expect(needsPerson(of('failed', 'reachable'))).toBe(true);
  expect(needsPerson(of('mounted', 'refused'))).toBe(true);
  expect(needsPerson(of('mounted', 'away'))).toBe(false);
  expect(needsPerson(of('mounted', 'reachable'))).toBe(false);
});

it('is summed up by the worst', () => {
  const jobs = [of('mounted', 'away'), of('mounted', 'away'), of('mounted', 'reachable')];
  expect(sourceTrouble(jobs)).toEqual({ condition: 'offline', jobs: 2 });
  expect(sourceTrouble([...jobs, of('mounted', 'refused')])).toEqual({ condition: 'refused', jobs: 1 });
  expect(sourceTrouble([of('unmounted', 'away'), of('mounted', 'reachable')])).toBeUndefined();
});
