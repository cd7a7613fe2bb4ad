/**
 * Reads of what is local already, in two sections. `cached`: the mount's own pages are dropped before each pass and what
 * lies below it is in memory, so a figure is what the file system itself costs. `disk`: every page of the machine is
 * dropped, so the disk sets the ceiling, and the plain file's row says where it is.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BenchMount } from './contender.ts';
import { runOk } from '../helpers/child.ts';
import { newDirectory } from '../helpers/system.ts';
import { canDropAllPages, dropAllPages, dropPagesOf, randomRead, sequentialRead } from './measure.ts';
import { passthrough, plainFile, rclone } from './others.ts';
import { DRIVERS, ours, publisher } from './ours.ts';
import { ratio, REFERENCE } from './report.ts';
import type { Bar, Metric, Section } from './report.ts';
import { measureAll } from './rows.ts';
import type { Rows } from './rows.ts';

export interface SectionOptions {
  readonly tree: string;
  /** Name of the large file in the tree. */
  readonly file: string;
  readonly runs: number;
  readonly progress: (line: string) => void;
}

const SEQUENTIAL: Metric = { name: 'sequential, dd bs=1M', unit: 'MB/s' };
const RANDOM: Metric = { name: 'random 4 KiB, buffered', unit: 'IOPS' };

/** How many times rclone our default driver has to be. */
const BARS = [
  { metric: SEQUENTIAL, times: 3 },
  { metric: RANDOM, times: 4 },
] as const;
const BARRED = `orbit-ghost ${DRIVERS[0]}`;

export async function cachedSection(options: SectionOptions): Promise<Section> {
  const measured = await measureFrom(dropPagesOf, options);
  return {
    name: 'cached',
    conditions: `1 reader, data in memory below the mount, its own pages dropped before each pass, median of ${String(options.runs)}`,
    metrics: [SEQUENTIAL, RANDOM],
    ...measured,
    bars: bars(measured),
  };
}

export async function diskSection(options: SectionOptions): Promise<Section> {
  const conditions = `1 reader, every page dropped before each pass, median of ${String(options.runs)}`;
  const metrics = [SEQUENTIAL, RANDOM];
  if (canDropAllPages) {
    const measured = await measureFrom(dropAllPages, options);
    return { name: 'disk', conditions, metrics, ...measured, bars: bars(measured) };
  }
  const absent = [{ name: 'all', reason: 'only root can drop every page of a machine' }];
  return { name: 'disk', conditions, metrics, rows: [], absent, bars: [] };
}

/** Each pass keeps most of what the ones before left out. */
const MAX_FILL_PASSES = 20;

type DropPages = (file: string) => Promise<void>;

async function measureFrom(
  dropPages: DropPages,
  { tree, file, runs, progress }: SectionOptions,
): Promise<Rows> {
  const published = publisher(tree, pathToFileURL(tree).href);
  const contenders = [
    // Its pages are the data itself: without them it would be read from the disk.
    ...(dropPages === dropAllPages ? [plainFile(tree)] : []),
    ...DRIVERS.map((driver) => ours(driver, published, newDirectory('cache'))),
    await rclone(tree),
    await passthrough(tree),
  ];
  return await measureAll(
    contenders,
    async (contender) => {
      const mount = await contender.mount();
      try {
        const path = join(mount.directory, file);
        await fill(mount, path);
        return await passes(path, { runs, dropPages });
      } finally {
        await mount.unmount();
      }
    },
    progress,
  );
}

/**
 * Reads until a cache holds the whole file; where there is none, once, so that the page cache is in the same state. A cache
 * leaves out blocks that come faster than its disk takes them, so one pass is not enough.
 */
async function fill({ cachedBytes }: BenchMount, path: string): Promise<void> {
  const { size } = statSync(path);
  for (let pass = 0; pass < MAX_FILL_PASSES; pass += 1) {
    await dropPagesOf(path);
    await sequentialRead(path);
    // What is left to be written would slow the first pass down.
    await runOk('sync', []);
    if (cachedBytes === undefined || cachedBytes() >= size) return;
  }
  throw new Error(`the cache does not hold ${path} after ${String(MAX_FILL_PASSES)} passes`);
}

async function passes(
  path: string,
  { runs, dropPages }: { readonly runs: number; readonly dropPages: DropPages },
): Promise<Record<string, number[]>> {
  const sequential: number[] = [];
  const random: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    await dropPages(path);
    sequential.push(await sequentialRead(path));
    await dropPages(path);
    random.push(await randomRead(path));
  }
  return { [SEQUENTIAL.name]: sequential, [RANDOM.name]: random };
}

function bars({ rows }: Rows): readonly Bar[] {
  return BARS.map(({ metric, times }) => {
    const value = rows.find(({ contender }) => contender === BARRED)?.values[metric.name];
    const reference = rows.find(({ contender }) => contender === REFERENCE)?.values[metric.name];
    const what = `${metric.name} at least ${String(times)} times rclone`;
    if (value === undefined || reference === undefined) return { what, held: false, figures: 'not measured' };
    const reached = ratio(metric, value, reference);
    return { what, held: reached >= times, figures: `${reached.toFixed(2)} times` };
  });
}
