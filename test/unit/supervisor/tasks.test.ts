/** Publishing as a task, in the real process. */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src-main/engine/clock.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { listJobs } from '../../../src-main/engine/publish/jobs.ts';
import type { Task } from '../../../src-main/ipc/contract.ts';
import { Tasks } from '../../../src-main/supervisor/tasks.ts';
import { until } from '../../helpers/system-until.ts';

const KEY = '00000000-1';
const GIB = 2 ** 30;

function bench() {
  const directory = mkdtempSync(join(tmpdir(), 'tasks-test-'));
  const seen: Task[] = [];
  const tasks: Tasks = new Tasks({
    clock: systemClock,
    logger: silentLogger,
    changed: () => void seen.push(...tasks.all),
    published: () => Promise.resolve(KEY),
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
  await tasks.cancel(id);
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
