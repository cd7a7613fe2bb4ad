/**
 * Whether a reader that was interrupted is on its way out. The kernel reports every signal, also those a program handles
 * and goes on after (timers, children, profilers); ending the read for those would throw its fetch away each time.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

const { SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU } = constants.signals;
/** Signals that end nobody when they are left to their default; source: signal(7). */
const HARMLESS = maskOf([SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]);

/** True as well when the thread is gone or cannot be seen from here. */
export function isEnding(thread: number): boolean {
  try {
    return endsBySignal(readFileSync(`/proc/${thread}/status`, 'utf8'));
  } catch {
    return true;
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
