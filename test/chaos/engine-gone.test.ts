/** What becomes of readers when nobody takes their session over: they are freed, with an error, and never left waiting. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { childCommand } from '../../src-main/supervisor/child-command.ts';
import { run, runOk, start, type Child } from '../helpers/child.ts';
import { publish } from '../helpers/mounted-job.ts';
import { fuseMountsBelow } from '../helpers/system-mounts.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory, projectRoot } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';
import { assertNoDState, mountAt, waitingRequests } from '../helpers/watchdog.ts';
import { startStallingServer } from '../mount/acceptance/stalling-server.ts';
import { mountJobOf, startUp } from '../mount/cli/running-up.ts';
import { FILE, supervised, type Published } from '../mount/supervised.ts';
import { inflict, recovered } from './engine-faults.ts';
import { engineOf, servedForAMoment } from '../helpers/running-engine.ts';

/** The kernel frees who waits as soon as the last descriptor of a session is closed. */
const FREED_MS = 2_000;
/** Five failed starts, less and less soon after each other. */
const GIVEN_UP_MS = 60_000;

/** A catalogue whose source takes requests and never answers them, and one file of it. */
async function stalling(): Promise<Published> {
  const tree = newDirectory('tree');
  writeSeededFile(join(tree, FILE), 2 ** 20, 1);
  const server = await startStallingServer(tree);
  const catalogue = join(newDirectory('catalogue'), 'magnetar.db');
  await publish({ tree, database: catalogue, source: server.url, args: ['--name', 'survey'] });
  return { tree, catalogue };
}

/** Reads a file that never comes; resolves when it waits. */
async function waitingReader(mountPoint: string): Promise<Child> {
  const connection = mountAt(mountPoint)?.connection ?? 0;
  const reader = await start('cat', [join(mountPoint, FILE)], { discardStdout: true });
  await until('the read waits', async () => ((await waitingRequests(connection)) ?? 0) > 0);
  return reader;
}

test('where no session can be kept, reads under way fail at once when the engine ends, and later ones work', async () => {
  const place = await supervised({}, { keepsSessions: false });
  const { client, job, mountRoot, tree } = place;
  const { mountPoint } = await client.call('jobs.mount', { job });
  await client.call('fetching.pause', { paused: true });
  const reader = await waitingReader(mountPoint);
  const at = performance.now();
  await inflict('SIGKILL', place);
  expect(await reader.exited).toEqual({ code: 1, signal: null });
  expect(performance.now() - at).toBeLessThan(FREED_MS);
  expect(reader.stderr()).toMatch(/not connected|connection abort/i);
  await recovered(place, 1);
  await client.call('fetching.pause', { paused: false });
  await runOk('cmp', [join(mountPoint, FILE), join(tree, FILE)]);
  expect(fuseMountsBelow(mountRoot)).toHaveLength(1);
});

test('an engine that cannot be started any more is given up: readers are freed, the mount point too, and the reason is told', async () => {
  let fails = false;
  const broken = join(projectRoot, 'test', 'helpers', 'engine-child-main.ts');
  const place = await supervised(
    {},
    {
      published: await stalling(),
      engineCommand: () =>
        fails
          ? { executable: process.execPath, arguments: [broken, 'dies'] }
          : childCommand('engine/control/engine-main'),
    },
  );
  const { client, job, jobState, mountRoot, supervisor } = place;
  const { mountPoint } = await client.call('jobs.mount', { job });
  const mountedAt = performance.now();
  const reader = await waitingReader(mountPoint);
  await servedForAMoment(mountedAt);
  fails = true;
  await inflict('SIGKILL', place);
  await until('it is given up', () => supervisor.state().engine.state === 'failed', GIVEN_UP_MS);
  expect((await reader.exited).code).toBe(1);
  await until('the job says so', () => jobState().state === 'failed');
  expect(jobState().problem?.sentence).toContain('there is something wrong with it');
  await until('the mount point is free', () => fuseMountsBelow(mountRoot).length === 0);
  expect(readdirSync(mountPoint)).toEqual([]);
  await assertNoDState();
});

test('supervisor and engine killed together: readers are freed, and the next start takes the dead mount away and mounts there', async () => {
  const { catalogue } = await stalling();
  const args = ['--no-screen', '--catalogue', catalogue];
  const up = await startUp(args);
  const mountPoint = await mountJobOf(up, 'survey');
  const reader = await waitingReader(mountPoint);
  const engine = engineOf(up) ?? 0;
  // Stopped, so that it cannot even notice that its supervisor is gone.
  process.kill(engine, 'SIGSTOP');
  process.kill(up.process.pid, 'SIGKILL');
  process.kill(engine, 'SIGKILL');
  expect((await reader.exited).code).toBe(1);
  await until(
    'both are gone',
    () => !existsSync(`/proc/${up.process.pid}`) && !existsSync(`/proc/${engine}`),
  );
  expect(mountAt(mountPoint)).toBeDefined();
  expect((await run('ls', [mountPoint])).stderr).toContain('not connected');

  const next = await startUp(args, up.env);
  await until('the dead mount is gone', () => mountAt(mountPoint) === undefined);
  expect(await mountJobOf(next, 'survey')).toBe(mountPoint);
  expect(await runOk('ls', [mountPoint])).toBe(`${FILE}\n`);
  expect((await next.process.stop()).code).toBe(0);
  expect(fuseMountsBelow(up.home)).toEqual([]);
});
