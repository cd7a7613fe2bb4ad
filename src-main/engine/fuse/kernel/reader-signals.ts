/**
 * Whether a reader is on its way out. The kernel reports every signal, also those a program handles and goes on after
 * (timers, children, profilers); ending the read for those would throw its fetch away each time.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { withReserve } from '../../descriptors.ts';

const { SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU } = constants.signals;
/** Signals that end nobody when they are left to their default; source: signal(7). */
const HARMLESS = maskOf([SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]);

/** `unknown`: it cannot be seen from here, for now or at all; nothing may be concluded from that alone. */
export type Fate = 'staying' | 'ending' | 'gone' | 'unknown';

export interface Sighting {
  readonly fate: Fate;
  /** Its process; undefined when it was not seen. */
  readonly process: number | undefined;
}

/** Another process namespace's /proc, or none, has numbers that mean other threads. */
const isProcOurs = ownNumber() === process.pid;

/** Looks at a thread by its number in our process namespace; 0 is one that is not in it. Never throws. */
export function lookAt(thread: number): Sighting {
  if (thread === 0 || !isProcOurs) return { fate: 'unknown', process: undefined };
  try {
    const status = withReserve(() => readFileSync(`/proc/${thread}/status`, 'utf8'));
    const ends = isDead(status) || endsBySignal(status);
    return { fate: ends ? 'ending' : 'staying', process: numberAfter('Tgid', status) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return { fate: code === 'ENOENT' || code === 'ESRCH' ? 'gone' : 'unknown', process: undefined };
  }
}

/** A process that has ended keeps its entry until its parent asks for the exit code; so does a first thread until the last. */
export function isDead(status: string): boolean {
  return /^State:\s*[ZX]/m.test(status) && (numberAfter('Threads', status) ?? 0) <= 1;
}

function numberAfter(name: string, status: string): number | undefined {
  const digits = new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(status)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function ownNumber(): number | undefined {
  try {
    return Number(readlinkSync('/proc/self'));
  } catch {
    return undefined;
  }
}

/** Whether a signal is pending that the thread neither blocks, ignores nor handles; format: proc_pid_status(5). */
export function endsBySignal(status: string): boolean {
  const mask = (name: string): bigint =>
    BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? 0}`);
  const pending = mask('SigPnd') | mask('ShdPnd');
  return (pending & ~(mask('SigBlk') | mask('SigIgn') | mask('SigCgt') | HARMLESS)) !== 0n;
}

function maskOf(signals: readonly number[]): bigint {
  return signals.reduce((mask, signal) => mask | (1n << BigInt(signal - 1)), 0n);
}
