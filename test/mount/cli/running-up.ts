/**
 * `orbit-ghost up` in a home of its own, and commands that talk to it from other processes. Invariant: when the test ends,
 * however it ends, nothing below that home is mounted.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { start, type Child, type RunResult } from '../../helpers/child.ts';
import { publish } from '../../helpers/mounted-job.ts';
import { onCleanup } from '../../helpers/system-cleanup.ts';
import { abortMount, fuseMountsBelow } from '../../helpers/system-mounts.ts';
import { newDirectory } from '../../helpers/system.ts';
import { newHome, orbitGhost, startOrbitGhost, type Environment } from './command-line.ts';

export interface Up {
  readonly env: Environment;
  readonly home: string;
  readonly process: Child;
  /** Another terminal of the same user. */
  readonly type: (...words: readonly string[]) => Promise<RunResult>;
}

/** A second process of Node and an engine on a busy machine. Milliseconds. */
const READY_LIMIT_MS = 60_000;

export function configOf({ HOME = '' }: Environment): string {
  return join(HOME, '.config', 'orbit-ghost', 'config.toml');
}

export function writeConfig(env: Environment, text: string): void {
  mkdirSync(dirname(configOf(env)), { recursive: true });
  writeFileSync(configOf(env), text);
}

/** Resolves when it says that it is ready. Without a screen unless `args` say otherwise. */
export async function startUp(args: readonly string[] = ['--no-screen'], env = newHome()): Promise<Up> {
  const home = env['HOME'] ?? '';
  onCleanup(`mounts below ${home}`, async () => {
    for (const { mountPoint } of fuseMountsBelow(home)) await abortMount(mountPoint);
  });
  const child = await startOrbitGhost(['up', ...args], env);
  await child.waitForLine(/^(Screen: http|Orbit GhostFS is running)/, { timeoutMs: READY_LIMIT_MS });
  return { env, home, process: child, type: (...words) => orbitGhost(words, env) };
}

/** A catalogue of one job, with one file `hello.txt`. */
export async function catalogueOf(name: string, text: string): Promise<string> {
  const tree = newDirectory('tree');
  writeFileSync(join(tree, 'hello.txt'), text);
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  await publish({ tree, database, args: ['--name', name] });
  return database;
}

/** Keeps a file open until it is stopped. */
export async function holderOf(file: string): Promise<Child> {
  const holder = await start('sh', ['-c', 'exec 3< "$1"; echo open; exec sleep 600', 'sh', file]);
  await holder.waitForLine(/^open$/);
  return holder;
}

/** Where the job is mounted then. */
export async function mountJobOf(up: Up, job: string): Promise<string> {
  const { stdout, stderr } = await up.type('mount', job);
  const [, mountPoint] = /^mounted .* at (.*)\n$/.exec(stdout) ?? [];
  if (mountPoint === undefined) throw new Error(stderr);
  return mountPoint;
}
