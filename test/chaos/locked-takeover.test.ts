/** What a mount needs is not to be had at the moment when another engine is to go on with it: it waits, and nothing is lost. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { run, start } from '../helpers/child.ts';
import { mountJob, publish } from '../helpers/mounted-job.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';
import { mountAt } from '../helpers/watchdog.ts';
import { FILE, supervised } from '../mount/supervised.ts';
import { engineOf } from '../helpers/running-engine.ts';
import { inflict, recovered } from './engine-faults.ts';

function lock(catalogue: string): Disposable {
  const database = new Database(catalogue);
  database.exec('BEGIN EXCLUSIVE');
  return {
    [Symbol.dispose]: () => {
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

test('a catalogue that is locked while the engine is replaced delays readers, and ends no mount', async () => {
  const place = await supervised();
  const { client, job, jobState, tree, catalogue } = place;
  const { mountPoint } = await client.call('jobs.mount', { job });
  const before = mountAt(mountPoint);
  let reader;
  {
    using _ = lock(catalogue);
    await inflict('SIGKILL', place);
    reader = await start('cmp', [join(mountPoint, FILE), join(tree, FILE)]);
    await until('it is told', () => jobState().problem?.sentence.includes('locked') === true, 30_000);
    expect(jobState().state).toBe('mounting');
  }
  await recovered(place, 1);
  expect(await reader.exited).toEqual({ code: 0, signal: null });
  expect(mountAt(mountPoint)).toEqual(before);
});

test('in the foreground, too', async () => {
  const tree = newDirectory('tree');
  writeSeededFile(join(tree, FILE), 2 ** 20, 1);
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  const { jobId } = await publish({ tree, database });
  const mounted = await mountJob({ database, job: jobId });
  const before = mountAt(mounted.mountPoint);
  {
    using _ = lock(database);
    process.kill(engineOf(mounted) ?? 0, 'SIGKILL');
    await until('it is told', () => mounted.stderr().includes('waits: The catalogue'), 30_000);
  }
  const paths = [join(mounted.mountPoint, FILE), join(tree, FILE)];
  expect(await run('cmp', paths)).toMatchObject({ code: 0 });
  expect(mountAt(mounted.mountPoint)).toEqual(before);
  expect(await mounted.unmount()).toEqual({ code: 0, signal: null });
});
