/**
 * The supervisor with the real engine and real mounts: what a person can do with jobs, and what becomes of them when the engine
 * is killed. Files are read by child processes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TopicEvent } from '../../src-main/ipc/contract.ts';
import { runOk, start } from '../helpers/child.ts';
import { abortMount, fuseMountsBelow } from '../helpers/system-mounts.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory } from '../helpers/system.ts';
import { FILE, FILE_BYTES, supervised } from './supervised.ts';

describe('jobs', () => {
  test('a job is mounted, read, watched, and unmounted', async () => {
    const { client, job, jobState, tree, mountRoot } = await supervised();
    expect(jobState()).toMatchObject({ state: 'unmounted', files: 2, cachedBytes: 0, problem: null });

    const blocks: TopicEvent<'blocks'>[] = [];
    client.subscribe('blocks', { job, path: FILE }, (event) => void blocks.push(event));
    let activity: TopicEvent<'activity'> | undefined;
    client.subscribe('activity', {}, (event) => {
      activity = event;
    });
    const { mountPoint } = await client.call('jobs.mount', { job });
    expect(mountPoint.startsWith(`${mountRoot}/`)).toBe(true);
    expect(jobState()).toMatchObject({ state: 'mounted', mountPoint, problem: null });
    await runOk('cmp', [join(mountPoint, FILE), join(tree, FILE)]);

    await until('the reads are counted', () => (activity?.jobs[0]?.readBytes ?? 0) >= FILE_BYTES);
    expect(activity?.jobs[0]).toMatchObject({ job, fetchedBytes: FILE_BYTES });
    await until('all blocks are cached', async () => {
      const { jobs } = await client.call('cache.status', {});
      return jobs[0]?.bytes === FILE_BYTES;
    });
    expect((await client.call('cache.status', {})).jobs).toMatchObject([{ job, blocks: 8 }]);
    expect(blocks[0]).toMatchObject({ kind: 'snapshot', size: FILE_BYTES, blocks: 8 });
    await until('the map tells of every block', () => statesOf(blocks).every((state) => state === 3));
    await until('the state tells of it', () => jobState().cachedBytes === FILE_BYTES);

    expect(await client.call('files.path', { job, path: FILE })).toEqual({ path: join(mountPoint, FILE) });
    await expect(client.call('files.path', { job, path: 'no/such' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await client.call('files.path', { job, path: '' })).toEqual({ path: mountPoint });

    const cleared = await client.call('cache.clear', { job });
    expect(cleared).toEqual({ blocks: 8, bytes: FILE_BYTES });
    await runOk('cmp', [join(mountPoint, FILE), join(tree, FILE)]);

    await client.call('jobs.unmount', { job, force: false });
    expect(jobState().state).toBe('unmounted');
    expect(fuseMountsBelow(mountRoot)).toEqual([]);
    await expect(client.call('files.path', { job, path: FILE })).rejects.toMatchObject({
      code: 'MOUNT_FAILED',
    });
  });

  test('what is read while nobody looks is counted, and shown to who looks later', async () => {
    const { client, job, jobState, supervisor } = await supervised();
    const { mountPoint } = await client.call('jobs.mount', { job });
    const counted = (): number =>
      supervisor.activity.shown().history.read.reduce((sum, rate) => sum + rate, 0);
    await until('counting has begun', () => supervisor.activity.shown().jobs.length === 1);
    await runOk('cat', [join(mountPoint, FILE)], { discardStdout: true });
    // A sample is of about a second, and its rate accordingly inexact.
    await until('the read is in the history', () => counted() > FILE_BYTES / 2);
    await until('the state tells what is cached', () => jobState().cachedBytes === FILE_BYTES);
    const { promise, resolve } = Promise.withResolvers<TopicEvent<'activity'>>();
    client.subscribe('activity', {}, resolve);
    const { history, jobs } = await promise;
    expect(Math.max(...history.read)).toBeGreaterThan(0);
    expect(jobs).toMatchObject([{ job, readBytes: FILE_BYTES, fetchedBytes: FILE_BYTES }]);
  });

  test('a mount in use says who uses it and stays, unless it is forced', async () => {
    const { supervisor, client, job, jobState, mountRoot } = await supervised();
    const { mountPoint } = await client.call('jobs.mount', { job });
    const user = await start('sleep', ['1000'], { cwd: mountPoint });
    const busy = { code: 'MOUNT_BUSY', message: expect.stringContaining(`sleep (${user.pid})`) as string };
    await expect(client.call('jobs.unmount', { job, force: false })).rejects.toMatchObject(busy);
    expect(jobState().state).toBe('mounted');
    await expect(supervisor.stop(false)).rejects.toMatchObject(busy);
    expect(jobState().state).toBe('mounted');
    await client.call('jobs.unmount', { job, force: true });
    expect(fuseMountsBelow(mountRoot)).toEqual([]);
  });

  test('a folder is published by the way, and found in the list', async () => {
    const { supervisor, client, catalogue } = await supervised();
    const folder = join(newDirectory('more'), 'a "folder"');
    mkdirSync(folder);
    writeFileSync(join(folder, 'one.txt'), 'one');
    const { task } = await client.call('jobs.publish', { directory: folder });
    await until('it is published', () => supervisor.state().tasks[0]?.state !== 'running');
    expect(supervisor.state().tasks).toMatchObject([{ id: task, state: 'done', progress: 1 }]);
    const key = supervisor.state().tasks[0]?.job;
    expect(supervisor.state().jobs.find((job) => job.key === key)).toMatchObject({
      name: 'a "folder"',
      catalogue,
      files: 1,
    });
    await client.call('tasks.dismiss', { task });
    expect(supervisor.state().tasks).toEqual([]);
  });
});

describe('the set-up', () => {
  test('is checked, and settings take effect while it runs', async () => {
    const { supervisor, client, catalogue, home, jobState, job } = await supervised();
    const { checks } = await client.call('setup.check', {});
    expect(checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['FUSE', true],
      ['Mount folder', true],
      ['Cache', true],
      ['Engine', true],
      ['Catalogue', true],
    ]);
    await client.call('settings.set', { values: { 'cache.limit': '64MiB', theme: 'dark' } });
    expect((await client.call('cache.status', {})).limitBytes).toBe(64 * 2 ** 20);
    expect(supervisor.state()).toMatchObject({ theme: 'dark', settingsProblem: null });

    const missing = join(home, 'missing.db');
    await expect(client.call('catalogues.add', { path: missing })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(client.call('catalogues.add', { path: 'relative.db' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
    const { jobs } = await client.call('setup.demo', {});
    expect(jobs).toHaveLength(2);
    expect(supervisor.state().jobs).toHaveLength(3);
    expect(await client.call('setup.demo', {})).toEqual({ jobs });

    await client.call('jobs.mount', { job });
    await expect(client.call('catalogues.remove', { path: catalogue })).rejects.toMatchObject({
      code: 'MOUNT_BUSY',
    });
    await client.call('settings.set', { values: { catalogues: [] } });
    expect(supervisor.state().jobs.map(({ key }) => key)).toEqual([job]);
    expect(jobState().state).toBe('mounted');
    await client.call('jobs.unmount', { job, force: false });
    expect(supervisor.state().jobs).toEqual([]);
  });

  test('a mount point that cannot be used is told, and another tried', async () => {
    const { client, job, jobState, home } = await supervised();
    const mountPoint = join(home, 'full');
    mkdirSync(mountPoint);
    writeFileSync(join(mountPoint, 'something'), '');
    await expect(client.call('jobs.mount', { job, mountPoint })).rejects.toMatchObject({
      code: 'MOUNT_FAILED',
    });
    expect(jobState()).toMatchObject({ state: 'failed', problem: { code: 'MOUNT_FAILED' } });
    await expect(client.call('jobs.mount', { job: '00000000-1' })).rejects.toMatchObject({
      code: 'JOB_UNKNOWN',
    });
    const [one, other] = await Promise.all([
      client.call('jobs.mount', { job }),
      client.call('jobs.mount', { job }),
    ]);
    expect(one).toEqual(other);
    expect(jobState()).toMatchObject({ state: 'mounted', problem: null });
    await expect(client.call('jobs.mount', { job, mountPoint })).rejects.toMatchObject({
      code: 'MOUNT_BUSY',
    });
  });

  test('a mount that another program takes away is no longer mounted', async () => {
    const { supervisor, client, job, jobState, reaches } = await supervised();
    const { mountPoint } = await client.call('jobs.mount', { job });
    await abortMount(mountPoint);
    await reaches('unmounted');
    expect(jobState().problem?.sentence).toContain(mountPoint);
    expect(supervisor.activity.shown().problems).toMatchObject([{ job, code: 'MOUNT_FAILED' }]);
    await client.call('jobs.mount', { job });
  });
});

describe('the engine', () => {
  test('killed, is started again and mounts what was mounted; block maps go on', async () => {
    const { supervisor, client, job, jobState, reaches, tree, mountRoot } = await supervised();
    const { mountPoint } = await client.call('jobs.mount', { job });
    const blocks: TopicEvent<'blocks'>[] = [];
    client.subscribe('blocks', { job, path: FILE }, (event) => void blocks.push(event));
    await until('the map is there', () => blocks.length > 0);
    const first = supervisor.enginePid ?? 0;
    process.kill(first, 'SIGKILL');
    await until('the state says so', () => supervisor.state().engine.state === 'restarting');
    expect(supervisor.state().engine).toMatchObject({
      restarts: 1,
      sentence: expect.stringContaining('SIGKILL') as string,
    });
    expect(jobState().state).toBe('mounting');
    await reaches('mounted');
    expect(supervisor.state().engine).toMatchObject({ state: 'running', sentence: null });
    expect(supervisor.enginePid).not.toBe(first);
    expect(fuseMountsBelow(mountRoot).map((entry) => entry.mountPoint)).toEqual([mountPoint]);
    await runOk('cmp', [join(mountPoint, FILE), join(tree, FILE)]);
    await until('the map tells of every block', () => statesOf(blocks).every((state) => state === 3));
  });

  test('away, a job can still be unmounted', async () => {
    const { supervisor, client, job, jobState, mountRoot } = await supervised();
    await client.call('jobs.mount', { job });
    process.kill(supervisor.enginePid ?? 0, 'SIGKILL');
    await until('the state says so', () => supervisor.state().engine.state === 'restarting');
    await client.call('jobs.unmount', { job, force: false });
    expect(jobState().state).toBe('unmounted');
    expect(fuseMountsBelow(mountRoot)).toEqual([]);
    await until('the engine is back', () => supervisor.state().engine.state === 'running');
    expect(jobState().state).toBe('unmounted');
  });

  test('ended by force takes its mounts along', async () => {
    const { supervisor, client, job, mountRoot } = await supervised();
    const { mountPoint } = await client.call('jobs.mount', { job });
    await start('sleep', ['1000'], { cwd: mountPoint });
    const pid = supervisor.enginePid ?? 0;
    await supervisor.stop(true);
    expect(fuseMountsBelow(mountRoot)).toEqual([]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

/** The map as a client has it. */
function statesOf(events: readonly TopicEvent<'blocks'>[]): number[] {
  let states: number[] = [];
  for (const event of events) {
    if (event.kind === 'snapshot') states = [...Buffer.from(event.states, 'base64')];
    else for (const [first, count, state] of event.changes) states.fill(state, first, first + count);
  }
  return states;
}
