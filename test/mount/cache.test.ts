/** The cache behind real mounts: damaged while it is read, pinned, checked, and kept within its limit by many readers. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src-main/engine/control/protocol.ts';
import { runOk, start } from '../helpers/child.ts';
import { startEngine, type EngineProcess } from '../helpers/engine-process.ts';
import { publish } from '../helpers/mounted-job.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';

const MIB = 2 ** 20;
const BLOCK = MIB / 4;
const KEY = '0123abcd-1';

interface Job {
  readonly tree: string;
  readonly database: string;
}

async function published(files: Readonly<Record<string, number>>): Promise<Job> {
  const tree = newDirectory('tree');
  for (const [index, [name, size]] of Object.entries(files).entries()) {
    writeSeededFile(join(tree, name), size, index + 1);
  }
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  await publish({ tree, database, blockSize: BLOCK });
  return { tree, database };
}

async function mounted(engine: EngineProcess, { database }: Job): Promise<string> {
  const { mountPoint } = await engine.request('mount', {
    key: KEY,
    database,
    job: 1,
    mountPoint: engine.mountPoint(),
  });
  return mountPoint;
}

function blockFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.bin'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function flipBit(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
}

async function cached(engine: EngineProcess, bytes: number): Promise<void> {
  await until('everything cached', async () => {
    return (await engine.request('cacheReport', undefined)).usedBytes === bytes;
  });
}

const problemOf = (event: EngineEvent) => (event.event === 'problem' ? event : undefined);

describe.each(['linux-kernel', 'fuse-native'] as const)('with the %s driver', (driver) => {
  it('block files that are damaged while a program reads give it no wrong byte, and that is told', async () => {
    const job = await published({ 'film.bin': 24 * MIB });
    const cacheDirectory = newDirectory('cache');
    {
      await using first = await startEngine({ driver, cacheDirectory });
      const place = await mounted(first, job);
      await runOk('cmp', [join(place, 'film.bin'), join(job.tree, 'film.bin')]);
      await cached(first, 24 * MIB);
      await first.request('stop', { force: true });
    }
    const files = blockFiles(cacheDirectory);
    expect(files).toHaveLength(96);
    const isDamaged = (index: number) => index % 6 === 0;
    // A third before anybody reads, the others meanwhile.
    for (const [index, file] of files.entries()) if (isDamaged(index) && index % 18 === 0) flipBit(file);
    await using engine = await startEngine({ driver, cacheDirectory });
    const place = await mounted(engine, job);
    const reader = await start('sh', [
      '-c',
      'for round in 1 2 3 4 5 6; do dd if="$0" bs=128k iflag=direct status=none | cmp - "$1" || exit 1; done',
      join(place, 'film.bin'),
      join(job.tree, 'film.bin'),
    ]);
    for (const [index, file] of files.entries()) {
      await turn();
      if (!isDamaged(index) || index % 18 === 0) continue;
      try {
        if (index % 18 === 6) flipBit(file);
        else if (index % 36 === 12) truncateSync(file, 1000);
        else rmSync(file);
      } catch {
        // Removed by the engine a moment ago.
      }
    }
    expect(await reader.exited).toEqual({ code: 0, signal: null });
    const report = await engine.request('cacheReport', undefined);
    expect(report.corruptBlocks).toBeGreaterThanOrEqual(5);
    expect(report.trouble).toBeUndefined();
    const problem = engine.events.map(problemOf).find((event) => event?.code === 'BLOCK_CORRUPT');
    expect(problem).toMatchObject({
      key: KEY,
      path: 'film.bin',
      sentence: expect.stringMatching(/^Block \d+ was found damaged in the cache and removed;/),
    });
  });
});

describe('the engine', () => {
  it('checks its cache while it is read, and shows a damaged block on the map', async () => {
    const job = await published({ 'a.bin': 4 * MIB, 'b.bin': 4 * MIB });
    const cacheDirectory = newDirectory('cache');
    await using engine = await startEngine({ cacheDirectory });
    const place = await mounted(engine, job);
    await runOk('cat', [join(place, 'a.bin'), join(place, 'b.bin')], { discardStdout: true });
    await cached(engine, 8 * MIB);
    await engine.request('watchBlocks', {
      key: KEY,
      database: job.database,
      job: 1,
      path: 'a.bin',
      watch: 1,
    });
    const since = engine.events.length;
    for (const file of blockFiles(cacheDirectory)) flipBit(file);
    const checked = await engine.request('checkCache', { from: undefined });
    expect(checked).toMatchObject({ blocks: 32, bytes: 8 * MIB, total: 0 });
    expect(checked.next).toBeUndefined();
    expect(checked.wrong).toHaveLength(32);
    expect(checked.wrong[0]).toMatchObject({ why: 'does not have its digest' });
    await engine.event(
      'the damaged blocks on the map',
      (event) =>
        event.event === 'blocks' && event.changes.some(([, , state]) => state === 4) ? true : undefined,
      since,
    );
    await engine.event('a problem', problemOf, since);
    // Past the pages that the kernel has.
    await runOk('sh', [
      '-c',
      'dd if="$0" bs=128k iflag=direct status=none | cmp - "$1"',
      join(place, 'a.bin'),
      join(job.tree, 'a.bin'),
    ]);
    await until('fetched again', async () => {
      const { usedBytes } = await engine.request('cacheReport', undefined);
      return usedBytes >= 4 * MIB;
    });
    expect(await engine.request('checkCache', { from: undefined })).toMatchObject({ wrong: [] });
  });

  it('pins a file by its path, and unpins it', async () => {
    const job = await published({ 'keep.bin': 2 * MIB, 'other.bin': 20 * MIB });
    await using engine = await startEngine({ cacheLimitBytes: 4 * MIB });
    const place = await mounted(engine, job);
    const file = { key: KEY, database: job.database, job: 1, path: '/keep.bin' };
    await runOk('cat', [join(place, 'keep.bin')], { discardStdout: true });
    await cached(engine, 2 * MIB);
    const namespace = await engine.request('cacheNamespace', file);
    await engine.request('pin', file);
    await runOk('cat', [join(place, 'other.bin')], { discardStdout: true });
    expect(await engine.request('pins', undefined)).toEqual([
      {
        namespace,
        job: 1,
        path: 'keep.bin',
        kind: 'file',
        files: 1,
        bytes: 2 * MIB,
        cachedBytes: 2 * MIB,
        state: 'kept',
      },
    ]);
    expect(await engine.request('cacheReport', undefined)).toMatchObject({ pinnedBytes: 2 * MIB });
    await expect(engine.request('pin', { ...file, path: 'other.bin' })).rejects.toThrow(
      /ARGUMENT_INVALID: other.bin has 20 MiB and cannot be pinned/,
    );
    await engine.request('unpin', { namespace, path: file.path });
    expect(await engine.request('pins', undefined)).toEqual([]);
    expect(await engine.request('cacheReport', undefined)).toMatchObject({ pinnedBytes: 0 });
  });

  it('keeps a limit under eight readers of eighty times as much, and they go on reading', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `file${at}.bin`);
    const limit = 4 * MIB;
    const transfers = 8;
    const job = await published(Object.fromEntries(names.map((name) => [name, 40 * MIB])));
    const cacheDirectory = newDirectory('cache');
    await using engine = await startEngine({ cacheDirectory, cacheLimitBytes: limit, transfers });
    const place = await mounted(engine, job);
    const readers = names.map((name) => runOk('cmp', [join(place, name), join(job.tree, name)]));
    const reading = { goesOn: true };
    const all = Promise.all(readers).finally(() => {
      reading.goesOn = false;
    });
    const namespace = await engine.request('cacheNamespace', {
      key: KEY,
      database: job.database,
      job: 1,
    });
    let most = 0;
    while (reading.goesOn) {
      // Files that go while it counts are no failure of it.
      const counted = await runOk('sh', [
        '-c',
        'du --bytes --summarize "$0" 2>/dev/null || true',
        join(cacheDirectory, namespace),
      ]);
      most = Math.max(most, Number(/^\d+/.exec(counted)?.[0] ?? 0));
    }
    await all;
    // Directories count, too.
    expect(most).toBeLessThanOrEqual(limit + transfers * BLOCK + MIB);
    expect(most).toBeGreaterThan(limit / 2);
    const report = await engine.request('cacheReport', undefined);
    expect(report.usedBytes).toBeLessThanOrEqual(limit);
    expect(report.trouble).toBeUndefined();
  });
});
