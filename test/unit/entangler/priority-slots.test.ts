/** Holds who gets a place to run in, and that one is left to the user. */
import { describe, expect, test } from 'vitest';
import type { Priority } from '../../../src-main/engine/entangler/block-reader.ts';
import { PrioritySlots } from '../../../src-main/engine/entangler/priority-slots.ts';

interface Job {
  readonly name: string;
}

function setUp(slots: number, capacity = 10) {
  const started: string[] = [];
  const displaced: string[] = [];
  const jobs = new Map<string, Job>();
  const line = new PrioritySlots<Job>({
    slots,
    capacity,
    start: (job) => started.push(job.name),
    displaced: (job) => displaced.push(job.name),
  });
  const job = (name: string): Job => jobs.get(name) ?? { name };
  const enter = (name: string, priority: Priority): boolean => {
    jobs.set(name, { name });
    return line.enter(job(name), priority);
  };
  return { line, started, displaced, enter, job };
}

describe('places', () => {
  test('are given until all are taken, but one only to the user', () => {
    const { enter, started } = setUp(3);
    for (const name of ['a', 'b', 'c']) enter(name, 'readahead');
    enter('me', 'user');
    enter('also me', 'user');
    expect(started).toEqual(['a', 'b', 'me']);
  });

  test('a single place is for everybody', () => {
    const { enter, started } = setUp(1);
    enter('a', 'background');
    expect(started).toEqual(['a']);
  });

  test('a free place is given to the most urgent who may have it', () => {
    const { enter, started, line, job } = setUp(2);
    enter('a', 'background');
    enter('me', 'user');
    enter('b', 'background');
    enter('c', 'warm');
    line.release(job('me'));
    expect(started).toEqual(['a', 'me']);
    line.release(job('a'));
    expect(started).toEqual(['a', 'me', 'c']);
    expect([line.running, line.waiting]).toEqual([1, 1]);
  });

  test('an open place displaces nobody, although the line is full', () => {
    const { enter, started, displaced } = setUp(2, 1);
    enter('a', 'background');
    enter('b', 'background');
    expect(enter('me', 'user')).toBe(true);
    expect([started, displaced]).toEqual([['a', 'me'], []]);
  });

  test('a full line refuses or displaces', () => {
    const { enter, displaced } = setUp(1, 1);
    enter('a', 'user');
    enter('b', 'background');
    expect(enter('c', 'background')).toBe(false);
    expect(enter('me', 'user')).toBe(true);
    expect(displaced).toEqual(['b']);
  });

  test('an upgrade of running work lets more background work start, and a later downgrade is ignored', () => {
    const { enter, started, line, job } = setUp(2);
    enter('a', 'background');
    enter('b', 'background');
    line.upgrade(job('a'), 'user');
    expect(started).toEqual(['a', 'b']);
    line.upgrade(job('a'), 'background');
    line.release(job('b'));
    enter('c', 'background');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  test('who withdraws does not start, and releasing twice frees one place', () => {
    const { enter, started, line, job } = setUp(1);
    enter('a', 'user');
    enter('b', 'user');
    enter('c', 'user');
    enter('d', 'user');
    expect([line.withdraw(job('b')), line.withdraw(job('a'))]).toEqual([true, false]);
    line.release(job('a'));
    line.release(job('a'));
    expect(started).toEqual(['a', 'c']);
  });

  test('nobody starts during a pause; what runs goes on, and all start in order afterwards', () => {
    const { enter, started, line, job } = setUp(2);
    enter('a', 'user');
    line.setPaused(true);
    enter('b', 'background');
    enter('me', 'user');
    line.release(job('a'));
    line.upgrade(job('b'), 'warm');
    expect(started).toEqual(['a']);
    line.setPaused(false);
    expect(started).toEqual(['a', 'me', 'b']);
  });
});
