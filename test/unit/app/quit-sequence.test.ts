/** Every way out of the app: unmounted, busy, slow, cancelled, detached, and the system going down. */
import { describe, expect, it } from 'vitest';
import { answerOf, closeQuestion, detachQuestion, quitQuestion } from '../../../src-main/app/questions.ts';
import { QuitSequence, type QuitAnswer, type QuitReason } from '../../../src-main/app/quit-sequence.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';

const busy = (): Promise<void> => Promise.reject(new GhostError('MOUNT_BUSY', 'vim uses /mnt/a.'));
const never = (): Promise<void> => new Promise(() => {});
const done = (): Promise<void> => Promise.resolve();

function setUp(
  stops: readonly (() => Promise<void>)[],
  answers: readonly (QuitAnswer | Promise<QuitAnswer>)[] = [],
) {
  const clock = new VirtualClock();
  const left = [...stops];
  const replies = [...answers];
  const forced: boolean[] = [];
  const asked: QuitReason[] = [];
  const cancelled: AbortSignal[] = [];
  let leaves = 0;
  const quit = new QuitSequence({
    clock,
    stop: ({ force, cancelled: signal }) => {
      forced.push(force);
      cancelled.push(signal);
      return (left.shift() ?? never)();
    },
    ask: async (reason) => {
      asked.push(reason);
      return await (replies.shift() ?? new Promise<QuitAnswer>(() => {}));
    },
    leave: () => (leaves += 1),
  });
  return { clock, quit, forced, asked, cancelled, leaves: () => leaves };
}

describe('quitting', () => {
  it('unmounts, then leaves, without a question', async () => {
    const { quit, clock, forced, asked, leaves } = setUp([done]);
    const leaving = quit.request();
    expect(quit.state).toBe('unmounting');
    await leaving;
    expect({ forced, asked, leaves: leaves() }).toEqual({ forced: [false], asked: [], leaves: 1 });
    expect(clock.pending).toBe(0);
  });

  it('asks when something is in use, tries again, and leaves', async () => {
    const { quit, forced, asked, leaves } = setUp([busy, busy, done], ['retry', 'retry']);
    await quit.request();
    expect(asked).toEqual([
      { kind: 'busy', sentence: 'vim uses /mnt/a.' },
      { kind: 'busy', sentence: 'vim uses /mnt/a.' },
    ]);
    expect(forced).toEqual([false, false, false]);
    expect(leaves()).toBe(1);
  });

  it('stays when the person cancels, and can be asked again', async () => {
    const { quit, forced, leaves } = setUp([busy, done], ['cancel']);
    await quit.request();
    expect(quit.state).toBe('running');
    expect(leaves()).toBe(0);
    await quit.request();
    expect(forced).toEqual([false, false]);
    expect(leaves()).toBe(1);
  });

  it('detaches when the person says so', async () => {
    const { quit, forced, leaves } = setUp([busy, done], ['detach']);
    await quit.request();
    expect(forced).toEqual([false, true]);
    expect(quit.state).toBe('gone');
    expect(leaves()).toBe(1);
  });

  it('asks when unmounting hangs, and goes on waiting for the same attempt', async () => {
    const attempt = Promise.withResolvers<void>();
    const { quit, clock, forced, asked, leaves } = setUp([() => attempt.promise], ['retry']);
    const leaving = quit.request();
    await clock.advance(11_999);
    expect(asked).toEqual([]);
    await clock.advance(1);
    expect(asked).toEqual([{ kind: 'slow', sentence: '' }]);
    attempt.resolve();
    await leaving;
    expect(forced).toEqual([false]);
    expect(leaves()).toBe(1);
  });

  it('leaves when a slow unmount ends while the question is on the screen', async () => {
    const attempt = Promise.withResolvers<void>();
    const { quit, clock, leaves } = setUp([() => attempt.promise]);
    const leaving = quit.request();
    await clock.advance(12_000);
    expect(quit.state).toBe('asking');
    attempt.resolve();
    await leaving;
    expect(leaves()).toBe(1);
  });

  it('stays when the person cancels a slow unmount, which is told to stop where it is', async () => {
    const attempt = Promise.withResolvers<void>();
    const { quit, clock, forced, cancelled, leaves } = setUp([() => attempt.promise, done], ['cancel']);
    const asking = quit.request();
    await clock.advance(12_000);
    expect(cancelled[0]?.aborted).toBe(true);
    attempt.reject(new GhostError('INTERRUPTED', 'It was cancelled.'));
    await asking;
    expect({ state: quit.state, leaves: leaves(), pending: clock.pending }).toEqual({
      state: 'running',
      leaves: 0,
      pending: 0,
    });
    await quit.request();
    expect(cancelled[1]?.aborted).toBe(false);
    expect({ forced, leaves: leaves() }).toEqual({ forced: [false, false], leaves: 1 });
  });

  it('leaves all the same when it is cancelled too late: nothing is left to stay with', async () => {
    const attempt = Promise.withResolvers<void>();
    const { quit, clock, leaves } = setUp([() => attempt.promise], ['cancel']);
    const asking = quit.request();
    await clock.advance(12_000);
    attempt.resolve();
    await asking;
    expect({ state: quit.state, leaves: leaves() }).toEqual({ state: 'gone', leaves: 1 });
  });

  it('leaves in the end even when detaching hangs too', async () => {
    const { quit, clock, forced, leaves } = setUp([busy, never], ['detach']);
    const leaving = quit.request();
    await turn();
    await clock.advance(10_000);
    await leaving;
    expect(forced).toEqual([false, true]);
    expect(leaves()).toBe(1);
  });

  it('asks one question at a time, however often it is requested', async () => {
    const { quit, forced, asked } = setUp([busy]);
    void quit.request();
    void quit.request();
    await turn();
    void quit.request();
    await turn();
    expect(asked).toHaveLength(1);
    expect(forced).toEqual([false]);
  });

  it('forced, leaves at once and ignores the question that was open', async () => {
    const answer = Promise.withResolvers<QuitAnswer>();
    const { quit, forced, leaves } = setUp([busy, done], [answer.promise]);
    const asking = quit.request();
    await turn();
    await quit.force();
    answer.resolve('cancel');
    await asking;
    expect(quit.state).toBe('gone');
    expect(forced).toEqual([false, true]);
    expect(leaves()).toBe(1);
    await quit.force();
    expect(leaves()).toBe(1);
  });

  it('tells another failure than a busy mount, and stays when the question cannot be asked', async () => {
    const broken = (): Promise<void> => Promise.reject(new Error('the disk is gone'));
    const { quit, asked, leaves } = setUp([broken], [Promise.reject(new Error('no window'))]);
    await quit.request();
    expect(asked).toEqual([{ kind: 'failed', sentence: 'the disk is gone' }]);
    expect(quit.state).toBe('running');
    expect(leaves()).toBe(0);
  });
});

describe('questions', () => {
  it.each([
    quitQuestion({ kind: 'busy', sentence: 'vim uses it.' }),
    quitQuestion({ kind: 'slow', sentence: '' }),
    detachQuestion('vim uses it.'),
    closeQuestion(2),
  ])('have a meaning for every button, and Escape changes nothing: %o', (question) => {
    const { box, answers } = question;
    expect(answers).toHaveLength(box.buttons?.length ?? 0);
    expect(['cancel', false, 'stay']).toContain(answerOf<unknown>(question, box.cancelId ?? -1));
    expect(answerOf<unknown>(question, -1)).toBe(answerOf<unknown>(question, box.cancelId ?? -1));
    expect(answerOf<unknown>(question, 0)).toBe(answers[0]);
  });

  it('offer Retry, Detach and Cancel, with who is in the way', () => {
    const { box } = quitQuestion({ kind: 'busy', sentence: 'vim uses it.' });
    expect(box.buttons).toEqual(['Retry', 'Detach', 'Cancel']);
    expect(box.detail).toContain('vim uses it.');
  });
});
