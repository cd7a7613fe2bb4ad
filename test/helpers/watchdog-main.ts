/**
 * The watchdog process, see watchdog.ts: told over standard input what to guard; the input's end means that the
 * one it guards for is dead, and everything not released is ended by force.
 */
import { createInterface } from 'node:readline';
import { abortMount } from './system-mounts.ts';
import type { WatchdogMessage } from './watchdog.ts';

const children = new Set<number>();
const mounts = new Map<string, NodeJS.Timeout>();

function say(message: string): void {
  process.stderr.write(`watchdog: ${message}\n`);
}

async function abort(mountPoint: string, why: string): Promise<void> {
  clearTimeout(mounts.get(mountPoint));
  mounts.delete(mountPoint);
  try {
    const done = await abortMount(mountPoint);
    if (done !== undefined) say(`${why}: ${done}`);
  } catch (error) {
    say(`${why}: ${mountPoint} could not be unmounted: ${String(error)}`);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone by itself, or not a group leader: nothing left to end.
  }
}

function obey(message: WatchdogMessage): void {
  if ('guardChild' in message) children.add(message.guardChild);
  else if ('releaseChild' in message) children.delete(message.releaseChild);
  else if ('releaseMount' in message) {
    clearTimeout(mounts.get(message.releaseMount));
    mounts.delete(message.releaseMount);
  } else {
    const { guardMount, limitMs } = message;
    clearTimeout(mounts.get(guardMount));
    const why = `time limit of ${String(limitMs)} ms exceeded`;
    mounts.set(
      guardMount,
      setTimeout(() => void abort(guardMount, why), limitMs),
    );
  }
}

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const message: WatchdogMessage = JSON.parse(line);
  obey(message);
});
input.on('close', () => {
  void endEverything();
});

/** Mounts first: a server ended before its connection is aborted leaves readers waiting for nobody. */
async function endEverything(): Promise<void> {
  await Promise.all([...mounts.keys()].map((mountPoint) => abort(mountPoint, 'its test died')));
  for (const pid of children) killGroup(pid);
  process.exit();
}
