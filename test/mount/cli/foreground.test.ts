/** A mount in the foreground: what it prints, how it ends, what ends it. */
import { readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run, runOk, start } from '../../helpers/child.ts';
import { commandLine, mountJob } from '../../helpers/mounted-job.ts';
import { onCleanup } from '../../helpers/system-cleanup.ts';
import { abortMount, mountAt, waitingRequests } from '../../helpers/system-mounts.ts';
import { until } from '../../helpers/system-until.ts';
import { newDirectory } from '../../helpers/system.ts';
import { newHome, openForOthers, orbitGhost, smallJob, startOrbitGhost } from './command-line.ts';
import type { SmallJob } from './command-line.ts';
import { mountAsOtherUser } from './other-user.ts';

let small: SmallJob;

beforeAll(async () => {
  small = await smallJob();
  openForOthers(small.database);
});

describe('a mount in the foreground', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends cleanly on %s', async (signal) => {
    await using mount = await mountJob({ ...small, env: newHome() });
    mount.process.signal(signal);
    expect(await mount.process.exited).toEqual({ code: 0, signal: null });
    expect(mountAt(mount.mountPoint)).toBeUndefined();
    expect(mount.process.stdout()).toBe(`mounted job ${small.job} at ${mount.mountPoint}\n`);
  });

  it("uses the person's own directories by default, and keeps a private log", async () => {
    const env = newHome();
    const home = env['HOME'] ?? '';
    const child = await startOrbitGhost(['-j', String(small.job), '-d', small.database], env);
    const mountPoint = join(home, '.local/share/orbit-ghost/mounts', `job-${small.job}`);
    const line = await child.waitForLine(/^mounted job (\d+) at (.*)$/);
    expect(line.slice(1)).toEqual([String(small.job), mountPoint]);
    expect(await runOk('cat', [join(mountPoint, 'hello.txt')])).toBe('hello\n');
    await child.stop();
    expect(statSync(join(home, '.cache/orbit-ghost/blocks')).mode & 0o777).toBe(0o700);
    const log = join(home, '.local/state/orbit-ghost/orbit-ghost.log');
    expect(statSync(log).mode & 0o777).toBe(0o600);
    expect(readFileSync(log, 'utf8')).toMatch(/ info {2}SIGTERM received/);
  });

  it('keeps nothing on disk with --no-cache', async () => {
    const env = newHome();
    const child = await startOrbitGhost(['-j', String(small.job), '-d', small.database, '--no-cache'], env);
    const [, mountPoint = ''] = await child.waitForLine(/ at (.*)$/);
    expect(await runOk('cat', [join(mountPoint, 'hello.txt')])).toBe('hello\n');
    await child.stop();
    expect((await run('ls', ['-A', join(env['HOME'] ?? '', '.cache')])).code).not.toBe(0);
  });

  it('says why and ends with 0 when another program unmounts it', async () => {
    await using mount = await mountJob({ ...small, env: newHome() });
    await runOk('fusermount3', ['-u', mount.mountPoint]);
    expect(await mount.process.exited).toEqual({ code: 0, signal: null });
    await until('the reason', () => mount.stderr().includes('another program'));
    expect(mount.stderr()).toContain(mount.mountPoint);
  });

  it('frees the readers that wait and the files that are open', async () => {
    await using mount = await mountJob({
      ...small,
      env: newHome(),
      args: ['--source', 'sim:?latency=3600s'],
    });
    const file = join(mount.mountPoint, 'hello.txt');
    await using holder = await start('sh', ['-c', 'exec 3< "$1"; echo open; exec sleep 600', 'sh', file]);
    await holder.waitForLine(/^open$/);
    const reading = run('cat', [file]);
    // The holder's open file is no request, so what waits is the read.
    await until('a waiting read', async () => ((await waitingRequests(mount.connection)) ?? 0) > 0);
    mount.process.signal('SIGTERM');
    expect(await mount.process.exited).toEqual({ code: 0, signal: null });
    expect((await reading).code).toBe(1);
    expect(mountAt(mount.mountPoint)).toBeUndefined();
  });

  it('leaves although an open file keeps its session, and at once when asked twice', async () => {
    for (const [again, code] of [
      [undefined, 0],
      ['SIGINT', 130],
    ] as const) {
      const mount = await mountAsOtherUser(small);
      await using holder = await mount.enter(
        ['sh', '-c', 'exec 3< "$1"; echo open; exec sleep 600', 'sh'],
        'hello.txt',
      );
      await holder.waitForLine(/^open$/);
      mount.child.signal('SIGTERM');
      await mount.child.waitForLine(/SIGTERM received/, { stream: 'stderr' });
      if (again !== undefined) mount.child.signal(again);
      // Where the session can be aborted it may be over before the second signal comes.
      const codes = mount.mayAbort ? [0, code] : [code];
      expect(codes).toContain((await mount.child.exited).code);
    }
  });

  it('leaves no mount behind when asked twice before it answers', async () => {
    // Keeps every thread but the first from starting: the mount is there, and nobody serves it yet.
    const stuck =
      'import{isMainThread}from"node:worker_threads";' +
      'if(!isMainThread)Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0)';
    const [node, ...prefix] = commandLine;
    const mountPoint = newDirectory('mount');
    const link = join(newDirectory('link'), 'to mount');
    symlinkSync(mountPoint, link);
    onCleanup(mountPoint, async () => {
      await abortMount(mountPoint);
    });
    const args = ['--import', `data:text/javascript,${stuck}`, ...prefix];
    const places = ['-j', String(small.job), '-d', small.database, '-m', link];
    await using child = await start(node, [...args, ...places], { env: newHome() });
    await until('the mount', () => mountAt(mountPoint) !== undefined, 20_000);
    child.signal('SIGTERM');
    await child.waitForLine(/SIGTERM received/, { stream: 'stderr' });
    child.signal('SIGINT');
    expect(await child.exited).toEqual({ code: 130, signal: null });
    expect(mountAt(mountPoint)).toBeUndefined();
  });

  it('outlives whoever read its standard output and error', async () => {
    const [command, ...prefix] = commandLine;
    const args = [...prefix, '-j', String(small.job), '-d', small.database];
    const env = newHome();
    const mountPoint = join(env['HOME'] ?? '', '.local/share/orbit-ghost/mounts', `job-${small.job}`);
    // Both pipes are closed before anything can be written to them; the process id goes the third way.
    const script =
      'exec 3>&1; { sh -c \'echo $$ >&3; exec "$@" 2>&1 3>&-\' sh "$@"; echo "$?" >&3; } | true; wait';
    await using shell = await start('sh', ['-c', script, 'sh', command, ...args], { env });
    const [pid = ''] = await shell.waitForLine(/^\d+$/);
    await until('the mount', () => mountAt(mountPoint) !== undefined, 20_000);
    expect(await runOk('cat', [join(mountPoint, 'hello.txt')])).toBe('hello\n');
    process.kill(Number(pid), 'SIGTERM');
    await shell.exited;
    expect(shell.stdout().trim().split('\n').at(-1)).toBe('0');
    expect(mountAt(mountPoint)).toBeUndefined();
  });

  it('is told from other commands by nothing on standard output when it fails', async () => {
    const failed = await orbitGhost(['-j', '99', '-d', small.database, '--log-level', 'debug'], newHome());
    expect(failed).toMatchObject({ code: 2, stdout: '' });
    expect(failed.stderr).toMatch(/no job 99[^\n]*\n {4}GhostError: /);
  });
});
