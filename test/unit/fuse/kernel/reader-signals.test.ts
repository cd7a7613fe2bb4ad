import { describe, expect, it } from 'vitest';
import { endsBySignal, isDead, lookAt } from '../../../../src-main/engine/fuse/kernel/reader-signals.ts';

const SIGKILL = 1n << 8n;
const SIGTERM = 1n << 14n;
const SIGQUIT = 1n << 2n;
const SIGALRM = 1n << 13n;
const SIGCHLD = 1n << 16n;
const SIGWINCH = 1n << 27n;

/** The signal lines of /proc/PID/status. */
function status(masks: {
  pending?: bigint;
  shared?: bigint;
  blocked?: bigint;
  ignored?: bigint;
  caught?: bigint;
}): string {
  const line = (name: string, mask = 0n): string => `${name}:\t${mask.toString(16).padStart(16, '0')}`;
  return [
    'Name:\tcat',
    line('SigPnd', masks.pending),
    line('ShdPnd', masks.shared),
    line('SigBlk', masks.blocked),
    line('SigIgn', masks.ignored),
    line('SigCgt', masks.caught),
    'CapInh:\t0000000000000000',
  ].join('\n');
}

describe('isDead', () => {
  it.each([
    ['Z (zombie)', 1, true],
    ['X (dead)', 1, true],
    ['Z (zombie)', 2, false],
    ['D (disk sleep)', 1, false],
    ['S (sleeping)', 1, false],
  ])('%s with %d threads: %s', (state, threads, dead) => {
    expect(isDead(`Name:\tcat\nState:\t${state}\nTgid:\t1\nThreads:\t${threads}\n`)).toBe(dead);
  });
});

describe('endsBySignal', () => {
  it.each([
    ['SIGKILL to the thread', { pending: SIGKILL }, true],
    ['SIGKILL to the process', { shared: SIGKILL }, true],
    ['SIGTERM by default', { shared: SIGTERM }, true],
    ['SIGQUIT, which dumps core', { shared: SIGQUIT }, true],
    ['SIGTERM handled', { shared: SIGTERM, caught: SIGTERM }, false],
    ['SIGTERM ignored', { shared: SIGTERM, ignored: SIGTERM }, false],
    ['SIGTERM blocked', { shared: SIGTERM, blocked: SIGTERM }, false],
    ['a timer that is handled', { pending: SIGALRM, caught: SIGALRM }, false],
    ['a child that ended', { shared: SIGCHLD }, false],
    ['a window that was resized', { shared: SIGWINCH }, false],
    ['SIGKILL behind a handled signal', { pending: SIGALRM, shared: SIGKILL, caught: SIGALRM }, true],
    ['nothing', {}, false],
  ])('%s: %o', (_what, masks, ends) => {
    expect(endsBySignal(status(masks))).toBe(ends);
  });
});

it('tells a thread that is gone, one that cannot be seen from here, and this one apart', () => {
  // Above the highest id the kernel gives.
  expect(lookAt(2 ** 22 + 1).fate).toBe('gone');
  expect(lookAt(0).fate).toBe('unknown');
  expect(lookAt(process.pid)).toEqual({ fate: 'staying', process: process.pid });
});
