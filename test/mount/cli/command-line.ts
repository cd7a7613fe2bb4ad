/**
 * Runs the real command line in a home of its own, and judges how it refuses. Invariant: no test writes into the home of
 * the person who runs it.
 */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { engineOf } from '../../helpers/running-engine.ts';
import { run, start } from '../../helpers/child.ts';
import type { Child, RunResult } from '../../helpers/child.ts';
import { commandLine, publish } from '../../helpers/mounted-job.ts';
import { fuseMountsBelow } from '../../helpers/system-mounts.ts';
import { until } from '../../helpers/system-until.ts';
import { newDirectory, testRoot } from '../../helpers/system.ts';

export type Environment = Readonly<Record<string, string>>;

/** A new empty home; empty XDG variables mean that the home decides. */
export function newHome(directory = newDirectory('home')): Environment {
  return {
    HOME: directory,
    XDG_DATA_HOME: '',
    XDG_CACHE_HOME: '',
    XDG_STATE_HOME: '',
    XDG_CONFIG_HOME: '',
    XDG_RUNTIME_DIR: join(directory, 'run'),
  };
}

export function orbitGhost(args: readonly string[], env: Environment): Promise<RunResult> {
  const [command, ...prefix] = commandLine;
  return run(command, [...prefix, ...args], { env });
}

export function startOrbitGhost(args: readonly string[], env: Environment): Promise<Child> {
  const [command, ...prefix] = commandLine;
  return start(command, [...prefix, ...args], { env });
}

/** Kills a mount in the foreground together with its engine, so that neither can do anything about it. */
export async function killWithEngine(child: Child): Promise<void> {
  const engine = engineOf({ process: child }) ?? 0;
  // Stopped, so that it cannot even notice that it is alone.
  process.kill(engine, 'SIGSTOP');
  child.signal('SIGKILL');
  process.kill(engine, 'SIGKILL');
  await child.exited;
  await until('the engine is gone', () => !existsSync(`/proc/${String(engine)}`));
}

export interface Refusal {
  readonly code: 1 | 2;
  /** What the sentence must say: what, where, what to do. */
  readonly says: readonly (string | RegExp)[];
}

/** One sentence on standard error, nothing on standard output, the exit code, and nothing left mounted. */
export function expectRefusal({ code, stdout, stderr }: RunResult, refusal: Refusal): void {
  expect({ code, stdout, lines: stderr.split('\n').length - 1 }, stderr).toEqual({
    code: refusal.code,
    stdout: '',
    lines: 1,
  });
  for (const part of refusal.says) expect(stderr).toMatch(part);
  expect(fuseMountsBelow(testRoot())).toEqual([]);
}

export interface SmallJob {
  readonly env: Environment;
  readonly tree: string;
  readonly database: string;
  readonly job: number;
}

/** A published job of one file, `hello.txt`. */
export async function smallJob(env = newHome()): Promise<SmallJob> {
  const tree = newDirectory('tree');
  writeFileSync(join(tree, 'hello.txt'), 'hello\n');
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  const { jobId } = await publish({ tree, database, env });
  return { env, tree, database, job: jobId };
}

/** Lets other users read a catalogue. */
export function openForOthers(database: string): void {
  chmodSync(dirname(database), 0o711);
  chmodSync(database, 0o644);
}

/** A catalogue of nothing but an `artifacts` table, with the rows `(id, parent, name, size, is a directory)` in job 1. */
export function bareCatalogue(
  rows: readonly (readonly [string, string | null, string, number, 0 | 1])[],
): string {
  const path = join(newDirectory('catalogue'), 'magnetar.db');
  const database = new Database(path);
  database.exec(
    'CREATE TABLE artifacts (id TEXT PRIMARY KEY, job_id INTEGER, parent_id TEXT, name TEXT, size INTEGER, is_dir BOOLEAN, mtime INTEGER)',
  );
  const insert = database.prepare('INSERT INTO artifacts VALUES (?, 1, ?, ?, ?, ?, 0)');
  for (const row of rows) insert.run(...row);
  database.close();
  return path;
}
