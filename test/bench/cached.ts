/**
 * Reads of what is local already: how much each file system costs on the way from a disk to a program. Every pass
 * begins with cold page caches, so it goes through FUSE and down to the disk.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { newDirectory } from '../helpers/system.ts';
import type { Contender } from './contender.ts';
import { canDropAllCaches, dropCaches, randomRead, sequentialRead } from './measure.ts';
import { passthrough, plainDisk, rclone } from './others.ts';
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
  const { tree, runs, progress } = options;
  const published = publisher(tree, pathToFileURL(tree).href);
  const cache = newDirectory('cache');
  const contenders = [
    plainDisk(tree),
    ...DRIVERS.map((driver) => ours(driver, published, cache)),
    await rclone(tree),
    await passthrough(tree),
  ];
  const measured = await measureAll(contenders, (contender) => measure(contender, options), progress);
  const pages = canDropAllCaches
    ? 'page cache dropped before each pass'
    : "the file's pages dropped before each pass";
  return {
    name: 'cached',
    conditions: `1 reader, ${pages}, median of ${String(runs)}`,
    metrics: [SEQUENTIAL, RANDOM],
    ...measured,
    bars: bars(measured),
  };
}

async function measure(
  contender: Contender,
  { file, runs }: SectionOptions,
): Promise<Record<string, number[]>> {
  const mount = await contender.mount();
  const path = join(mount.directory, file);
  const sequential: number[] = [];
  const random: number[] = [];
  try {
    // Fills our block cache; for the others it only brings the page cache to the same state.
    await sequentialRead(path);
    for (let run = 0; run < runs; run += 1) {
      await dropCaches(path);
      sequential.push(await sequentialRead(path));
      await dropCaches(path);
      random.push(await randomRead(path));
    }
  } finally {
    await mount.unmount();
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
