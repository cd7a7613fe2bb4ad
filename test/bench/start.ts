/**
 * The start with a large cache: an engine of its own opens half a million blocks and mounts a job, once without its index, which
 * is then made anew while the mount is used, and then as it is after an orderly end.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { artifactKey, blockFileName } from '../../src-main/engine/cache/artifact-key.ts';
import { startEngine, type EngineProcess } from '../helpers/engine-process.ts';
import { plainCatalogue } from '../helpers/plain-catalogue.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory } from '../helpers/system.ts';
import type { SectionOptions } from './cached.ts';
import { median } from './measure.ts';
import type { Metric, Row, Section } from './report.ts';

const BLOCKS = 500_000;
const BLOCKS_PER_FILE = 100;
/** What they hold makes no difference to a start. Bytes. */
const BLOCK_BYTES = 16;
const JOB = '0123abcd-1';
const MOUNT_LIMIT_MS = 1_000;
const MEMORY_LIMIT_MB = 200;
const REBUILD_LIMIT_MS = 10 * 60_000;

const MOUNTED: Metric = { name: 'cache opened, job mounted', unit: 'ms' };
const MEMORY: Metric = { name: 'memory then', unit: 'MB' };
const COMPLETE: Metric = { name: 'index complete', unit: 'ms' };

interface Start {
  readonly mountedMs: number;
  readonly memoryMb: number;
  readonly completeMs: number;
}

export async function startSection({ runs, progress }: SectionOptions): Promise<Section> {
  const cacheDirectory = newDirectory('cache');
  const database = plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: 1_000 }]);
  progress(`writing ${String(BLOCKS)} block files`);
  writeBlocks(cacheDirectory);
  progress('starting without an index');
  const without = [await measureStart(cacheDirectory, database)];
  progress('starting with the index');
  const withIndex: Start[] = [];
  for (let run = 0; run < runs; run += 1) withIndex.push(await measureStart(cacheDirectory, database));
  const rows = [
    rowOf('index lost', 'made anew from the files, once', without),
    rowOf('index kept', `median of ${String(runs)}`, withIndex),
  ];
  return {
    name: 'start',
    conditions: `${String(BLOCKS)} blocks in the cache, one job mounted`,
    metrics: [MOUNTED, MEMORY, COMPLETE],
    rows,
    absent: [],
    bars: rows.flatMap(({ contender, values }) => [
      barOf(`${contender}: mounted within`, values[MOUNTED.name], MOUNT_LIMIT_MS, 'ms'),
      barOf(`${contender}: memory below`, values[MEMORY.name], MEMORY_LIMIT_MB, 'MB'),
    ]),
  };
}

function writeBlocks(cacheDirectory: string): void {
  const made = new Set<string>();
  const bytes = Buffer.alloc(BLOCK_BYTES, 7);
  for (let file = 0; file < BLOCKS / BLOCKS_PER_FILE; file += 1) {
    const key = artifactKey('1-0123456789ab', { id: String(file), size: 1, mtime: 1 }, BLOCK_BYTES);
    const folder = join(cacheDirectory, dirname(key));
    if (!made.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    made.add(folder);
    for (let block = 0; block < BLOCKS_PER_FILE; block += 1) {
      writeFileSync(join(cacheDirectory, blockFileName(key, block)), bytes, { mode: 0o600 });
    }
  }
}

async function measureStart(cacheDirectory: string, database: string): Promise<Start> {
  await using engine = await startEngine({ cacheDirectory });
  const begun = performance.now();
  await engine.request('mount', { key: JOB, database, job: 1, mountPoint: engine.mountPoint() });
  const mountedMs = performance.now() - begun;
  const memoryMb = residentMb(engine);
  await until(
    'the index is complete',
    async () => (await engine.request('cacheReport', undefined)).blocks === BLOCKS,
    REBUILD_LIMIT_MS,
  );
  const completeMs = performance.now() - begun;
  await engine.request('stop', { force: true });
  await engine.exited;
  return { mountedMs, memoryMb, completeMs };
}

function residentMb({ pid }: EngineProcess): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

function rowOf(contender: string, description: string, starts: readonly Start[]): Row {
  const runs = {
    [MOUNTED.name]: starts.map(({ mountedMs }) => mountedMs),
    [MEMORY.name]: starts.map(({ memoryMb }) => memoryMb),
    [COMPLETE.name]: starts.map(({ completeMs }) => completeMs),
  };
  const values = Object.fromEntries(Object.entries(runs).map(([name, figures]) => [name, median(figures)]));
  return { contender, description, values, runs };
}

function barOf(what: string, value: number | undefined, limit: number, unit: string) {
  const figures = value === undefined ? 'not measured' : `${value.toFixed(0)} of ${String(limit)} ${unit}`;
  return { what: `${what} ${String(limit)} ${unit}`, held: value !== undefined && value < limit, figures };
}
