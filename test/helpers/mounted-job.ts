/**
 * Publishes and mounts with the real command line, as a person would, in processes of their own. Invariant: when the
 * test ends, however it ends, the mount is gone; past its time limit the watchdog aborts it.
 */
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { runOk, start } from './child.ts';
import type { Child, Exit, RunOptions } from './child.ts';
import { onCleanup } from './system-cleanup.ts';
import { abortMount, mountAt } from './system-mounts.ts';
import { forOtherUsers } from './system-shown-project.ts';
import { newDirectory, projectRoot } from './system.ts';
import { guardMount } from './watchdog.ts';

/** The command and first arguments that start the command line from its sources. */
export const commandLine: readonly [command: string, ...args: string[]] = [
  process.execPath,
  join(projectRoot, 'src-main', 'cli', 'main.ts'),
];

export interface PublishOptions extends RunOptions {
  /** A directory or URI. */
  readonly tree: string;
  readonly database: string;
  /** Where readers will find the bytes. */
  readonly source?: string;
  readonly blockSize?: number;
  readonly args?: readonly string[];
}

export interface PublishedJob {
  readonly jobId: number;
  readonly files: number;
  readonly bytes: number;
}

export interface MountOptions {
  readonly database: string;
  readonly job: number;
  /** Further arguments of the command line, such as `--driver`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Existing directories; new ones otherwise. */
  readonly mountPoint?: string;
  readonly cacheDirectory?: string;
  /** Who mounts; this process's user otherwise. Only root can choose. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** The beginning of the command, such as that of a program which starts another one in its place. */
  readonly within?: readonly string[];
  /** Milliseconds after which the watchdog ends the mount; five minutes unless said otherwise. */
  readonly limitMs?: number;
}

export interface MountedJob extends AsyncDisposable {
  readonly mountPoint: string;
  readonly cacheDirectory: string;
  readonly process: Child;
  /** Number of the FUSE connection, for `waitingRequests`. */
  readonly connection: number;
  stderr(): string;
  /** Asks the process to leave, waits for it. Does not judge how it ended. */
  unmount(signal?: 'SIGTERM' | 'SIGINT'): Promise<Exit>;
}

const PUBLISH_LIMIT_MS = 180_000;
const MOUNT_LIMIT_MS = 300_000;
// Opening a catalogue and mounting takes milliseconds; the rest is a loaded machine starting Node.
const READY_LIMIT_MS = 20_000;

/** Writes a tree into a catalogue. Rejects with what the command printed when it fails. */
export async function publish({
  tree,
  database,
  source,
  blockSize,
  args = [],
  ...options
}: PublishOptions): Promise<PublishedJob> {
  const [command, ...prefix] = commandLine;
  const chosen = [
    ...(source === undefined ? [] : ['--source', source]),
    ...(blockSize === undefined ? [] : ['--block-size', String(blockSize)]),
  ];
  const output = await runOk(
    command,
    [...prefix, 'publish', tree, '--database', database, '--json', ...chosen, ...args],
    { timeoutMs: PUBLISH_LIMIT_MS, ...options },
  );
  const published: PublishedJob = JSON.parse(output);
  return published;
}

/** Starts a mount and resolves when it answers. Rejects with what the command printed when it ends instead. */
export async function mountJob(options: MountOptions): Promise<MountedJob> {
  const mountPoint = options.mountPoint ?? newDirectory('mount');
  const cacheDirectory = options.cacheDirectory ?? newDirectory('cache');
  if (options.user !== undefined) {
    for (const directory of [mountPoint, cacheDirectory])
      chownSync(directory, options.user.uid, options.user.gid);
  }
  const reachable = options.user === undefined ? commandLine : commandLine.map(forOtherUsers);
  const [command = process.execPath, ...prefix] = [...(options.within ?? []), ...reachable];
  const job = ['--job-id', String(options.job), '--database', options.database];
  const places = ['--mount-point', mountPoint, '--cache-dir', cacheDirectory];
  const release = guardMount(mountPoint, options.limitMs ?? MOUNT_LIMIT_MS);
  // Registered before the child, so that it runs after the child was asked to unmount by itself.
  const forget = onCleanup(`mount at ${mountPoint}`, async () => {
    await abortMount(mountPoint);
    release();
  });
  const child = await start(command, [...prefix, ...job, ...places, ...(options.args ?? [])], {
    // Its log belongs to the test, not to the person who runs it.
    env: { HOME: newDirectory('home', 0o777), ...options.env },
    ...options.user,
  });
  await child.waitForLine(
    new RegExp(`^mounted job ${String(options.job)} at ${RegExp.escape(mountPoint)}$`),
    {
      timeoutMs: READY_LIMIT_MS,
    },
  );
  const entry = mountAt(mountPoint);
  if (entry === undefined)
    throw new Error(`${child.command}: says it mounted, the kernel does not\n${child.stderr()}`);
  return {
    mountPoint,
    cacheDirectory,
    process: child,
    connection: entry.connection,
    stderr: () => child.stderr(),
    unmount: (signal = 'SIGTERM') => child.stop({ signal }),
    async [Symbol.asyncDispose]() {
      await child.stop();
      await abortMount(mountPoint);
      release();
      forget();
    },
  };
}
