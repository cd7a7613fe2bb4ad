/** What the benchmark compares: anything that can show a tree of files at a path. */
import { run } from '../helpers/child.ts';
import type { Child } from '../helpers/child.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { abortMount, mountAt } from '../helpers/system-mounts.ts';
import { until } from '../helpers/system-until.ts';
import { guardMount } from '../helpers/watchdog.ts';

export interface BenchMount {
  /** Where the tree is seen. */
  readonly directory: string;
  /** Bytes in its cache on disk; absent where there is none. */
  readonly cachedBytes?: () => number;
  unmount(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** Version and the options that matter, for the report. */
  readonly description: string;
  /** A fresh mount; where there is a cache, an empty one unless the contender is about reading from its cache. */
  mount(): Promise<BenchMount>;
}

/** A contender that cannot run here, and why, for the report. */
export interface Absent {
  readonly name: string;
  readonly reason: string;
}

// A whole section on one mount; past it something hangs, and the watchdog ends it.
const MOUNT_LIMIT_MS = 15 * 60_000;

/** Adopts a server that mounts at `directory` and says nothing when it has; resolves when the kernel knows it. */
export async function awaitMount(server: Child, directory: string): Promise<BenchMount> {
  const release = guardMount(directory, MOUNT_LIMIT_MS);
  const unmount = async (): Promise<void> => {
    await server.stop();
    await abortMount(directory);
    release();
  };
  const forget = onCleanup(`mount at ${directory}`, unmount);
  let ended = false;
  void server.exited.then(() => (ended = true));
  await until(`a mount by ${server.command}`, () => ended || mountAt(directory) !== undefined);
  if (ended)
    throw new Error(`${server.command} ended instead of mounting\n${server.stderr()}${server.stdout()}`);
  return {
    directory,
    unmount: async () => {
      forget();
      await unmount();
    },
  };
}

/** First line a tool prints about itself; undefined when there is no such tool. */
export async function versionOf(command: string, ...args: readonly string[]): Promise<string | undefined> {
  const result = await run(command, args).catch(() => undefined);
  return result?.code === 0 ? result.stdout.trim().split('\n')[0] : undefined;
}
