/**
 * The real program, `orbit-ghost up`, in a home of its own, from its sources and the built screen. Invariant: when the test
 * ends, however it ends, nothing below that home is mounted and no process of it is left.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { controlSocketPath } from '../../src-main/ipc/unix-socket.ts';
import { connectUnixSocket } from '../../src-main/ipc/client.ts';
import type { Client } from '../../src-main/ipc/client.ts';
import type { Job, State } from '../../src-main/ipc/contract.ts';
import { start } from '../helpers/child.ts';
import type { Child } from '../helpers/child.ts';
import { commandLine } from '../helpers/mounted-job.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { abortMount, fuseMountsBelow } from '../helpers/system-mounts.ts';
import { processInfo } from '../helpers/system-processes.ts';
import { newDirectory } from '../helpers/system.ts';
import { until } from '../helpers/system-until.ts';

export interface ProgramOptions {
  /** Where it keeps everything; a new, empty directory unless given. */
  readonly home?: string;
  /** Text of the settings file; none for a first run. */
  readonly settings?: string;
  readonly args?: readonly string[];
  /** Further arguments of Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningProgram {
  readonly home: string;
  /** The address it printed, which lets one page in. */
  readonly url: string;
  /** Another, for another page. */
  newUrl(): Promise<string>;
  readonly process: Child;
  /** The command line's way in, for what a test asks beside the screen. */
  readonly client: Client;
  /** As it is now. */
  state(): Promise<State>;
  /** The job of this name; rejects when none is listed in time. */
  job(name: string): Promise<Job>;
  /** Of the engine that runs now; rejects when none starts. */
  enginePid(): Promise<number>;
  stop(): Promise<void>;
}

// Settling down, the engine's and the supervisor's starts on a machine that also runs a browser.
const READY_LIMIT_MS = 60_000;
const ENGINE_ENTRY = 'engine-main';

/** Empty variables of the XDG specification mean that the home decides. */
export function environmentOf(home: string): Readonly<Record<string, string>> {
  const runtime = join(home, 'run');
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  return {
    HOME: home,
    XDG_CONFIG_HOME: '',
    XDG_DATA_HOME: '',
    XDG_CACHE_HOME: '',
    XDG_STATE_HOME: '',
    XDG_RUNTIME_DIR: runtime,
  };
}

export function settingsFile(home: string): string {
  return join(home, '.config', 'orbit-ghost', 'config.toml');
}

export async function startProgram({
  home = newDirectory('home'),
  settings,
  args = [],
  nodeArgs = [],
  env = {},
}: ProgramOptions = {}): Promise<RunningProgram> {
  if (settings !== undefined) {
    mkdirSync(dirname(settingsFile(home)), { recursive: true });
    writeFileSync(settingsFile(home), settings);
  }
  const forget = onCleanup(`mounts below ${home}`, () => abortAll(home));
  const environment = { ...environmentOf(home), ...env };
  const [command, ...prefix] = commandLine;
  const child = await start(command, [...nodeArgs, ...prefix, 'up', '--port', '0', ...args], {
    env: environment,
  });
  const [url] = await child.waitForLine(/http:\/\/127\.0\.0\.1:\d+\/#token=\S+/, {
    timeoutMs: READY_LIMIT_MS,
  });
  const client = await connectUnixSocket(controlSocketPath(environment));
  const state = (): Promise<State> => stateOf(client);
  return {
    home,
    url,
    process: child,
    client,
    state,
    newUrl: async () => (await client.call('app.screen', {})).url ?? '',
    job: async (name) => {
      let found: Job | undefined;
      await until(`the job ${name}`, async () => {
        found = (await state()).jobs.find((job) => job.name === name);
        return found !== undefined;
      });
      // Found, or the line above has thrown.
      return found as Job;
    },
    enginePid: () => enginePid(child.pid),
    stop: async () => {
      client.close();
      await child.stop();
      await abortAll(home);
      forget();
    },
  };
}

function stateOf(client: Client): Promise<State> {
  const { promise, resolve } = Promise.withResolvers<State>();
  const unsubscribe = client.subscribe('state', {}, resolve);
  return promise.finally(unsubscribe);
}

async function abortAll(home: string): Promise<void> {
  for (const { mountPoint } of fuseMountsBelow(home)) await abortMount(mountPoint);
}

async function enginePid(supervisor: number): Promise<number> {
  let found: number | undefined;
  await until('the engine', () => {
    found = childrenOf(supervisor).find((pid) => processInfo(pid)?.command.includes(ENGINE_ENTRY) === true);
    return found !== undefined;
  });
  return found ?? 0;
}

/** A child belongs to the thread that started it. */
function childrenOf(pid: number): readonly number[] {
  const tasks = `/proc/${String(pid)}/task`;
  return readdirSync(tasks)
    .flatMap((thread) => readFileSync(join(tasks, thread, 'children'), 'utf8').split(' '))
    .filter((text) => text !== '')
    .map(Number);
}
