/** What a person is told unasked: failures that need them and mounts that ended by themselves, once each. */
import { describe, expect, it } from 'vitest';
import { NotificationPolicy } from '../../../src-main/app/notifications.ts';
import type { State } from '../../../src-main/ipc/contract.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import { engine, jobOf, mounted, problem, stateOf } from './state-fixture.ts';

/** Titles of the notices for each state in turn. */
function told(states: readonly State[], watched = false): readonly (readonly string[])[] {
  const policy = new NotificationPolicy(new VirtualClock());
  return states.map((state) => policy.next(state, watched).map(({ title }) => title));
}

describe('notifications', () => {
  it('tell of a job that failed and of an engine that gave up', () => {
    const failed = jobOf(1, { state: 'failed', problem: problem('MOUNT_FAILED') });
    expect(told([stateOf([jobOf(1)]), stateOf([failed], engine('failed', 'It crashed.'))])).toEqual([
      [],
      ['Orbit GhostFS cannot serve files', 'Job 1 failed'],
    ]);
  });

  it('tell of each mistake in the settings once', () => {
    const first = stateOf([], { settingsProblem: 'config.toml, line 1: a mistake.' });
    const second = stateOf([], { settingsProblem: 'config.toml, line 2: a mistake.' });
    const title = 'Some settings do not apply';
    expect(told([first, first, second, stateOf()])).toEqual([[title], [], [title], []]);
  });

  it('tell of a mount that ended with a reason, not of one that was unmounted', () => {
    const before = stateOf([mounted(1)]);
    expect(told([before, stateOf([jobOf(1)])])).toEqual([[], []]);
    const ended = stateOf([jobOf(1, { problem: problem('MOUNT_FAILED', 'Unmounted by somebody else.') })]);
    expect(told([before, ended])).toEqual([[], ['Job 1 is no longer mounted']]);
    expect(told([before, { ...ended, ...engine('stopping') }])).toEqual([[], []]);
  });

  it('do not tell of the end of a job that already had the same problem', () => {
    const cause = { problem: problem('TIMEOUT', 'Too slow.') };
    expect(told([stateOf([mounted(1, cause)]), stateOf([jobOf(1, cause)])])).toEqual([[], []]);
  });

  it('leave alone what heals by itself', () => {
    const states = ['SOURCE_UNREACHABLE', 'TIMEOUT'].map((code) =>
      stateOf([mounted(1, { source: 'away', problem: problem(code) })], engine('restarting')),
    );
    expect(told(states)).toEqual([[], []]);
  });

  it('tell the same trouble once, until it has been over for a while', async () => {
    const clock = new VirtualClock();
    const policy = new NotificationPolicy(clock);
    const expired = problem('CREDENTIALS_REFUSED', 'The key expired.');
    const bad = stateOf([mounted(1, { source: 'refused', problem: expired })]);
    const good = stateOf([mounted(1)]);
    const count = (state: State): number => policy.next(state, false).length;
    expect(count(bad)).toBe(1);
    for (let round = 0; round < 50; round += 1) {
      await clock.advance(60_000);
      expect(count(round % 2 === 0 ? good : bad)).toBe(0);
    }
    expect(count(good)).toBe(0);
    await clock.advance(11 * 60_000);
    expect(count(bad)).toBe(1);
  });

  it('do not tell again of a trouble that lasts, however seldom something changes', async () => {
    const clock = new VirtualClock();
    const policy = new NotificationPolicy(clock);
    const good = stateOf([jobOf(2)]);
    const bad = stateOf([jobOf(1, { state: 'failed', problem: problem('MOUNT_FAILED') })]);
    const count = (state: State): number => policy.next(state, false).length;
    expect(count(bad)).toBe(1);
    await clock.advance(3 * 60 * 60_000);
    expect(count(bad)).toBe(0);
    await clock.advance(3 * 60 * 60_000);
    expect(count(good)).toBe(0);
    await clock.advance(9 * 60_000);
    expect(count(bad)).toBe(0);
    expect(count(good)).toBe(0);
    await clock.advance(11 * 60_000);
    expect(count(bad)).toBe(1);
  });

  it('stay silent while the window in front tells it', () => {
    const failed = stateOf([jobOf(1, { state: 'failed' })]);
    expect(told([failed, failed], true)).toEqual([[], []]);
  });

  it('show names and reasons as short plain text', () => {
    const policy = new NotificationPolicy(new VirtualClock());
    const job = jobOf(1, {
      name: '\u202eevil\n',
      state: 'failed',
      problem: problem('MOUNT_FAILED', 'x'.repeat(5_000)),
    });
    const [notice] = policy.next(stateOf([job]), false);
    expect(notice?.title).toBe('\u{fffd}evil\u{fffd} failed');
    expect(notice?.body).toHaveLength(240);
  });
});
