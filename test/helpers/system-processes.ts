/**
 * Looks at processes through /proc: which are ours, which hang in the kernel. A child carries a mark in its
 * environment, and its own children inherit it, so nothing a test started can hide.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { testRoot } from './system.ts';

/** Set in the environment of every child; its value is the run's temporary root. */
export const CHILD_MARK = 'ORBIT_GHOST_TEST_CHILD';

export interface ProcessInfo {
  readonly pid: number;
  readonly command: string;
  /** One letter per thread as in /proc/PID/stat: R, S, D, Z, T. */
  readonly threadStates: string;
}

/** Undefined when the process vanished meanwhile or may not be read. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return undefined;
  }
}

function stateIn(stat: string): string {
  // The command stands in parentheses and may contain anything, a parenthesis too.
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

function threadIds(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${String(pid)}/task`);
  } catch {
    return [];
  }
}

/** Undefined when there is no such process. */
export function processInfo(pid: number): ProcessInfo | undefined {
  const stat = readProc(`${String(pid)}/stat`);
  if (stat === undefined) return undefined;
  const states = threadIds(pid).map((thread) => readProc(`${String(pid)}/task/${thread}/stat`));
  return {
    pid,
    command:
      readProc(`${String(pid)}/cmdline`)
        ?.replaceAll('\0', ' ')
        .trim() ?? '',
    threadStates: states.map((state) => (state === undefined ? '' : stateIn(state))).join(''),
  };
}

/** Every living process started, directly or not, by a run whose mark is `mark`. Zombies do not count. */
export function markedProcesses(mark: string): readonly ProcessInfo[] {
  const wanted = `${CHILD_MARK}=${mark}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readProc(`${pid}/environ`)?.split('\0').includes(wanted) === true)
    .map((pid) => processInfo(Number(pid)))
    .filter((info) => info !== undefined)
    .filter(({ threadStates }) => threadStates.replaceAll(/[ZX]/g, '') !== '');
}

// A healthy disk wait is over in milliseconds; one this long is a process nobody can end.
const D_STATE_LIMIT_MS = 5_000;
const D_STATE_POLL_MS = 20;

/**
 * Fails when a process stays in uninterruptible sleep. Without `pids`, looks at everything this run started.
 * A D that passes is ordinary disk I/O, so it is an error only when it lasts.
 */
export async function assertNoDState(pids?: readonly number[]): Promise<void> {
  const all = pids === undefined ? markedProcesses(testRoot()).map(({ pid }) => pid) : pids;
  const deadline = performance.now() + D_STATE_LIMIT_MS;
  let stuck = sleepingUninterruptibly(all);
  while (stuck.length > 0 && performance.now() < deadline) {
    await delay(D_STATE_POLL_MS);
    stuck = sleepingUninterruptibly(stuck.map(({ pid }) => pid));
  }
  if (stuck.length === 0) return;
  const list = stuck.map(({ pid, command, threadStates }) => `${String(pid)} [${threadStates}] ${command}`);
  throw new Error(`processes in uninterruptible sleep:\n${list.join('\n')}`);
}

function sleepingUninterruptibly(pids: readonly number[]): readonly ProcessInfo[] {
  return pids
    .map((pid) => processInfo(pid))
    .filter((info) => info !== undefined)
    .filter(({ threadStates }) => threadStates.includes('D'));
}
