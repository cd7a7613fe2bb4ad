/**
 * Last resort of every test that mounts: a process of its own that aborts a FUSE connection past its time limit and
 * ends children whose test worker died. It must be another process, because a worker stuck in a system call on a
 * mount runs no timers. Invariant: what is guarded is either released or ended by force, never forgotten.
 */
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';

export { mountAt, waitingRequests } from './system-mounts.ts';
export { assertNoDState } from './system-processes.ts';

/** One line of JSON on the watchdog's standard input. */
export type WatchdogMessage =
  | { readonly guardChild: number }
  | { readonly releaseChild: number }
  | { readonly guardMount: string; readonly limitMs: number }
  | { readonly releaseMount: string };

let send: ((message: WatchdogMessage) => void) | undefined;

function startWatchdog(): (message: WatchdogMessage) => void {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'watchdog-main.ts')], {
    stdio: ['pipe', 'ignore', 'inherit'],
    // A session of its own: Ctrl-C on the terminal must reach it only through us.
    detached: true,
  });
  const { stdin } = child;
  // Neither the process nor its pipe may keep a finished worker alive; the pipe's end tells it that we are gone.
  child.unref();
  if (stdin instanceof Socket) stdin.unref();
  child.on('error', (error) => {
    throw new Error('the watchdog does not start', { cause: error });
  });
  stdin.on('error', () => {
    throw new Error('the watchdog ended before the tests did');
  });
  return (message) => stdin.write(`${JSON.stringify(message)}\n`);
}

function tell(message: WatchdogMessage): void {
  send ??= startWatchdog();
  send(message);
}

/** Ends the child's process group if this process dies first; the returned function releases it. */
export function guardChild(pid: number): () => void {
  tell({ guardChild: pid });
  return () => {
    tell({ releaseChild: pid });
  };
}

/** Aborts whatever is mounted at `mountPoint` after `limitMs`, or when this process dies; returns the release. */
export function guardMount(mountPoint: string, limitMs: number): () => void {
  tell({ guardMount: mountPoint, limitMs });
  return () => {
    tell({ releaseMount: mountPoint });
  };
}
