/** The engine ends at the moments that are hardest for who takes its sessions over. */
import { statSync, utimesSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { run, runOk, start } from '../helpers/child.ts';
import { publish } from '../helpers/mounted-job.ts';
import { longListing, manyHandles } from '../helpers/patient-reader.ts';
import { plainCatalogue } from '../helpers/plain-catalogue.ts';
import { fuseMountsBelow } from '../helpers/system-mounts.ts';
import { newDirectory } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';
import { mountAt } from '../helpers/watchdog.ts';
import { FILE, supervised, type Supervised } from '../mount/supervised.ts';
import { chaosTree, SMALL } from './chaos-tree.ts';
import { inflict, recovered } from './engine-faults.ts';
import { diceOf, rounds } from './profile.ts';

/** From here on an engine counts as sound, so that the next one starts at once. */
const SOUND_MS = 600;
/** A mount, or an unmount, is over by then. */
const STEP_MS = 120;

async function killed(place: Supervised): Promise<void> {
  const { restarts } = place.supervisor.state().engine;
  await inflict('SIGKILL', place);
  await recovered(place, restarts + 1);
}

async function expectReadable({ tree }: Supervised, mountPoint: string): Promise<void> {
  await runOk('cmp', [join(mountPoint, FILE), join(tree, FILE)]);
}

test('killed while it mounts: the job is mounted once, and can be read', async () => {
  const dice = diceOf('mount');
  const place = await supervised();
  const { client, job, mountRoot, supervisor } = place;
  for (let round = 0; round < rounds(8); round += 1) {
    await pause(SOUND_MS);
    const mounting = client.call('jobs.mount', { job });
    await pause(dice.below(STEP_MS));
    await inflict('SIGKILL', place);
    const { mountPoint } = await mounting;
    await recovered(place, round + 1);
    await expectReadable(place, mountPoint);
    expect(fuseMountsBelow(mountRoot)).toHaveLength(1);
    await client.call('jobs.unmount', { job, force: false });
    expect(fuseMountsBelow(mountRoot)).toEqual([]);
  }
  expect(supervisor.state().engine.restarts).toBe(rounds(8));
});

test('killed while it unmounts: nothing is left, and the job can be mounted again', async () => {
  const dice = diceOf('unmount');
  const place = await supervised();
  const { client, job, jobState, mountRoot, reaches } = place;
  for (let round = 0; round < rounds(8); round += 1) {
    const { mountPoint } = await client.call('jobs.mount', { job });
    await expectReadable(place, mountPoint);
    await pause(SOUND_MS);
    const unmounting = client.call('jobs.unmount', { job, force: dice.below(2) === 0 });
    await pause(dice.below(STEP_MS / 4));
    await inflict('SIGKILL', place);
    await unmounting;
    expect(jobState().state).toBe('unmounted');
    expect(fuseMountsBelow(mountRoot)).toEqual([]);
  }
  await client.call('jobs.mount', { job });
  await reaches('mounted');
});

test('killed while ten jobs are read: every reader goes on, every mount is the one it was', async () => {
  const tree = newDirectory('tree');
  writeSeededFile(join(tree, FILE), 16 * 2 ** 20, 5);
  const catalogue = join(newDirectory('catalogue'), 'magnetar.db');
  for (let job = 0; job < 10; job += 1) {
    await publish({ tree, database: catalogue, args: ['--name', `job ${job}`] });
  }
  const place = await supervised({}, { published: { tree, catalogue } });
  const { client, supervisor, mountRoot } = place;
  const { jobs } = supervisor.state();
  expect(jobs).toHaveLength(10);
  const places = await Promise.all(
    jobs.map(async ({ key }) => (await client.call('jobs.mount', { job: key })).mountPoint),
  );
  const before = fuseMountsBelow(mountRoot);
  const readers = places.map((mountPoint) =>
    run('cmp', [join(mountPoint, FILE), join(tree, FILE)], { timeoutMs: 120_000 }),
  );
  for (let round = 0; round < 3; round += 1) {
    await killed(place);
    for (const { key } of jobs) expect(place.jobState(key).state).toMatch(/^mount(ed|ing)$/);
    await pause(SOUND_MS);
  }
  for (const result of await Promise.all(readers)) expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(fuseMountsBelow(mountRoot)).toEqual(before);
});

test('killed while a thousand files are open: each handle still means its file', async () => {
  const place = await supervised({}, { published: await chaosTree() });
  const { mountPoint } = await place.client.call('jobs.mount', { job: place.job });
  const reader = await manyHandles(join(mountPoint, SMALL), join(place.tree, SMALL), 1_000);
  await killed(place);
  expect(await reader.goOn()).toBe('1000 files are right');
});

test('killed in the middle of a listing of 100,000 names: each comes once', async () => {
  const files = Array.from({ length: 100_000 }, (_, index) => ({ path: `file ${index}`, size: 1 }));
  const catalogue = plainCatalogue('sim:', files);
  const place = await supervised({}, { published: { tree: '', catalogue } });
  const { mountPoint } = await place.client.call('jobs.mount', { job: place.job });
  const listings = await Promise.all([5_000, 50_000].map((entries) => longListing(mountPoint, entries)));
  await killed(place);
  for (const listing of listings) expect(await listing.goOn()).toBe('100000 names');
});

test('killed, and its mount taken away by somebody else meanwhile: that is noticed, and nothing of theirs is touched', async () => {
  const place = await supervised();
  const { client, job, supervisor, reaches } = place;
  const { mountPoint } = await client.call('jobs.mount', { job });
  await inflict('SIGKILL', place);
  await runOk('umount', ['-l', mountPoint]);
  await runOk('mount', ['-t', 'tmpfs', 'theirs', mountPoint]);
  try {
    await reaches('unmounted');
    expect(mountAt(mountPoint)?.source).toBe('theirs');
    await client.call('jobs.unmount', { job, force: true });
    expect(mountAt(mountPoint)?.source).toBe('theirs');
  } finally {
    await runOk('umount', [mountPoint]);
  }
  expect(supervisor.state().engine.state).toBe('running');
  await expectReadable(place, (await client.call('jobs.mount', { job })).mountPoint);
});

test('killed while a file is open that changes meanwhile: the handle says that it is stale', async () => {
  const place = await supervised();
  const { mountPoint } = await place.client.call('jobs.mount', { job: place.job });
  const reader = await manyHandles(mountPoint, place.tree, 2);
  await inflict('SIGKILL', place);
  const catalogue = new Database(place.catalogue);
  catalogue.prepare('UPDATE artifacts SET mtime = mtime + 60 WHERE name = ?').run(FILE);
  catalogue.close();
  const file = join(place.tree, FILE);
  const { mtimeMs } = statSync(file);
  utimesSync(file, 0, Math.floor(mtimeMs / 1000) + 60);
  await recovered(place, 1);
  // ESTALE, for which Node has no name: what it read before belongs to another version than what it would read now.
  await expect(reader.goOn()).rejects.toThrow('errno: -116');
  await expectReadable(place, mountPoint);
});

test('a file that is open when its engine is killed keeps its mount busy, not its engine', async () => {
  const place = await supervised();
  const { client, job } = place;
  const { mountPoint } = await client.call('jobs.mount', { job });
  const holder = await start('sh', [
    '-c',
    'exec 3< "$1"; echo open; exec sleep 600',
    'sh',
    join(mountPoint, FILE),
  ]);
  await holder.waitForLine(/^open$/);
  await killed(place);
  await expect(client.call('jobs.unmount', { job, force: false })).rejects.toMatchObject({
    code: 'MOUNT_BUSY',
  });
  await holder.stop({ signal: 'SIGKILL' });
  await client.call('jobs.unmount', { job, force: false });
  expect(mountAt(mountPoint)).toBeUndefined();
});
