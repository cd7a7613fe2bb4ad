/** An engine that hangs, with real mounts and readers: nobody waits for it without end, and it outlives nobody. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src-main/engine/clock.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { EngineProcess } from '../../../src-main/supervisor/engine-process.ts';
import { start } from '../../helpers/child.ts';
import { startEngine } from '../../helpers/engine-process.ts';
import { mountJob, publish } from '../../helpers/mounted-job.ts';
import { engineOf } from '../../helpers/running-engine.ts';
import { onCleanup } from '../../helpers/system-cleanup.ts';
import { abortMount, fuseMountsBelow } from '../../helpers/system-mounts.ts';
import { until } from '../../helpers/system-until.ts';
import { newDirectory, projectRoot } from '../../helpers/system.ts';
import { writeSeededFile } from '../../helpers/tree.ts';
import { assertNoDState, mountAt, waitingRequests } from '../../helpers/watchdog.ts';
import { startStallingServer } from '../acceptance/stalling-server.ts';
import { smallJob } from '../cli/command-line.ts';
import { FILE, supervised } from '../supervised.ts';

const SILENCE_LIMIT_MS = 2_000;
/** A start of the engine on a loaded machine included. */
const LIMIT_MS = 60_000;

describe('an engine that hangs', () => {
  test('is killed, and whoever reads waits and gets the right bytes', async () => {
    const { supervisor, client, job, jobState, reaches, tree, mountRoot } = await supervised(
      {},
      { engineSilenceLimitMs: SILENCE_LIMIT_MS },
    );
    const { mountPoint } = await client.call('jobs.mount', { job });
    const connection = mountAt(mountPoint)?.connection ?? 0;
    const pid = supervisor.enginePid ?? 0;
    process.kill(pid, 'SIGSTOP');
    const reader = await start('cmp', [join(mountPoint, FILE), join(tree, FILE)]);
    await until('the read waits', async () => ((await waitingRequests(connection)) ?? 0) > 0);
    await until('it is lost', () => supervisor.state().engine.state === 'restarting', LIMIT_MS);
    expect(supervisor.state().engine.sentence).toContain('The engine hung: it gave no sign of life for 2 s');
    expect(jobState()).toMatchObject({ state: 'mounting', problem: { code: 'ENGINE_AWAY' } });
    expect(await reader.exited, reader.stderr()).toEqual({ code: 0, signal: null });
    await reaches('mounted');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(fuseMountsBelow(mountRoot).map((entry) => entry.connection)).toEqual([connection]);
    await assertNoDState();
  });

  test('ends by itself once it goes on, when its supervisor is gone', async () => {
    const { database, job } = await smallJob();
    const engine = await startEngine();
    const mountPoint = engine.mountPoint();
    await engine.request('mount', { key: '00000000-1', database, job, mountPoint });
    expect(mountAt(mountPoint)).toBeDefined();
    engine.signal('SIGSTOP');
    engine.disconnect();
    engine.signal('SIGCONT');
    expect(await engine.exited).toEqual({ code: 0, signal: null });
    expect(mountAt(mountPoint)).toBeUndefined();
  });

  test('in the wait for a mount, where not even SIGKILL ends it, is freed by taking that mount away', async () => {
    const tree = newDirectory('tree');
    writeSeededFile(join(tree, 'file'), 2 ** 20, 1);
    const server = await startStallingServer(tree);
    const database = join(newDirectory('catalogue'), 'magnetar.db');
    const { jobId } = await publish({ tree, database, source: server.url });
    const mount = await mountJob({ database, job: jobId });
    let severed = 0;
    let lost: string | undefined;
    const child = join(projectRoot, 'test', 'helpers', 'engine-child-main.ts');
    const engine = new EngineProcess({
      command: () => ({
        executable: process.execPath,
        arguments: [child, 'stuck', join(mount.mountPoint, 'file')],
      }),
      settings: () => ({
        cacheDirectory: '/nowhere',
        cacheLimitBytes: undefined,
        cacheMinFreeBytes: undefined,
        transfers: 8,
        deadlineMs: 30_000,
        logLevel: 'info',
        driver: 'auto',
      }),
      clock: systemClock,
      logger: silentLogger,
      onEvent: () => {},
      onStatus: () => {},
      onLost: (reason) => {
        lost = reason;
        return Promise.resolve();
      },
      onStarted: () => Promise.resolve(),
      onUndying: async () => {
        severed += 1;
        await abortMount(mount.mountPoint);
      },
      silenceLimitMs: SILENCE_LIMIT_MS,
    });
    onCleanup('engine', async () => void (await engine.stop(true)));
    engine.start();
    await until('it runs', () => engine.status.state === 'running', LIMIT_MS);
    const pid = engine.pid ?? 0;
    engine.request('setPaused', { paused: true }).catch(() => {});
    await until('the source is asked', () => server.asked.includes('file'));
    const serving = engineOf(mount) ?? 0;
    // Its supervisor first, which would start another.
    mount.process.signal('SIGSTOP');
    process.kill(serving, 'SIGSTOP');
    await until('it is lost', () => lost !== undefined, LIMIT_MS);
    process.kill(serving, 'SIGCONT');
    mount.process.signal('SIGCONT');
    expect(severed).toBe(1);
    expect(lost).toContain('The engine hung');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
