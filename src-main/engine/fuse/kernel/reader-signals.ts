/**
 * Whether a reader is on its way out. The kernel reports every signal, also those a program handles and goes on after
 * (timers, children, profilers); ending the read for those would throw its fetch away each time.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

const { SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU } = constants.signals;
/** Signals that end nobody when they are left to their default; source: signal(7). */
const HARMLESS = maskOf([SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]);

/** What a request names as its reader when the reader's own process namespace is not visible from here. */
const INVISIBLE = 0;

/** True as well when the thread is gone. One that cannot be seen from here, as in some containers, counts as staying. */
export function isEnding(thread: number): boolean {
  if (thread === INVISIBLE) return false;
  try {
    const status = readFileSync(`/proc/${thread}/status`, 'utf8');
    return isDead(status) || endsBySignal(status);
  } catch {
    return true;
  }
}

/** A process that has ended keeps its entry until its parent asks for the exit code. */
export function isDead(status: string): boolean {
  return /^State:\s*[ZX]/m.test(status);
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
