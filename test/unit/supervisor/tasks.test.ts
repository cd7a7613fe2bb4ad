/** Publishing as a task, in the real process. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src-main/engine/clock.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { listJobs } from '../../../src-main/engine/publish/jobs.ts';
import { publish } from '../../../src-main/engine/publish/publish.ts';
import type { Task } from '../../../src-main/ipc/contract.ts';
import { Tasks, type TasksOptions } from '../../../src-main/supervisor/tasks.ts';
import { processInfo } from '../../helpers/system-processes.ts';
import { until } from '../../helpers/system-until.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

const KEY = '00000000-1';
const GIB = 2 ** 30;

function bench(options: Partial<TasksOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'tasks-test-'));
  const seen: Task[] = [];
  const tasks: Tasks = new Tasks({
    clock: systemClock,
    logger: silentLogger,
    changed: () => void seen.push(...tasks.all),
    published: () => Promise.resolve(KEY),
    ...options,
  });
  onTestFinished(async () => {
    await tasks.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const tree = join(directory, 'tree');
  mkdirSync(tree);
  writeFileSync(join(tree, 'one.txt'), 'one');
  const order = { directory: tree, database: join(directory, 'magnetar.db'), name: 'a name' };
  const ends = async (id: string): Promise<Task> => {
    const find = (): Task | undefined => tasks.all.find((task) => task.id === id);
    await until('the task ends', () => find()?.state !== 'running', 30_000);
    const task = find();
    if (task === undefined) throw new Error('the task is gone');
    return task;
  };
  return { tasks, seen, tree, order, ends };
}

test('publishes, says so, and is dismissed', async () => {
  const { tasks, tree, order, ends } = bench();
  const id = tasks.publish(order);
  expect(tasks.all).toMatchObject([{ id, state: 'running', title: `Publish ${tree}`, progress: null }]);
  expect(() => tasks.dismiss(id)).toThrow('still running');
  expect(await ends(id)).toEqual({
    id,
    kind: 'publish',
    title: `Publish ${tree}`,
    state: 'done',
    progress: 1,
    detail: 'Published as job 1: 1 file, 3 B.',
    problem: null,
    job: KEY,
  });
  expect(listJobs(order.database)).toMatchObject([{ name: 'a name', files: 1 }]);
  tasks.dismiss(id);
  expect(tasks.all).toEqual([]);
  expect(() => tasks.dismiss(id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

test('tells how far it is, and cancelled leaves the catalogue as it was', async () => {
  const { tasks, seen, tree, order } = bench();
  // Holes cost no disk; hashing them takes as long as anything else.
  writeFileSync(join(tree, 'large'), '');
  truncateSync(join(tree, 'large'), 64 * GIB);
  const id = tasks.publish(order);
  await until('it is being read', () => seen.some(({ progress }) => progress !== null), 30_000);
  expect(seen.at(-1)?.detail).toMatch(/^Reading: .*, .* of 64 GiB$/);
  expect(seen.at(-1)?.progress).toBeLessThan(1);
  const cancelled = tasks.cancel(id);
  expect(tasks.all).toMatchObject([{ id, state: 'running', detail: 'Cancelling' }]);
  await cancelled;
  expect(tasks.all).toMatchObject([
    { id, state: 'cancelled', detail: 'Cancelled; the catalogue is unchanged.', job: null },
  ]);
  expect(() => listJobs(order.database)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  // A second time is no fault.
  await tasks.cancel(id);
});

test('fails with the sentence of publishing', async () => {
  const { tasks, order, ends } = bench();
  const id = tasks.publish({ ...order, directory: join(order.directory, 'missing') });
  expect(await ends(id)).toMatchObject({
    state: 'failed',
    job: null,
    problem: { code: 'NOT_FOUND', sentence: expect.stringContaining('missing') as string },
  });
});

test('what was published and cannot be listed is not called a failure', async () => {
  const { tasks, order, ends } = bench({
    published: () => Promise.reject(new GhostError('SETTING_INVALID', 'The settings are broken.')),
  });
  expect(await ends(tasks.publish(order))).toMatchObject({
    state: 'done',
    detail: 'Published as job 1: 1 file, 3 B. It cannot be listed: The settings are broken.',
    job: null,
    problem: null,
  });
});

test('what cannot be started is no task', () => {
  const { tasks, order } = bench({
    publisherCommand: () => {
      throw new GhostError('ENGINE_AWAY', 'There is no Node.');
    },
  });
  expect(() => tasks.publish(order)).toThrow('There is no Node.');
  expect(tasks.all).toEqual([]);
});

/** Those of this process that live. */
function publishers(): readonly number[] {
  return readdirSync('/proc/self/task')
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' '))
    .map(Number)
    .filter((pid) => processInfo(pid)?.command.includes('publish-main') === true);
}

describe('ended at its commit', () => {
  /** A publication that has written everything and waits for a reader before it can commit. */
  async function held(options: Partial<TasksOptions> = {}) {
    const made = bench(options);
    const { tasks, tree, order } = made;
    await publish({ directory: tree, database: order.database, name: 'before' });
    const reader = new Database(order.database, { readonly: true });
    onTestFinished(() => void reader.close());
    const rows = reader.prepare('SELECT id FROM artifacts').iterate();
    rows.next();
    const id = tasks.publish(order);
    await until('it is being written', () => existsSync(`${order.database}-journal`), 30_000);
    const release = (): void => {
      rows.return?.();
      reader.close();
    };
    const names = (): string[] => listJobs(order.database).map(({ name }) => name);
    return { ...made, id, release, names };
  }

  test('cancelled too late, it says that it was finished and keeps its job', async () => {
    const { tasks, id, release, names } = await held();
    const cancelled = tasks.cancel(id);
    release();
    await cancelled;
    expect(tasks.all).toMatchObject([
      {
        state: 'done',
        detail: 'It was finished before it could be cancelled. Published as job 2: 1 file, 3 B.',
        job: KEY,
      },
    ]);
    expect(names()).toEqual(['before', 'a name']);
  });

  test('killed before it, it says that the catalogue is unchanged, and it is', async () => {
    const clock = new VirtualClock();
    const { tasks, id, release, names } = await held({ clock });
    const [publisher = 0] = publishers();
    expect(publisher).toBeGreaterThan(0);
    const cancelled = tasks.cancel(id);
    await clock.advance(5_000);
    await until('it is killed', () => !publishers().includes(publisher));
    release();
    await cancelled;
    expect(tasks.all).toMatchObject([
      { state: 'cancelled', detail: 'Cancelled; the catalogue is unchanged.', job: null },
    ]);
    expect(names()).toEqual(['before']);
  });

  test('killed after it, the job is found in the catalogue and kept', async () => {
    const program = fileURLToPath(new URL('../../helpers/publisher-killed-main.ts', import.meta.url));
    const { tasks, order, ends } = bench({
      publisherCommand: () => ({ executable: process.execPath, arguments: [program] }),
    });
    expect(await ends(tasks.publish(order))).toMatchObject({
      state: 'done',
      detail:
        'Published as job 1: 1 file, 3 B. Whether files could not be read and are missing is not known.',
      job: KEY,
    });
    expect(listJobs(order.database)).toMatchObject([{ name: 'a name' }]);
  });

  test('dead, with nobody able to look, it says that the outcome is not known', async () => {
    let started = 0;
    const { tasks, order, ends } = bench({
      publisherCommand: () => {
        started += 1;
        return { executable: process.execPath, arguments: ['-e', 'process.exit(9)'] };
      },
    });
    const { state, problem } = await ends(tasks.publish(order));
    expect(state).toBe('failed');
    expect(problem?.sentence).toBe(
      `Publishing ${order.directory} ended early (exit code 9), and it is not known whether the job is in ${order.database}: looking for it ended early (exit code 9).`,
    );
    expect(started).toBe(2);
  });
});
