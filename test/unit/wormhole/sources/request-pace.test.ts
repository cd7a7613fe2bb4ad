/** How many requests a host gets in a second, and whose go first. */
import { expect, test } from 'vitest';
import type { Priority } from '../../../../src-main/engine/entangler/block-reader.ts';
import { RequestPace } from '../../../../src-main/engine/wormhole/sources/request-pace.ts';
import { turn, VirtualClock } from '../../../helpers/virtual-clock.ts';

function paced(perSecond: number) {
  const clock = new VirtualClock();
  const pace = new RequestPace(clock, perSecond);
  const left: string[] = [];
  const ask = (name: string, priority: Priority | (() => Priority), host = 'h') => {
    const abort = new AbortController();
    const current = typeof priority === 'function' ? priority : () => priority;
    const turnTaken = pace.turn(host, current, abort.signal);
    if (turnTaken === undefined) left.push(name);
    else
      void turnTaken
        .then(() => left.push(name))
        .catch((error: unknown) => left.push(`${name} ${String(error)}`));
    return abort;
  };
  return { clock, left, ask };
}

test('a second’s worth leaves at once, the others as time passes, evenly', async () => {
  const { clock, left, ask } = paced(10);
  for (let request = 0; request < 14; request += 1) ask(`${request}`, 'user');
  expect(left).toHaveLength(10);
  await clock.advance(100);
  expect(left).toHaveLength(11);
  await clock.advance(250);
  expect(left).toHaveLength(13);
  await clock.advance(50);
  expect([left.length, clock.pending]).toEqual([14, 0]);
  await clock.advance(60_000);
  for (let request = 0; request < 14; request += 1) ask(`later ${request}`, 'user');
  expect(left).toHaveLength(24);
});

test('a reader’s request goes before those that nobody waits for, also when it became one while it waited', async () => {
  const { clock, left, ask } = paced(1);
  let raised: Priority = 'readahead';
  ask('first', 'background');
  ask('ahead', () => raised);
  ask('warm', 'warm');
  ask('reader', 'user');
  await clock.advance(1_000);
  raised = 'user';
  await clock.advance(1_000);
  await clock.advance(1_000);
  expect(left).toEqual(['first', 'reader', 'ahead', 'warm']);
});

test('a request that is given up takes no turn and leaves no timer', async () => {
  const { clock, left, ask } = paced(1);
  ask('first', 'user');
  const gone = ask('gone', 'user');
  const next = ask('next', 'user');
  gone.abort('left');
  await turn();
  await clock.advance(1_000);
  expect(left).toEqual(['first', 'gone left', 'next']);
  ask('last', 'user').abort('left, too');
  await turn();
  expect([left.at(-1), clock.pending, next.signal.aborted]).toEqual(['last left, too', 0, false]);
});

test('hosts do not wait for each other', () => {
  const { left, ask } = paced(1);
  ask('one', 'user', 'a');
  ask('another', 'user', 'b');
  ask('too many', 'user', 'b');
  expect(left).toEqual(['one', 'another']);
});
