/** The responder's reader: right bytes or false, a bounded number of descriptors, never an exception. */
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { blockFileName } from '../../../src-main/engine/cache/artifact-key.ts';
import { CachedBlockFiles } from '../../../src-main/engine/cache/cached-block-files.ts';
import type { CachedBlockFilesOptions } from '../../../src-main/engine/cache/cached-block-files.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import { content, keyOf } from './cache-content.ts';
import { openCache, temporaryDirectory } from './cache-fixture.ts';
import type { ReadingReport, ReadingTask } from './reading-thread.ts';

const LENGTH = 10_000;
const key = keyOf('a');

function openFiles(directory: string, options: CachedBlockFilesOptions = {}): CachedBlockFiles {
  const files = new CachedBlockFiles(directory, options);
  onTestFinished(() => files.close());
  return files;
}

/** A cache with `blocks` blocks of one file, and a reader of it. */
async function filled(blocks: number, { limit = 64 } = {}) {
  const directory = await temporaryDirectory();
  const { cache } = await openCache(directory);
  await Promise.all(
    Array.from({ length: blocks }, (_, block) => cache.commit(key, block, content(block, LENGTH))),
  );
  const files = openFiles(directory, { limit, removals: cache.removals.shared });
  const target = Buffer.alloc(LENGTH);
  const file = files.openFile(key);
  const read = (block: number): Buffer | undefined =>
    files.read(file, block, LENGTH, target, 0, LENGTH, 0) ? Buffer.from(target) : undefined;
  return { directory, cache, files, file, read };
}

function descriptorsBelow(directory: string): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(join(directory, '7-'));
    } catch {
      return false;
    }
  }).length;
}

describe('CachedBlockFiles', () => {
  test('reads any range of a block to any place, and only that', async () => {
    const { directory, cache, files, file } = await filled(0);
    const data = Buffer.from(Array.from({ length: LENGTH }, (_, at) => at % 251));
    await cache.commit(key, 3, data);
    const target = Buffer.alloc(50, 0xff);
    expect(files.read(file, 3, LENGTH, target, 10, 20, 4_321)).toBe(true);
    expect(target.subarray(10, 30)).toEqual(data.subarray(4_321, 4_341));
    expect([...target.subarray(0, 10), ...target.subarray(30)].every((byte) => byte === 0xff)).toBe(true);
    expect(files.read(file, 3, LENGTH, target, 0, 10, LENGTH - 10)).toBe(true);
    expect(files.read(file, 3, LENGTH, target, 0, 10, LENGTH - 9)).toBe(false);
    expect(files.read(file, 3, LENGTH, target, 45, 10, 0)).toBe(false);
    expect(descriptorsBelow(directory)).toBeLessThanOrEqual(1);
  });

  test('a miss is not remembered, and the directory need not exist yet', async () => {
    const directory = join(await temporaryDirectory(), 'later');
    const files = openFiles(directory);
    const file = files.openFile(key);
    const target = Buffer.alloc(LENGTH);
    expect(files.read(file, 0, LENGTH, target, 0, LENGTH, 0)).toBe(false);
    const { cache } = await openCache(directory);
    expect(files.read(file, 0, LENGTH, target, 0, LENGTH, 0)).toBe(false);
    await cache.commit(key, 0, content(9, LENGTH));
    expect(files.read(file, 0, LENGTH, target, 0, LENGTH, 0)).toBe(true);
    expect(target).toEqual(content(9, LENGTH));
  });

  test.each([true, false])(
    'a removed block is not served from an open descriptor (told: %s)',
    async (told) => {
      const { directory, cache, files: aware } = await filled(2);
      const files = told ? aware : openFiles(directory);
      const file = files.openFile(key);
      const target = Buffer.alloc(LENGTH);
      const read = (block: number) => files.read(file, block, LENGTH, target, 0, LENGTH, 0);
      expect([read(0), read(1)]).toEqual([true, true]);
      await cache.discard(key, 0);
      expect([read(0), read(1)]).toEqual([false, true]);
      await cache.commit(key, 0, content(7, LENGTH));
      expect(read(0)).toBe(true);
      expect(target).toEqual(content(7, LENGTH));
    },
  );

  test('removed blocks are let go of when asked, so that their space is free', async () => {
    const { directory, cache, files, read } = await filled(8);
    for (let block = 0; block < 8; block += 1) expect(read(block)).toBeDefined();
    expect(descriptorsBelow(directory)).toBe(8);
    for (let block = 0; block < 6; block += 1) await cache.discard(key, block);
    files.upkeep();
    expect(descriptorsBelow(directory)).toBe(2);
    expect(read(7)).toEqual(content(7, LENGTH));
  });

  test('never holds more descriptors than its limit, and serves all blocks nevertheless', async () => {
    const { directory, files, read } = await filled(40, { limit: 8 });
    for (let turn = 0; turn < 400; turn += 1) {
      const block = (turn * 17) % 40;
      expect(read(block)).toEqual(content(block, LENGTH));
    }
    expect(files.openDescriptors).toBe(8);
    expect(descriptorsBelow(directory)).toBe(8);
  });

  test('says which blocks it served: those at hand once a second, those given up and the rest in time', async () => {
    const { directory, cache } = await filled(40);
    const clock = new VirtualClock();
    const told: number[][] = [];
    const files = openFiles(directory, {
      limit: 8,
      removals: cache.removals.shared,
      clock,
      served: (served) => {
        expect(served.map((entry) => entry.key)).toEqual([key]);
        told.push([...served[0]!.blocks]);
      },
    });
    const target = Buffer.alloc(LENGTH);
    const file = files.openFile(key);
    const read = (block: number) => files.read(file, block, LENGTH, target, 0, LENGTH, 0);
    for (const block of [0, 1, 1, 0, 99]) read(block);
    files.prepare(file, 2);
    expect(told).toEqual([]);
    await clock.advance(1_000);
    read(3);
    expect(told.splice(0)).toEqual([[0, 1]]);
    await clock.advance(1_000);
    read(0);
    expect(told.splice(0)).toEqual([[3]]);
    for (let block = 10; block < 40; block += 1) read(block);
    files.closeFile(file);
    files.upkeep();
    expect(told.flat().toSorted((one, two) => one - two)).toEqual([
      0,
      ...Array.from({ length: 30 }, (_, at) => 10 + at),
    ]);
    files.upkeep();
    expect(told.length).toBe(1);
  });

  test('lets go of removed blocks while it serves others', async () => {
    const { directory, cache } = await filled(8);
    const clock = new VirtualClock();
    const files = openFiles(directory, { removals: cache.removals.shared, clock });
    const file = files.openFile(key);
    const target = Buffer.alloc(LENGTH);
    for (let block = 0; block < 8; block += 1) files.read(file, block, LENGTH, target, 0, LENGTH, 0);
    for (let block = 0; block < 6; block += 1) await cache.discard(key, block);
    expect(descriptorsBelow(directory)).toBe(8);
    await clock.advance(1_000);
    expect(files.read(file, 7, LENGTH, target, 0, LENGTH, 0)).toBe(true);
    expect(descriptorsBelow(directory)).toBe(2);
  });

  test('handles of one file share descriptors; the last to close closes them', async () => {
    const { directory, files, file, read } = await filled(3);
    const second = files.openFile(key);
    for (let block = 0; block < 3; block += 1) {
      expect(read(block)).toBeDefined();
      expect(files.read(second, block, LENGTH, Buffer.alloc(LENGTH), 0, LENGTH, 0)).toBe(true);
    }
    expect(descriptorsBelow(directory)).toBe(3);
    files.closeFile(file);
    expect(files.read(second, 0, LENGTH, Buffer.alloc(LENGTH), 0, LENGTH, 0)).toBe(true);
    expect(descriptorsBelow(directory)).toBe(3);
    files.closeFile(second);
    expect(descriptorsBelow(directory)).toBe(0);
  });

  test('a block of another length, a block cut short, a link or a folder in its place: false', async () => {
    const { directory, files, file, read } = await filled(3);
    const path = (block: number) => join(directory, blockFileName(key, block));
    expect(files.read(file, 0, LENGTH - 1, Buffer.alloc(LENGTH), 0, 10, 0)).toBe(false);
    expect(files.read(file, 0, LENGTH + 1, Buffer.alloc(LENGTH), 0, 10, 0)).toBe(false);
    expect(read(0)).toEqual(content(0, LENGTH));
    await truncate(path(0), LENGTH / 2);
    expect(read(0)).toBeUndefined();
    await rename(path(1), `${path(1)}.real`);
    await symlink(`${path(1)}.real`, path(1));
    expect(read(1)).toBeUndefined();
    await rm(path(2));
    await mkdir(path(2));
    expect(read(2)).toBeUndefined();
    await rm(path(2), { recursive: true });
    await writeFile(path(2), content(5, LENGTH));
    expect(read(2)).toEqual(content(5, LENGTH));
    expect(descriptorsBelow(directory)).toBe(1);
  });

  test(
    'a thread reading while blocks come and go sees whole blocks or none',
    { timeout: 60_000 },
    async () => {
      const directory = await temporaryDirectory();
      const { cache } = await openCache(directory);
      const blocks = 8;
      const length = 200_000;
      const shared = keyOf('shared');
      const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
      const task: ReadingTask = { directory, removals: cache.removals.shared, blocks, length, stop };
      const worker = new Worker(new URL('reading-thread.ts', import.meta.url), { workerData: task });
      onTestFinished(async () => void (await worker.terminate()));
      await once(worker, 'message');
      for (let round = 0; round < 60; round += 1) {
        const all = Array.from({ length: blocks }, (_, block) => block);
        await Promise.all(all.map((block) => cache.commit(shared, block, content(block, length))));
        await Promise.all(
          all.filter((block) => (block + round) % 2 === 0).map((block) => cache.discard(shared, block)),
        );
      }
      Atomics.store(stop, 0, 1);
      const [report] = (await once(worker, 'message')) as [ReadingReport];
      expect(report.wrong).toBe(0);
      expect(report.served).toBeGreaterThan(0);
      expect(report.missed).toBeGreaterThan(0);
    },
  );
});
