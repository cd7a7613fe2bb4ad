/** What is pinned is fetched without a reader, is there without a network, and stays: the real engine and real mounts. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { PinReport } from '../../src-main/engine/control/protocol.ts';
import { runOk } from '../helpers/child.ts';
import { startEngine, type EngineOptions, type EngineProcess } from '../helpers/engine-process.ts';
import { startFileServer } from '../helpers/file-server.ts';
import { publish } from '../helpers/mounted-job.ts';
import { plainCatalogue } from '../helpers/plain-catalogue.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';

const MIB = 2 ** 20;
const BLOCK = MIB / 4;
const KEY = '0123abcd-1';

/** The job's tree: `films/a.bin`, `films/new/b.bin` and `other.bin`, of 2, 1 and 8 MiB. */
async function makeTree(): Promise<string> {
  const tree = newDirectory('tree');
  await mkdir(join(tree, 'films', 'new'), { recursive: true });
  writeSeededFile(join(tree, 'films', 'a.bin'), 2 * MIB, 1);
  writeSeededFile(join(tree, 'films', 'new', 'b.bin'), MIB, 2);
  writeSeededFile(join(tree, 'other.bin'), 8 * MIB, 3);
  return tree;
}

async function catalogueOf(tree: string, source?: string): Promise<string> {
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  await publish({ tree, database, blockSize: BLOCK, ...(source !== undefined && { source }) });
  return database;
}

interface Place {
  readonly key: string;
  readonly database: string;
  readonly job: number;
}

const placeOf = (database: string): Place => ({ key: KEY, database, job: 1 });

async function mount(engine: EngineProcess, place: Place): Promise<string> {
  return (await engine.request('mount', { ...place, mountPoint: engine.mountPoint() })).mountPoint;
}

async function reaches(engine: EngineProcess, wanted: Partial<PinReport>): Promise<void> {
  await until(`the pin is ${JSON.stringify(wanted)}`, async () => {
    const pins = await engine.request('pins', undefined);
    return (
      pins.length === 1 &&
      Object.entries(wanted).every(([name, value]) => Reflect.get(pins[0]!, name) === value)
    );
  });
}

/** Past the pages that the kernel has. */
async function expectSame(mounted: string, tree: string, file: string): Promise<void> {
  const command = 'dd if="$0" bs=128k iflag=direct status=none | cmp - "$1"';
  await runOk('sh', ['-c', command, join(mounted, file), join(tree, file)]);
}

const usedBytes = async (engine: EngineProcess): Promise<number> =>
  (await engine.request('cacheReport', undefined)).usedBytes;

describe('a pinned folder', () => {
  it('is fetched without a reader, at the priority warm, and read without a network, also after a restart', async () => {
    const tree = await makeTree();
    const cacheDirectory = newDirectory('cache');
    const server = await startFileServer(tree);
    const place = placeOf(await catalogueOf(tree, server.url));
    {
      await using engine = await startEngine({ cacheDirectory });
      await mount(engine, place);
      await engine.request('setWatched', { watched: true });
      // So that they are there to be seen.
      await engine.request('setPaused', { paused: true });
      const warm = engine.event('a warm transfer', (event) =>
        event.event === 'activity'
          ? event.report.transfers.find(({ priority }) => priority === 'warm')
          : undefined,
      );
      await engine.request('pin', { ...place, path: 'films' });
      expect((await warm).path).toMatch(/^films\//);
      await engine.request('setPaused', { paused: false });
      await reaches(engine, { path: 'films', kind: 'directory', files: 2, bytes: 3 * MIB, state: 'kept' });
      expect(server.bytes('other.bin')).toBe(0);
    }
    await server.close();
    await using engine = await startEngine({ cacheDirectory });
    const mounted = await mount(engine, place);
    await expectSame(mounted, tree, 'films/a.bin');
    await expectSame(mounted, tree, 'films/new/b.bin');
  });

  it('is not there when it is pinned, and is fetched when the job is mounted and its source is back', async () => {
    const tree = await makeTree();
    const cacheDirectory = newDirectory('cache');
    const former = await startFileServer(tree);
    const place = placeOf(await catalogueOf(tree, former.url));
    await former.close();
    {
      await using engine = await startEngine({ cacheDirectory });
      await engine.request('pin', { ...place, path: 'films' });
      await reaches(engine, { files: 2, cachedBytes: 0, state: 'waiting' });
    }
    await using engine = await startEngine({ cacheDirectory, deadlineMs: 1_000 });
    const mounted = await mount(engine, place);
    await reaches(engine, {
      state: 'waiting',
      problem: '2 files could not be fetched whole; that is tried again every 30 seconds.',
    });
    await using server = await startFileServer(tree, { port: former.port });
    await engine.request('unpin', { namespace: await engine.request('cacheNamespace', place), path: '' });
    await engine.request('pin', { ...place, path: 'films' });
    await reaches(engine, { state: 'kept' });
    await expectSame(mounted, tree, 'films/a.bin');
    expect(server.requests()).not.toEqual([]);
  });

  it('stays under the pressure of readers; unpinned it goes first, at once where the limit asks for it', async () => {
    const tree = await makeTree();
    const place = placeOf(await catalogueOf(tree));
    const settings: EngineOptions = { cacheLimitBytes: 4 * MIB };
    await using engine = await startEngine(settings);
    const mounted = await mount(engine, place);
    const namespace = await engine.request('cacheNamespace', place);
    await engine.request('pin', { ...place, path: 'films' });
    await reaches(engine, { state: 'kept' });
    await expectSame(mounted, tree, 'other.bin');
    await reaches(engine, { cachedBytes: 3 * MIB, state: 'kept' });
    await expect(engine.request('pin', { ...place, path: '' })).rejects.toThrow(
      'ARGUMENT_INVALID: The whole job has 11 MiB and cannot be pinned: it does not fit into a cache of at most 4 MiB. Raise the limit of the cache or unpin something.',
    );
    await expect(engine.request('unpin', { namespace, path: 'films/a.bin' })).rejects.toThrow(
      'ARGUMENT_INVALID: films/a.bin is pinned with the folder films; unpin that.',
    );
    // Below what is pinned: nothing of it can go yet.
    const configured = {
      cacheDirectory: undefined,
      cacheMinFreeBytes: undefined,
      transfers: 8,
      deadlineMs: 20_000,
      logLevel: 'debug',
      driver: 'auto',
    } as const;
    await engine.request('reconfigure', { ...configured, cacheLimitBytes: MIB });
    await until('all that is not pinned is gone', async () => (await usedBytes(engine)) === 3 * MIB);
    expect(await engine.request('unpin', { namespace, path: 'films' })).toEqual({
      files: 2,
      bytes: 3 * MIB,
      cachedBytes: 3 * MIB,
    });
    await until('what is above the limit goes', async () => (await usedBytes(engine)) === MIB);
    expect(await engine.request('pins', undefined)).toEqual([]);
  });

  it('follows its path: what changed, came or went in the catalogue is fetched or freed', async () => {
    const tree = await makeTree();
    const database = await catalogueOf(tree);
    const place = placeOf(database);
    const cacheDirectory = newDirectory('cache');
    {
      await using engine = await startEngine({ cacheDirectory });
      await mount(engine, place);
      await engine.request('pin', { ...place, path: 'films' });
      await reaches(engine, { state: 'kept', bytes: 3 * MIB });
    }
    // A catalogue that others write has no digests of ours.
    const catalogue = new Database(database);
    rmSync(join(tree, 'films', 'a.bin'));
    writeSeededFile(join(tree, 'films', 'a.bin'), MIB, 4);
    writeSeededFile(join(tree, 'films', 'c.bin'), MIB, 5);
    rmSync(join(tree, 'films', 'new', 'b.bin'));
    const mtimeOf = (name: string): string =>
      String(Math.floor(statSync(join(tree, 'films', name)).mtimeMs / 1_000));
    catalogue.exec(`
      DELETE FROM ghost_digests;
      UPDATE artifacts SET size = ${String(MIB)}, mtime = ${mtimeOf('a.bin')} WHERE name = 'a.bin';
      DELETE FROM artifacts WHERE name = 'b.bin';
      INSERT INTO artifacts (id, job_id, parent_id, name, size, is_dir, mtime)
        SELECT 'c', job_id, parent_id, 'c.bin', ${String(MIB)}, 0, ${mtimeOf('c.bin')} FROM artifacts WHERE name = 'a.bin';
    `);
    catalogue.close();
    await using engine = await startEngine({ cacheDirectory });
    const mounted = await mount(engine, place);
    await reaches(engine, { state: 'kept', files: 2, bytes: 2 * MIB, cachedBytes: 2 * MIB });
    const { pinnedBytes, evictableBytes } = await engine.request('cacheReport', undefined);
    expect({ pinnedBytes, evictableBytes }).toEqual({ pinnedBytes: 2 * MIB, evictableBytes: 3 * MIB });
    await expectSame(mounted, tree, 'films/a.bin');
    await expectSame(mounted, tree, 'films/c.bin');
  });

  it('of 20,000 files is noted without holding up the engine', async () => {
    const files = Array.from({ length: 20_000 }, (_, at) => ({
      path: `many/${String(at % 100)}/${String(at)}`,
      size: 100,
    }));
    const place = placeOf(plainCatalogue('sim:seed=1', files));
    await using engine = await startEngine();
    const pinning = { isOver: false };
    const pinned = engine.request('pin', { ...place, path: 'many' }).finally(() => {
      pinning.isOver = true;
    });
    let longest = 0;
    while (!pinning.isOver) {
      const began = performance.now();
      await engine.request('ping', undefined);
      longest = Math.max(longest, performance.now() - began);
    }
    await pinned;
    // A reader that waits for a block notices no more of it; the rest is a loaded machine.
    expect(longest).toBeLessThan(1_000);
    expect(await engine.request('pins', undefined)).toMatchObject([
      { path: 'many', files: 20_000, bytes: 2_000_000, cachedBytes: 0, state: 'waiting' },
    ]);
  });
});

describe('warming', () => {
  it('fetches a stretch at a time, goes on where it was left, and keeps nothing', async () => {
    const tree = await makeTree();
    const place = placeOf(await catalogueOf(tree));
    await using engine = await startEngine();
    await expect(engine.request('warm', { ...place, path: '', from: undefined })).rejects.toThrow(
      'MOUNT_FAILED',
    );
    await mount(engine, place);
    let [bytes, fetched] = [0, 0];
    const first = await engine.request('warm', { ...place, path: '/', from: undefined });
    expect(first.total).toEqual({ files: 3, bytes: 11 * MIB });
    for (let stretch = first; ;) {
      bytes += stretch.bytes;
      fetched += stretch.fetchedBytes;
      expect(stretch).toMatchObject({ missed: 0, gaveUp: false });
      if (stretch.next === undefined) break;
      stretch = await engine.request('warm', { ...place, path: '/', from: stretch.next });
    }
    expect({ bytes, fetched }).toEqual({ bytes: 11 * MIB, fetched: 11 * MIB });
    expect(await engine.request('warm', { ...place, path: '', from: undefined })).toMatchObject({
      bytes: 11 * MIB,
      fetchedBytes: 0,
    });
    expect(await engine.request('cacheReport', undefined)).toMatchObject({
      usedBytes: 11 * MIB,
      pinnedBytes: 0,
    });
    await expect(engine.request('warm', { ...place, path: '', from: '[]' })).rejects.toThrow(
      'ARGUMENT_INVALID',
    );
    await expect(engine.request('warm', { ...place, path: 'no', from: undefined })).rejects.toThrow(
      'NOT_FOUND',
    );
  });

  it('gives up when nothing comes', async () => {
    const tree = await makeTree();
    for (const name of ['d', 'e', 'f', 'g']) writeFileSync(join(tree, name), name);
    const server = await startFileServer(tree);
    const place = placeOf(await catalogueOf(tree, server.url));
    await server.close();
    await using engine = await startEngine({ deadlineMs: 1_000 });
    await mount(engine, place);
    const stretch = await engine.request('warm', { ...place, path: '', from: undefined });
    const missed = stretch.gaveUp
      ? stretch
      : await engine.request('warm', { ...place, path: '', from: stretch.next });
    expect(missed).toMatchObject({ bytes: 0, fetchedBytes: 0 });
    expect(stretch.missed + missed.missed).toBeGreaterThan(0);
  });
});

/** Attributes as a program asks for them: a JSON object of those that are listed, then of one that is set. */
const ASK = `
import json, os, sys
for path in sys.argv[1:]:
    print(json.dumps({name: os.getxattr(path, name).decode() for name in os.listxattr(path)}))
try:
    os.setxattr(sys.argv[1], "user.ghost.pinned", b"1")
except OSError as error:
    print(error.strerror)
`;

describe.each(['linux-kernel', 'fuse-native'] as const)('attributes with the %s driver', (driver) => {
  it('tell what is cached, pinned and verified, and cannot be set', async () => {
    const tree = await makeTree();
    const place = placeOf(await catalogueOf(tree));
    const cacheDirectory = newDirectory('cache');
    const asked = async (engine: EngineProcess): Promise<readonly unknown[]> => {
      const mounted = await mount(engine, place);
      await runOk('dd', [
        `if=${join(mounted, 'other.bin')}`,
        'of=/dev/null',
        'bs=256k',
        'count=1',
        'iflag=direct',
      ]);
      await until('the block is stored', async () => (await usedBytes(engine)) >= 3 * MIB + BLOCK);
      const paths = ['films/a.bin', 'films', 'films/new/b.bin'].map((path) => join(mounted, path));
      const output = await runOk('python3', ['-c', ASK, ...paths]);
      const [file = '', folder = '', other = '', refusal] = output.trim().split('\n');
      return [JSON.parse(file), JSON.parse(folder), JSON.parse(other), refusal];
    };
    const artifact = expect.any(String) as unknown;
    const attributes = (blocks: number, digest: string) => ({
      'user.ghost.artifact': artifact,
      'user.ghost.cached': String(blocks * BLOCK),
      'user.ghost.blocks': `${String(blocks)}/${String(blocks)}`,
      'user.ghost.pinned': '1',
      'user.ghost.digest': digest,
    });
    const folder = { 'user.ghost.artifact': artifact, 'user.ghost.pinned': '1' };
    {
      await using engine = await startEngine({ driver, cacheDirectory });
      await engine.request('pin', { ...place, path: 'films' });
      expect(await asked(engine)).toEqual([
        attributes(8, 'verified'),
        folder,
        attributes(4, 'verified'),
        'Read-only file system',
      ]);
    }
    // Blocks of an earlier run are looked at when they are read.
    await using engine = await startEngine({ driver, cacheDirectory });
    expect(await asked(engine)).toEqual([
      attributes(8, 'unverified'),
      folder,
      attributes(4, 'unverified'),
      'Read-only file system',
    ]);
    expect((await readdir(cacheDirectory)).toSorted()).toContain('pins.json');
  });
});
