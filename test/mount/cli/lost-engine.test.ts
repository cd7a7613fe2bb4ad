/** Mounts in the foreground whose engine is lost, hangs or cannot be started any more, or whose command is killed itself. */
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { engineOf, servedForAMoment } from '../../helpers/running-engine.ts';
import { runOk, start, type Child } from '../../helpers/child.ts';
import { startFileServer } from '../../helpers/file-server.ts';
import { startLinkProxy } from '../../helpers/link-proxy.ts';
import { mountJob, publish, type MountedJob } from '../../helpers/mounted-job.ts';
import { onCleanup } from '../../helpers/system-cleanup.ts';
import { abortMount, mountAt, waitingRequests } from '../../helpers/system-mounts.ts';
import { until } from '../../helpers/system-until.ts';
import { newDirectory } from '../../helpers/system.ts';
import { writeSeededFile } from '../../helpers/tree.ts';
import { assertNoDState } from '../../helpers/watchdog.ts';
import { killWithEngine, newHome, openForOthers, smallJob } from './command-line.ts';
import { mountAsOtherUser } from './other-user.ts';

const MIB = 2 ** 20;
const FILE = 'film';
const FILE_BYTES = 64 * MIB;
/** The file takes eight seconds. */
const BYTES_PER_SECOND = 8 * MIB;
/** Most of a second at that rate: an engine that ran for so long had no fault from the start. */
const SERVED_BYTES = 6 * MIB;
const KILLS = 5;
/** Node starts in a second, on a busy machine in several. */
const RESTART_LIMIT_MS = 60_000;
/** The kernel frees who waits as soon as the last descriptor of a session is closed. */
const FREED_MS = 2_000;

const FAR_AWAY = ['--source', 'sim:?latency=3600s'];

const isAlive = (pid: number): boolean => existsSync(`/proc/${String(pid)}`);

/** Resolves with the engine that was killed. */
function killEngine(mount: { readonly process: Child }): number {
  const engine = engineOf(mount) ?? 0;
  process.kill(engine, 'SIGKILL');
  return engine;
}

const timesMountedAgain = (child: Child): number => child.stderr().split('is mounted again').length - 1;

async function mountedAgain(child: Child, times: number): Promise<void> {
  await until(`mounted again ${times}`, () => timesMountedAgain(child) >= times, RESTART_LIMIT_MS);
}

/** Reads a file that never comes; resolves when it waits. */
async function waitingReader({ mountPoint, connection }: MountedJob): Promise<Child> {
  const reader = await start('cat', [join(mountPoint, 'hello.txt')], { discardStdout: true });
  await until('the read waits', async () => ((await waitingRequests(connection)) ?? 0) > 0);
  return reader;
}

describe('a mount in the foreground whose engine is lost', () => {
  it('lets its readers go on with the right bytes, as often as that happens', async () => {
    const tree = newDirectory('tree');
    writeSeededFile(join(tree, FILE), FILE_BYTES, 1);
    const server = await startFileServer(tree);
    const link = await startLinkProxy({
      target: { host: '127.0.0.1', port: server.port },
      rttMs: 5,
      bytesPerSecond: BYTES_PER_SECOND,
    });
    onCleanup('the slow server', async () => {
      await link.close();
      await server.close();
    });
    const database = join(newDirectory('catalogue'), 'magnetar.db');
    // Nothing is there: each engine must be told the source of the command line.
    const { jobId } = await publish({ tree, database, source: 'http://127.0.0.1:9/' });
    const source = ['--source', `http://127.0.0.1:${link.port}/`];
    await using mount = await mountJob({ database, job: jobId, args: [...source, '--deadline', '120'] });
    const before = mountAt(mount.mountPoint);
    const reader = await start('cmp', [join(mount.mountPoint, FILE), join(tree, FILE)]);
    let isOver = false;
    void reader.exited.then(() => (isOver = true));
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const carried = link.bytesDown();
      await until('it reads', () => link.bytesDown() >= carried + SERVED_BYTES, RESTART_LIMIT_MS);
      expect(isOver, reader.stderr()).toBe(false);
      killEngine(mount);
      await mountedAgain(mount.process, kill);
    }
    expect(await reader.exited, reader.stderr()).toEqual({ code: 0, signal: null });
    // The same mount all the time, not another at the same place.
    expect(mountAt(mount.mountPoint)).toEqual(before);
    expect(mount.process.stdout().split('\n')).toHaveLength(2);
    expect(mount.stderr()).toContain(' error The engine was killed (SIGKILL); it is started again.\n');
    expect(await mount.unmount()).toEqual({ code: 0, signal: null });
    expect(mountAt(mount.mountPoint)).toBeUndefined();
  });

  it('goes on with every mount it has, also one that an ordinary user made', async () => {
    const small = await smallJob();
    openForOthers(small.database);
    chmodSync(small.tree, 0o755);
    const mount = await mountAsOtherUser(small);
    const holder = await mount.enter(
      ['sh', '-c', 'exec 3< "$1"; echo open; read -r _; exec cat <&3', 'sh'],
      'hello.txt',
    );
    await holder.waitForLine(/^open$/);
    killEngine({ process: mount.child });
    await mountedAgain(mount.child, 1);
    expect(await (await mount.enter(['cat'], 'hello.txt')).exited).toEqual({ code: 0, signal: null });
    expect(await mount.child.stop()).toEqual({ code: 0, signal: null });
  });

  it('is mounted anew where there is no session to be kept, with fuse-native', async () => {
    const small = await smallJob();
    await using mount = await mountJob({ ...small, args: ['--driver', 'fuse-native'] });
    killEngine(mount);
    await mountedAgain(mount.process, 1);
    expect(await runOk('cat', [join(mount.mountPoint, 'hello.txt')])).toBe('hello\n');
    expect(await mount.unmount()).toEqual({ code: 0, signal: null });
    expect(mountAt(mount.mountPoint)).toBeUndefined();
  });

  it('ends with 1 when no engine can be started any more: who reads is freed, nothing is left, and it says why', async () => {
    const small = await smallJob();
    const directory = newDirectory('broken');
    const broken = join(directory, 'broken');
    const script = join(directory, 'break.mjs');
    writeFileSync(
      script,
      `import { existsSync } from 'node:fs';
      if (process.argv[1].includes('engine-main') && existsSync('${broken}')) process.exit(3);`,
    );
    await using mount = await mountJob({
      ...small,
      args: FAR_AWAY,
      env: { ...newHome(), NODE_OPTIONS: `--import=${script}` },
    });
    const mountedAt = performance.now();
    const reader = await waitingReader(mount);
    await servedForAMoment(mountedAt);
    writeFileSync(broken, '');
    killEngine(mount);
    const [sentence] = await mount.process.waitForLine(/ error .* is not started any more; .*/, {
      stream: 'stderr',
      timeoutMs: RESTART_LIMIT_MS,
    });
    const at = performance.now();
    expect((await reader.exited).code).toBe(1);
    expect(performance.now() - at).toBeLessThan(FREED_MS);
    expect(sentence).toContain('The engine ended with exit code 3. ');
    expect(await mount.process.exited).toEqual({ code: 1, signal: null });
    expect(mountAt(mount.mountPoint)).toBeUndefined();
    expect(readdirSync(mount.mountPoint)).toEqual([]);
  });
});

describe('a mount in the foreground whose engine hangs', () => {
  it('goes on with another one', async () => {
    const small = await smallJob();
    await using mount = await mountJob(small);
    const engine = engineOf(mount) ?? 0;
    process.kill(engine, 'SIGSTOP');
    expect(await runOk('cat', [join(mount.mountPoint, 'hello.txt')])).toBe('hello\n');
    await mountedAgain(mount.process, 1);
    expect(mount.stderr()).toContain('gave no sign of life');
    expect(isAlive(engine)).toBe(false);
    expect(mountAt(mount.mountPoint)?.connection).toBe(mount.connection);
    expect(await mount.unmount()).toEqual({ code: 0, signal: null });
  });

  it('leaves at once when asked twice, with its engine and its mount', async () => {
    const small = await smallJob();
    await using mount = await mountJob({ ...small, args: FAR_AWAY });
    const reader = await waitingReader(mount);
    const engine = engineOf(mount) ?? 0;
    process.kill(engine, 'SIGSTOP');
    mount.process.signal('SIGTERM');
    await mount.process.waitForLine(/SIGTERM received/, { stream: 'stderr' });
    const at = performance.now();
    mount.process.signal('SIGINT');
    expect(await mount.process.exited).toEqual({ code: 130, signal: null });
    expect(performance.now() - at).toBeLessThan(FREED_MS);
    expect((await reader.exited).code).toBe(1);
    expect(isAlive(engine)).toBe(false);
    expect(mountAt(mount.mountPoint)).toBeUndefined();
  });
});

describe('a mount in the foreground that is killed', () => {
  it('is unmounted by its engine, whoever reads, which then leaves', async () => {
    await using mount = await mountJob({ ...(await smallJob()), args: FAR_AWAY });
    const reader = await waitingReader(mount);
    const engine = engineOf(mount) ?? 0;
    mount.process.signal('SIGKILL');
    expect((await reader.exited).code).toBe(1);
    await until('the engine leaves', () => !isAlive(engine));
    expect(mountAt(mount.mountPoint)).toBeUndefined();
  });

  it('together with its engine frees who reads, and the next one mounts at the same place', async () => {
    const small = await smallJob();
    const place = newDirectory('mount');
    onCleanup(place, async () => {
      await abortMount(place);
    });
    const first = await mountJob({ ...small, mountPoint: place, args: FAR_AWAY });
    const reader = await waitingReader(first);
    await killWithEngine(first.process);
    expect((await reader.exited).code).toBe(1);
    expect(mountAt(place)).toBeDefined();
    const { cacheDirectory } = first;
    await using second = await mountJob({ ...small, mountPoint: place, cacheDirectory });
    expect(await runOk('cat', [join(place, 'hello.txt')])).toBe('hello\n');
    expect(await second.unmount()).toEqual({ code: 0, signal: null });
    expect(mountAt(place)).toBeUndefined();
    await assertNoDState();
  });
});
