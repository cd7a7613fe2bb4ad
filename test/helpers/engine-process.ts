/**
 * The real engine as a child process, spoken to as the supervisor does. Invariant: when the test ends, however it ends, the
 * process is gone and what it had mounted is taken away.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import type {
  EngineEvent,
  EngineRequestName,
  EngineRequests,
  EngineSettings,
  FromEngine,
} from '../../src-main/engine/control/protocol.ts';
import { within } from './child-output.ts';
import type { Exit } from './child.ts';
import { onCleanup } from './system-cleanup.ts';
import { abortMount } from './system-mounts.ts';
import { forOtherUsers } from './system-shown-project.ts';
import { newDirectory, projectRoot } from './system.ts';
import { guardChild, guardMount } from './watchdog.ts';

const MAIN = join(projectRoot, 'src-main', 'engine', 'control', 'engine-main.ts');
/** The longest step is a read that waits for its deadline; the rest is a loaded machine. */
const EVENT_LIMIT_MS = 30_000;
const MOUNT_LIMIT_MS = 120_000;
const EXIT_LIMIT_MS = 20_000;

export interface EngineProcess extends AsyncDisposable {
  readonly pid: number;
  /** All so far, in order. */
  readonly events: readonly EngineEvent[];
  readonly exited: Promise<Exit>;
  /** Rejects with `CODE: sentence`. */
  request<Name extends EngineRequestName>(
    name: Name,
    input: EngineRequests[Name]['input'],
  ): Promise<EngineRequests[Name]['output']>;
  /** The first event, from now on unless `since` says otherwise, of which `pick` makes something. */
  event<T>(what: string, pick: (event: EngineEvent) => T | undefined, since?: number): Promise<T>;
  /** A directory to mount on, watched over. */
  mountPoint(): string;
  /** As when the supervisor dies. */
  disconnect(): void;
  signal(name: NodeJS.Signals): void;
  /** What it printed. */
  stderr(): string;
}

export interface EngineOptions extends Partial<EngineSettings> {
  /** Options of Node. */
  readonly execArgv?: readonly string[];
  /** Who runs it; this process's user otherwise. Only root can choose. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Starts and configures it. */
export async function startEngine({
  user,
  execArgv = [],
  ...settings
}: EngineOptions = {}): Promise<EngineProcess> {
  const ownDirectory = (name: string): string => {
    const directory = newDirectory(name);
    if (user !== undefined) chownSync(directory, user.uid, user.gid);
    return directory;
  };
  const child = fork(user === undefined ? MAIN : forOtherUsers(MAIN), {
    serialization: 'json',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    detached: true,
    execArgv: [...execArgv],
    ...(user === undefined ? {} : { ...user, execPath: forOtherUsers(process.execPath) }),
  });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const exited = new Promise<Exit>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const release = guardChild(pid);
  const forget = onCleanup(`engine ${String(pid)}`, end);
  const events: EngineEvent[] = [];
  const listeners = new Set<(event: EngineEvent) => void>();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;

  child.on('message', (message) => {
    const received = message as FromEngine;
    if ('event' in received) {
      events.push(received);
      for (const listener of listeners) listener(received);
      return;
    }
    const asked = waiting.get(received.id);
    waiting.delete(received.id);
    if ('error' in received) asked?.reject(new Error(`${received.error.code}: ${received.error.sentence}`));
    else asked?.resolve(received.output);
  });

  async function end(): Promise<void> {
    if (child.connected) child.disconnect();
    if ((await within(exited, EXIT_LIMIT_MS)) === undefined) child.kill('SIGKILL');
    await exited;
    release();
    forget();
  }

  const engine: EngineProcess = {
    pid,
    events,
    exited,
    async request(name, input) {
      lastId += 1;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(lastId, answer);
      child.send({ id: lastId, request: name, input });
      return (await answer.promise) as never;
    },
    async event(what, pick, since = events.length) {
      for (const event of events.slice(since)) {
        const picked = pick(event);
        if (picked !== undefined) return picked;
      }
      const found = Promise.withResolvers<NonNullable<ReturnType<typeof pick>>>();
      const listener = (event: EngineEvent): void => {
        const picked = pick(event);
        if (picked !== undefined && picked !== null) found.resolve(picked);
      };
      listeners.add(listener);
      const picked = await within(found.promise, EVENT_LIMIT_MS);
      listeners.delete(listener);
      if (picked === undefined) throw new Error(`${what}: no such event\n${JSON.stringify(events.at(-1))}`);
      return picked;
    },
    mountPoint() {
      const directory = ownDirectory('mount');
      const unguard = guardMount(directory, MOUNT_LIMIT_MS);
      onCleanup(`mount at ${directory}`, async () => {
        await end();
        await abortMount(directory);
        unguard();
      });
      return directory;
    },
    disconnect: () => child.disconnect(),
    signal: (name) => child.kill(name),
    stderr: () => complaints,
    [Symbol.asyncDispose]: end,
  };
  await engine.event('ready', (event) => (event.event === 'ready' ? true : undefined), 0);
  await engine.request('configure', {
    cacheDirectory: ownDirectory('cache'),
    cacheLimitBytes: undefined,
    cacheMinFreeBytes: undefined,
    transfers: 8,
    deadlineMs: 20_000,
    logLevel: 'debug',
    driver: 'auto',
    ...settings,
  });
  return engine;
}
