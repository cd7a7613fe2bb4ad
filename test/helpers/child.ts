/**
 * Child processes for tests and benchmarks: captured, bounded in time, ended by pid. Each is a process group of its
 * own, known to the cleanup registry and to the watchdog, so none outlives the test that started it, however it ends.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ChildOutput, within } from './child-output.ts';
import { onCleanup } from './system-cleanup.ts';
import { CHILD_MARK, processInfo } from './system-processes.ts';
import { testRoot } from './system.ts';
import { guardChild } from './watchdog.ts';

export interface StartOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  /** Standard output is thrown away instead of kept: for readers of large files. */
  readonly discardStdout?: boolean;
}

export interface RunOptions extends StartOptions {
  /** Milliseconds; 60,000 unless said otherwise. */
  readonly timeoutMs?: number;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Uint8Array;
}

/** Exactly one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunResult extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** For messages. */
  readonly command: string;
  /** Never rejects. */
  readonly exited: Promise<Exit>;
  stdout(): string;
  stderr(): string;
  /** The first line that matches, printed already or later. Rejects when the child ends or time runs out first. */
  waitForLine(pattern: RegExp, options?: WaitOptions): Promise<RegExpExecArray>;
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal, waits, and kills the whole group when it does not obey in time. Safe to call twice. */
  stop(options?: StopOptions): Promise<Exit>;
}

interface WaitOptions {
  readonly stream?: 'stdout' | 'stderr';
  readonly timeoutMs?: number;
}

interface StopOptions {
  readonly signal?: NodeJS.Signals;
  readonly timeoutMs?: number;
}

const RUN_LIMIT_MS = 60_000;
const LINE_LIMIT_MS = 30_000;
// A server that unmounts on SIGTERM has to free its readers first.
const STOP_LIMIT_MS = 10_000;
// SIGKILL works at once unless the process sleeps in the kernel.
const KILL_LIMIT_MS = 5_000;

/** Starts a command that goes on running. Rejects when it cannot be started at all. */
export async function start(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Child> {
  return (await launch(command, args, options, undefined)).child;
}

/** Runs a command to its end. Any exit code resolves; rejects on time-out, after ending it. */
export async function run(
  command: string,
  args: readonly string[],
  { timeoutMs = RUN_LIMIT_MS, input, ...options }: RunOptions = {},
): Promise<RunResult> {
  const { child, closed } = await launch(command, args, options, input);
  const ended = await within(closed, timeoutMs);
  if (ended === undefined) {
    await child.stop({ signal: 'SIGKILL' });
    throw new Error(`${child.command}: not finished after ${String(timeoutMs)} ms\n${child.stderr()}`);
  }
  return { ...ended, stdout: child.stdout(), stderr: child.stderr() };
}

/** Runs a command that must succeed, and returns its standard output. */
export async function runOk(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, signal, stdout, stderr } = await run(command, args, options);
  if (code === 0) return stdout;
  const ending = signal === null ? `exit code ${String(code)}` : signal;
  throw new Error(`${[command, ...args].join(' ')}: ${ending}\n${stderr}\n${stdout.slice(-2_000)}`);
}

interface Launched {
  readonly child: Child;
  /** Resolves when the child has ended and all its output has been read. */
  readonly closed: Promise<Exit>;
}

async function launch(
  command: string,
  args: readonly string[],
  { env, discardStdout = false, ...options }: StartOptions,
  input: string | Uint8Array | undefined,
): Promise<Launched> {
  const child = spawn(command, args, {
    ...options,
    env: { ...process.env, ...env, [CHILD_MARK]: testRoot() },
    detached: true,
    stdio: ['pipe', discardStdout ? 'ignore' : 'pipe', 'pipe'],
  });
  const exited = new Promise<Exit>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const closed = new Promise<Exit>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const output = { stdout: new ChildOutput(), stderr: new ChildOutput() };
  child.stdout?.on('data', (chunk: Buffer) => output.stdout.append(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.stderr.append(chunk));
  // A child may end without reading its input.
  child.stdin?.on('error', () => undefined);
  await once(child, 'spawn');
  child.stdin?.end(input);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command}: started without a process id`);
  return { closed, child: adopt({ pid, command: [command, ...args].join(' '), exited, closed, output }) };
}

interface Launching {
  readonly pid: number;
  readonly command: string;
  readonly exited: Promise<Exit>;
  readonly closed: Promise<Exit>;
  readonly output: Readonly<Record<'stdout' | 'stderr', ChildOutput>>;
}

function adopt({ pid, command, exited, closed, output }: Launching): Child {
  let living = true;
  const release = guardChild(pid);
  const forget = onCleanup(command, async () => {
    await child.stop();
  });
  const leave = async (): Promise<void> => {
    await exited;
    living = false;
    release();
    forget();
  };
  void leave();
  const signal = (name: NodeJS.Signals): void => {
    if (living) process.kill(pid, name);
  };
  const child: Child = {
    pid,
    command,
    exited,
    signal,
    stdout: () => output.stdout.text(),
    stderr: () => output.stderr.text(),
    async waitForLine(pattern, { stream = 'stdout', timeoutMs = LINE_LIMIT_MS } = {}) {
      const line = await within(output[stream].firstLine(pattern, closed), timeoutMs);
      if (line !== undefined) return line;
      const why = living
        ? `within ${String(timeoutMs)} ms`
        : `before it ended with ${JSON.stringify(await exited)}`;
      throw new Error(
        `${command}: no line like ${String(pattern)} ${why}\n${output.stdout.tail()}\n${output.stderr.tail()}`,
      );
    },
    async stop({ signal: first = 'SIGTERM', timeoutMs = STOP_LIMIT_MS } = {}) {
      signal(first);
      return (await within(exited, timeoutMs)) ?? (await killGroup(pid, command, exited));
    },
    async [Symbol.asyncDispose]() {
      await child.stop();
    },
  };
  return child;
}

async function killGroup(pid: number, command: string, exited: Promise<Exit>): Promise<Exit> {
  process.kill(-pid, 'SIGKILL');
  const ended = await within(exited, KILL_LIMIT_MS);
  if (ended !== undefined) return ended;
  throw new Error(
    `${command} (${String(pid)}) survives SIGKILL, threads ${processInfo(pid)?.threadStates ?? 'gone'}`,
  );
}
