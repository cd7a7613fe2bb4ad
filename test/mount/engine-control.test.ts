/** The engine as the supervisor has it: a process of its own, asked over IPC, with real mounts and programs that read. */
import { chmodSync, chownSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ActivityReport, BlockMap, EngineEvent } from '../../src-main/engine/control/protocol.ts';
import { run, runOk, start } from '../helpers/child.ts';
import { isRoot, ordinaryUser } from '../helpers/driver-targets.ts';
import { startEngine, type EngineProcess } from '../helpers/engine-process.ts';
import { publish } from '../helpers/mounted-job.ts';
import { plainCatalogue } from '../helpers/plain-catalogue.ts';
import { fuseMountsBelow, mountAt } from '../helpers/system-mounts.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';

const MIB = 2 ** 20;
const KEY = '0123abcd-1';
const BLOCK = 64 * 2 ** 10;
const CACHED = 3;
const CORRUPT = 4;

const activityOf = (event: EngineEvent): ActivityReport | undefined =>
  event.event === 'activity' ? event.report : undefined;

const bytesOf = ({ states }: BlockMap): Buffer => Buffer.from(states, 'base64');

const blocksOf = (event: EngineEvent) => (event.event === 'blocks' ? event : undefined);

async function mounted(engine: EngineProcess, database: string) {
  const place = { key: KEY, database, job: 1 };
  const { mountPoint } = await engine.request('mount', { ...place, mountPoint: engine.mountPoint() });
  return { place, mountPoint };
}

describe.each(['linux-kernel', 'fuse-native'] as const)('with the %s driver', (driver) => {
  it('tells what is read, fetched and cached, block by block', async () => {
    await using engine = await startEngine({ driver });
    const database = plainCatalogue('sim:?latency=20ms', [{ path: 'a/film.bin', size: 8 * MIB + 5 }]);
    const { place, mountPoint } = await mounted(engine, database);
    await engine.request('setWatched', { watched: true });
    const map = await engine.request('watchBlocks', { ...place, path: 'a/film.bin', watch: 7 });
    expect(map).toMatchObject({ size: 8 * MIB + 5, blockSize: MIB });
    expect([...bytesOf(map)]).toEqual(Array.from({ length: 9 }, () => 0));

    const since = engine.events.length;
    const reader = await start('dd', [`if=${join(mountPoint, 'a/film.bin')}`, 'of=/dev/null', 'bs=1M']);
    await reader.exited;
    const states = bytesOf(map);
    const read = new Set<number>();
    await engine.event(
      'every block cached',
      (event) => {
        const delta = blocksOf(event);
        if (delta === undefined) return undefined;
        expect(delta.watch).toBe(7);
        for (const [first, count, state] of delta.changes) states.fill(state, first, first + count);
        for (const [first, count] of delta.reads) for (let at = 0; at < count; at++) read.add(first + at);
        return states.every((state) => state === CACHED) && read.size === 9 ? true : undefined;
      },
      since,
    );
    const report = await engine.event('activity', (event) => {
      const activity = activityOf(event);
      return activity?.jobs[0]?.readBytes === 8 * MIB + 5 ? activity : undefined;
    });
    expect(report.jobs).toEqual([
      expect.objectContaining({ key: KEY, fetchedBytes: 8 * MIB + 5, cachedBytes: 8 * MIB + 5 }),
    ]);
    expect(report.cacheUsedBytes).toBe(8 * MIB + 5);
    const { hits, misses } = report.jobs[0]!;
    expect(hits + misses).toBeGreaterThan(8);
    if (driver === 'linux-kernel') {
      expect(report.readers).toEqual([
        expect.objectContaining({ key: KEY, pid: reader.pid, process: 'dd', path: 'a/film.bin' }),
      ]);
      expect(report.readers[0]?.bytes).toBe(8 * MIB + 5);
    }

    await engine.request('unwatchBlocks', { watch: 7 });
    const again = await engine.request('watchBlocks', { ...place, path: 'a/film.bin', watch: 8 });
    expect([...bytesOf(again)]).toEqual(Array.from({ length: 9 }, () => CACHED));
    await engine.request('setWatched', { watched: false });
  });

  it('refuses to unmount while something is open, and detaches when forced', async () => {
    await using engine = await startEngine({ driver });
    const { mountPoint } = await mounted(
      engine,
      plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: 10 }]),
    );
    const holder = await start('sh', ['-c', 'cd "$0" && echo there && exec sleep 1000', mountPoint]);
    await holder.waitForLine(/^there$/);
    await expect(engine.request('unmount', { key: KEY, force: false })).rejects.toThrow(
      `MOUNT_BUSY: ${mountPoint} is in use`,
    );
    expect(await runOk('ls', [mountPoint])).toBe('one.bin\n');
    await engine.request('unmount', { key: KEY, force: true });
    expect(mountAt(mountPoint)).toBeUndefined();
    await holder.stop();
    // Nothing is left of it: the key can be mounted again, and unmounted without force.
    const second = await mounted(engine, plainCatalogue('sim:?latency=1ms', [{ path: 'two.bin', size: 10 }]));
    expect(await runOk('ls', [second.mountPoint])).toBe('two.bin\n');
    await engine.request('unmount', { key: KEY, force: false });
    expect(mountAt(second.mountPoint)).toBeUndefined();
    expect(engine.events.filter(({ event }) => event === 'ended')).toEqual([]);
  });

  it('mounts one of several jobs that want the same place at once, and unmounts that one alone', async () => {
    await using engine = await startEngine({ driver });
    const place = engine.mountPoint();
    const link = join(newDirectory('link'), 'to mount');
    symlinkSync(place, link);
    const wishes = [place, link, join(place, '.')].map((mountPoint, index) => {
      const database = plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: 10 }]);
      return { key: `0123abcd-${index}`, database, job: 1, mountPoint };
    });
    const results = await Promise.allSettled(wishes.map((wish) => engine.request('mount', wish)));
    const refusals = results.flatMap((result) =>
      result.status === 'rejected' ? [String(result.reason)] : [],
    );
    expect(refusals).toHaveLength(2);
    for (const refusal of refusals) expect(refusal).toMatch(/MOUNT_FAILED: .* is already mounted there/);
    for (const [index, { key }] of wishes.entries()) {
      if (results[index]?.status === 'rejected') await engine.request('unmount', { key, force: false });
    }
    expect(await runOk('ls', [place])).toBe('one.bin\n');
    for (const { key } of wishes) await engine.request('unmount', { key, force: false });
    expect(fuseMountsBelow(place)).toEqual([]);
    expect(engine.events.filter(({ event }) => event === 'ended')).toEqual([]);
  });

  it('takes its mounts away and ends when the supervisor is gone, whoever reads', async () => {
    await using engine = await startEngine({ driver });
    const { mountPoint } = await mounted(
      engine,
      plainCatalogue('sim:?latency=60s', [{ path: 'slow.bin', size: MIB }]),
    );
    const reader = await start('cat', [join(mountPoint, 'slow.bin')]);
    await engine.request('setWatched', { watched: true });
    await engine.event('a transfer', (event) => activityOf(event)?.transfers[0]);
    // What ends a program on a terminal does not end the engine.
    engine.signal('SIGINT');
    engine.signal('SIGTERM');
    expect(await engine.request('cacheReport', undefined)).toMatchObject({ usedBytes: 0 });
    engine.disconnect();
    expect(await engine.exited).toEqual({ code: 0, signal: null });
    expect(mountAt(mountPoint)).toBeUndefined();
    expect((await reader.exited).code).toBe(1);
  });
});

describe('the engine', () => {
  it('knows a program that reads cached blocks, however short its life', async () => {
    await using engine = await startEngine({ driver: 'linux-kernel' });
    const database = plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: 2 * MIB }]);
    const { place, mountPoint } = await mounted(engine, database);
    const file = join(mountPoint, 'one.bin');
    await runOk('cat', [file], { discardStdout: true });
    await until('everything cached', async () => {
      return (await engine.request('cacheReport', undefined)).blocks === 2;
    });
    const watchedSince = engine.events.length;
    await engine.request('setWatched', { watched: true });
    await engine.request('watchBlocks', { ...place, path: 'one.bin', watch: 1 });
    const before = await engine.event('a report', activityOf, watchedSince);
    expect(before.readers).toEqual([]);
    // Past the page cache, or the kernel would answer by itself.
    const since = engine.events.length;
    const reader = await start('dd', [`if=${file}`, 'of=/dev/null', 'bs=64k', 'iflag=direct']);
    await reader.exited;
    await engine.event(
      'the blocks it read',
      (event) =>
        blocksOf(event)?.reads.some(([first, count]) => first + count === 2) === true ? true : undefined,
      since,
    );
    const after = await engine.event('the reader', (event) =>
      activityOf(event)?.readers[0] === undefined ? undefined : activityOf(event),
    );
    const { hits, misses, fetchedBytes } = before.jobs[0]!;
    expect(after.jobs[0]).toMatchObject({ hits: hits + 32, misses, fetchedBytes });
    expect(after.readers).toMatchObject([
      { key: KEY, pid: reader.pid, process: 'dd', path: 'one.bin', bytes: 2 * MIB },
    ]);
  });

  it.runIf(isRoot)('refuses to unmount what is busy for an ordinary user, too', async () => {
    const user = await ordinaryUser();
    await using engine = await startEngine({ user });
    const database = plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: 10 }]);
    chownSync(database, user.uid, user.gid);
    chmodSync(dirname(database), 0o755);
    const { mountPoint } = await mounted(engine, database);
    const script = 'exec 3<"$0"/one.bin && echo there && exec sleep 1000';
    const holder = await start('sh', ['-c', script, mountPoint], user);
    await holder.waitForLine(/^there$/);
    await expect(engine.request('unmount', { key: KEY, force: false })).rejects.toThrow('MOUNT_BUSY: ');
    await holder.stop();
    await engine.request('unmount', { key: KEY, force: false });
    expect(mountAt(mountPoint)).toBeUndefined();
  });

  it('shows a corrupt block, and says what is wrong with its file', async () => {
    const tree = newDirectory('tree');
    const file = join(tree, 'data.bin');
    writeSeededFile(file, 3 * BLOCK, 1);
    const database = join(newDirectory('catalogue'), 'magnetar.db');
    const { jobId } = await publish({ tree, database, blockSize: BLOCK });
    const { atime, mtime } = statSync(file);
    rmSync(file);
    writeSeededFile(file, 3 * BLOCK, 2);
    utimesSync(file, atime, mtime);
    await using engine = await startEngine();
    const place = { key: KEY, database, job: jobId };
    const { mountPoint } = await engine.request('mount', { ...place, mountPoint: engine.mountPoint() });
    await engine.request('watchBlocks', { ...place, path: 'data.bin', watch: 1 });
    const since = engine.events.length;
    const reading = ['bs=64k', 'skip=1', 'count=1', 'iflag=direct', 'of=/dev/null'];
    expect((await run('dd', [`if=${join(mountPoint, 'data.bin')}`, ...reading])).code).toBe(1);
    const problem = await engine.event(
      'a problem',
      (event) => (event.event === 'problem' ? event : undefined),
      since,
    );
    expect(problem).toMatchObject({ key: KEY, path: 'data.bin', code: 'BLOCK_CORRUPT' });
    const corrupt = await engine.event(
      'the corrupt block',
      (event) => blocksOf(event)?.changes.find(([, , state]) => state === CORRUPT),
      since,
    );
    expect(corrupt).toEqual([1, 1, CORRUPT]);
  });

  it('takes its mounts away when it fails itself, and says why', async () => {
    const mistake = 'process.on("SIGUSR2", () => { throw new TypeError("planted"); })';
    await using engine = await startEngine({ execArgv: ['--import', `data:text/javascript,${mistake}`] });
    const { mountPoint } = await mounted(engine, plainCatalogue('sim:', [{ path: 'one.bin', size: 1 }]));
    const since = engine.events.length;
    engine.signal('SIGUSR2');
    const told = await engine.event(
      'why',
      (event) => (event.event === 'log' && event.level === 'error' ? event.text : undefined),
      since,
    );
    expect(told).toMatch(/^The engine failed and ends: TypeError: planted/);
    expect(await engine.exited).toEqual({ code: 1, signal: null });
    expect(engine.stderr()).toContain('TypeError: planted');
    expect(mountAt(mountPoint)).toBeUndefined();
  });

  it('fetches nothing while paused and goes on afterwards', async () => {
    await using engine = await startEngine();
    const database = plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: 3 * MIB }]);
    const { mountPoint } = await mounted(engine, database);
    await engine.request('setPaused', { paused: true });
    await engine.request('setWatched', { watched: true });
    const reader = await start('cat', [join(mountPoint, 'one.bin')], { discardStdout: true });
    const waiting = await engine.event('a transfer that waits', (event) => activityOf(event)?.transfers[0]);
    expect(waiting).toMatchObject({ key: KEY, path: 'one.bin', received: 0, source: '', priority: 'user' });
    expect(waiting.startedAt).toBeLessThanOrEqual(Date.now());
    await engine.request('setPaused', { paused: false });
    expect((await reader.exited).code).toBe(0);
    const done = await engine.event('all fetched', (event) => {
      const activity = activityOf(event);
      return activity?.jobs[0]?.fetchedBytes === 3 * MIB ? activity : undefined;
    });
    expect(done.transfers).toEqual([]);
  });

  it('lets a read that waits for the end of a pause fail at its deadline, and says so once per file', async () => {
    await using engine = await startEngine({ deadlineMs: 300 });
    const database = plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: MIB }]);
    const { mountPoint } = await mounted(engine, database);
    await engine.request('setPaused', { paused: true });
    const since = engine.events.length;
    for (let time = 0; time < 3; time++) {
      expect((await run('cat', [join(mountPoint, 'one.bin')])).code).toBe(1);
    }
    const problem = await engine.event(
      'a problem',
      (event) => (event.event === 'problem' ? event : undefined),
      since,
    );
    expect(problem).toMatchObject({ key: KEY, path: 'one.bin', code: 'TIMEOUT' });
    expect(problem.sentence).toMatch(/^The source did not deliver.*\.$/);
    expect(engine.events.filter(({ event }) => event === 'problem')).toHaveLength(1);
  });

  it('clears the cache under a mount, which goes on serving', async () => {
    await using engine = await startEngine();
    const database = plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: 3 * MIB }]);
    const { place, mountPoint } = await mounted(engine, database);
    const map = () => engine.request('watchBlocks', { ...place, path: 'one.bin', watch: 1 });
    const before = await runOk('sha256sum', [join(mountPoint, 'one.bin')]);
    const namespace = await engine.request('cacheNamespace', place);
    await until('everything cached', async () => bytesOf(await map()).every((state) => state === CACHED));
    expect(await engine.request('cacheReport', undefined)).toMatchObject({
      usedBytes: 3 * MIB,
      blocks: 3,
      evictableBytes: 3 * MIB,
      pinnedBytes: 0,
      namespaces: [{ namespace, job: 1, bytes: 3 * MIB, blocks: 3 }],
    });
    expect(await engine.request('listJobs', { database })).toMatchObject([{ id: 1, cachedBytes: 3 * MIB }]);
    const since = engine.events.length;
    expect(await engine.request('clearCache', { namespace })).toEqual({ blocks: 3, bytes: 3 * MIB });
    const cleared = await engine.event(
      'the blocks gone',
      (event) => (blocksOf(event)?.changes.length === 0 ? undefined : blocksOf(event)),
      since,
    );
    expect(cleared.changes).toEqual([[0, 3, 0]]);
    expect(await runOk('sha256sum', [join(mountPoint, 'one.bin')])).toBe(before);
  });

  it('lists a directory of 100,000 entries in pages, mounted or not, with what is cached of each', async () => {
    await using engine = await startEngine();
    const many = Array.from({ length: 100_000 }, (_, index) => ({ path: `many/part ${index}`, size: index }));
    const database = plainCatalogue('sim:?latency=1ms', [...many, { path: 'z.bin', size: MIB }]);
    const place = { key: KEY, database, job: 1 };
    const list = (path: string, offset: number, limit: number) =>
      engine.request('listFiles', { ...place, path, offset, limit });
    const first = await list('many', 0, 3);
    expect(first.total).toBe(100_000);
    expect(first.entries.map(({ name }) => name)).toEqual(['part 0', 'part 1', 'part 2']);
    const last = await list('many', 99_999, 500);
    expect(last.entries).toEqual([
      { name: 'part 99999', kind: 'file', size: 99_999, mtime: 1_700_000_000, cachedBytes: 0 },
    ]);
    expect((await list('', 0, 10)).entries).toMatchObject([
      { name: 'many', kind: 'directory', cachedBytes: null },
      { name: 'z.bin', kind: 'file', cachedBytes: 0 },
    ]);
    const { mountPoint } = await mounted(engine, database);
    await runOk('cat', [join(mountPoint, 'z.bin')]);
    await until('the file cached', async () => (await list('', 1, 1)).entries[0]?.cachedBytes === MIB);
    await expect(list('nowhere', 0, 1)).rejects.toThrow('NOT_FOUND: There is no nowhere in job 1.');
    await expect(list('z.bin', 0, 1)).rejects.toThrow('NOT_A_DIRECTORY');
  });

  it('tells when a mount ends by itself', async () => {
    await using engine = await startEngine();
    const { place, mountPoint } = await mounted(
      engine,
      plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: 1 }]),
    );
    const since = engine.events.length;
    await runOk('umount', [mountPoint]);
    const ended = await engine.event(
      'the end',
      (event) => (event.event === 'ended' ? event : undefined),
      since,
    );
    expect(ended).toMatchObject({ key: KEY, failed: false });
    await engine.request('mount', { ...place, mountPoint: engine.mountPoint() });
  });

  it('ends when asked, names what is busy, and refuses what it cannot do', async () => {
    await using engine = await startEngine();
    const missing = plainCatalogue('sim:', []);
    rmSync(missing);
    await expect(engine.request('listJobs', { database: missing })).rejects.toThrow('NOT_FOUND: ');
    await expect(
      engine.request('mount', { key: KEY, database: missing, job: 1, mountPoint: engine.mountPoint() }),
    ).rejects.toThrow('NOT_FOUND: ');
    const { mountPoint } = await mounted(engine, plainCatalogue('sim:', [{ path: 'one.bin', size: 1 }]));
    const holder = await start('sh', ['-c', 'cd "$0" && echo there && exec sleep 1000', mountPoint]);
    await holder.waitForLine(/^there$/);
    await expect(engine.request('stop', { force: false })).rejects.toThrow(`MOUNT_BUSY: ${mountPoint}`);
    await engine.request('stop', { force: true });
    expect(await engine.exited).toEqual({ code: 0, signal: null });
    expect(mountAt(mountPoint)).toBeUndefined();
  });
});
