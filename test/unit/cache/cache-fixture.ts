/** What the cache's tests share: directories that vanish, a clock and a logger to look at, and a count made by hand. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { CacheKey } from '../../../src-main/engine/cache/block-cache.ts';
import { DiskCache } from '../../../src-main/engine/cache/disk-cache.ts';
import type { DiskCacheOptions } from '../../../src-main/engine/cache/disk-cache.ts';
import type { Clock } from '../../../src-main/engine/clock.ts';
import type { PinnedVersion } from '../../../src-main/engine/cache/pins.ts';
import type { Logger } from '../../../src-main/engine/log.ts';

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'cache-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

class ManualClock implements Clock {
  #now = 0;
  now(): number {
    return this.#now;
  }
  advance(ms: number): void {
    this.#now += ms;
  }
  after(): () => void {
    throw new Error('the cache sets no timers');
  }
}

class RecordingLogger implements Logger {
  readonly lines: string[] = [];
  error(message: string): void {
    this.lines.push(`error ${message}`);
  }
  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }
  info(message: string): void {
    this.lines.push(`info ${message}`);
  }
  debug(): void {}
}

interface OpenedCache {
  readonly cache: DiskCache;
  readonly clock: ManualClock;
  readonly logger: RecordingLogger;
}

/** Opens a cache that is closed when the test ends, if the test did not. */
export async function openCache(
  directory: string,
  options: Partial<DiskCacheOptions> = {},
): Promise<OpenedCache> {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const cache = await DiskCache.open(directory, { clock, logger, ...options });
  onTestFinished(() => cache.close());
  return { cache, clock, logger };
}

/** As a person does who pins one file. */
export async function pinFile({ pins }: DiskCache, file: PinnedVersion): Promise<void> {
  const { namespace } = placeOf(file);
  await pins.add({ ...placeOf(file), kind: 'file' }, file, () => pins.keep(namespace, [file], 1));
}

export function placeOf({ key, path }: PinnedVersion): { readonly namespace: string; readonly path: string } {
  return { namespace: key.slice(0, key.indexOf('/')), path };
}

export async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

export async function recount(directory: string): Promise<{ blocks: number; bytes: number }> {
  const files = (await filesBelow(directory)).filter((file) => file.endsWith('.bin'));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return { blocks: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

export async function hiddenFiles(directory: string): Promise<string[]> {
  return (await filesBelow(directory)).filter((file) => basename(file).startsWith('.'));
}

/** Holds every total the cache tells against a count of its files. */
export async function expectTrueTotals(cache: DiskCache, directory: string): Promise<void> {
  const files = (await filesBelow(directory)).filter((file) => file.endsWith('.bin'));
  const counted = new Map<string, { readonly blocks: number[]; bytes: number }>();
  for (const file of files) {
    const [, key = '', block] = /^(.*)_(\d+)\.bin$/.exec(relative(directory, file)) ?? [];
    const entry = counted.get(key) ?? { blocks: [], bytes: 0 };
    counted.set(key, {
      blocks: [...entry.blocks, Number(block)],
      bytes: entry.bytes + (await stat(file)).size,
    });
  }
  const namespaces = new Map<string, { blocks: number; bytes: number }>();
  for (const [key, { blocks, bytes }] of counted) {
    expect(cache.figures.fileUsage(key as CacheKey)).toEqual({ blocks: blocks.length, bytes });
    expect([...cache.figures.storedBlocks(key as CacheKey)]).toEqual(
      blocks.toSorted((one, other) => one - other),
    );
    const namespace = key.split('/')[0]!;
    const sum = namespaces.get(namespace) ?? { blocks: 0, bytes: 0 };
    namespaces.set(namespace, { blocks: sum.blocks + blocks.length, bytes: sum.bytes + bytes });
  }
  const names = [...namespaces.keys()].toSorted();
  expect(cache.figures.namespaces()).toEqual(
    names.map((namespace) => ({ namespace, ...namespaces.get(namespace)! })),
  );
  for (const [namespace, usage] of namespaces) expect(cache.figures.usageOf(namespace)).toEqual(usage);
  expect(cache.usage()).toEqual(await recount(directory));
  expect(cache.figures.evictableBytes()).toBe(cache.usage().bytes);
}
