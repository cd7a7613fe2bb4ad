/** What a person does while the engine is away, and an end that is cancelled, with the real engine and real mounts. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { childCommand } from '../../../src-main/supervisor/child-command.ts';
import { runOk } from '../../helpers/child.ts';
import { fuseMountsBelow } from '../../helpers/system-mounts.ts';
import { until } from '../../helpers/system-until.ts';
import { newDirectory, projectRoot } from '../../helpers/system.ts';
import { FILE, supervised } from '../supervised.ts';

const LIMIT_MS = 60_000;

test('a mount elsewhere is refused, and the job is mounted where it was', async () => {
  const { supervisor, client, job, jobState, reaches, tree, mountRoot } = await supervised();
  const { mountPoint } = await client.call('jobs.mount', { job });
  process.kill(supervisor.enginePid ?? 0, 'SIGKILL');
  await until('the state says so', () => supervisor.state().engine.state === 'restarting');
  const elsewhere = newDirectory('elsewhere');
  await expect(client.call('jobs.mount', { job, mountPoint: elsewhere })).rejects.toMatchObject({
    code: 'MOUNT_BUSY',
    message: `The job is being mounted at ${mountPoint}; unmount it first.`,
  });
  expect(jobState()).toMatchObject({ state: 'mounting', mountPoint });
  await reaches('mounted');
  expect(fuseMountsBelow(mountRoot).map((entry) => entry.mountPoint)).toEqual([mountPoint]);
  expect(fuseMountsBelow(elsewhere)).toEqual([]);
  await runOk('cmp', [join(mountPoint, FILE), join(tree, FILE)]);
});

test('a mount waits for an engine that starts late, as often as it is lost', async () => {
  let fails = false;
  const { supervisor, client, job, jobState, tree } = await supervised(
    {},
    {
      engineCommand: () =>
        fails
          ? {
              executable: process.execPath,
              arguments: [join(projectRoot, 'test', 'helpers', 'engine-child-main.ts'), 'dies'],
            }
          : childCommand('engine/control/engine-main'),
    },
  );
  fails = true;
  process.kill(supervisor.enginePid ?? 0, 'SIGKILL');
  await until('the state says so', () => supervisor.state().engine.state === 'restarting');
  const mounted = client.call('jobs.mount', { job });
  await until('it failed again', () => supervisor.state().engine.restarts === 2, LIMIT_MS);
  expect(jobState()).toMatchObject({
    state: 'mounting',
    problem: {
      code: 'ENGINE_AWAY',
      sentence: expect.stringMatching(/^The engine ended with exit code 3.*started again\.$/) as string,
    },
  });
  fails = false;
  const { mountPoint } = await mounted;
  expect(jobState()).toMatchObject({ state: 'mounted', problem: null });
  await runOk('cmp', [join(mountPoint, FILE), join(tree, FILE)]);
});

test('an end that is cancelled while it hangs leaves the engine running; what was unmounted can be mounted again', async () => {
  const { supervisor, client, job, jobState, reaches, tree } = await supervised();
  await client.call('jobs.mount', { job });
  const pid = supervisor.enginePid ?? 0;
  process.kill(pid, 'SIGSTOP');
  const cancelling = new AbortController();
  const stopped = supervisor.stop(false, cancelling.signal);
  const interrupted = expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await until('it unmounts', () => jobState().state === 'unmounting');
  await expect(client.call('jobs.mount', { job })).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  cancelling.abort();
  await interrupted;
  process.kill(pid, 'SIGCONT');
  await reaches('unmounted');
  expect(supervisor.state().engine).toMatchObject({ state: 'running', restarts: 0 });
  const { mountPoint } = await client.call('jobs.mount', { job });
  await runOk('cmp', [join(mountPoint, FILE), join(tree, FILE)]);
  expect(supervisor.enginePid).toBe(pid);
});
