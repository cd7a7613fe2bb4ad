/**
 * Reads of what is still far away: a mount with nothing cached, behind a link of 40 ms and 50 MB/s to nginx. Every
 * single figure is taken on a mount of its own.
 */
import { join } from 'node:path';
import { start } from '../helpers/child.ts';
import { startNginx } from '../helpers/nginx.ts';
import type { SectionOptions } from './cached.ts';
import type { Contender } from './contender.ts';
import { dropAllPages, readerMilliseconds } from './measure.ts';
import { rclone } from './others.ts';
import { DRIVERS, ours, publisher } from './ours.ts';
import type { ReaderTask } from './reader.ts';
import type { Bar, Metric, Section } from './report.ts';
import { measureAll } from './rows.ts';
import type { Rows } from './rows.ts';

const ROUND_TRIP_MS = 40;
const BYTES_PER_SECOND = 50_000_000;
const BLOCK_BYTES = 2 ** 20;
// What we may spend ourselves between a program's read and its first byte.
const OWN_SHARE_MS = 25;
const TAIL_BYTES = 200;
const RANDOM_READS = 40;
const SEQUENTIAL_MIB = 200;

const TAIL: Metric = { name: 'tail -c 200', unit: 'ms' };
const RANDOM: Metric = { name: `${String(RANDOM_READS)} random 4 KiB`, unit: 'ms' };
const SEQUENTIAL: Metric = { name: `sequential ${String(SEQUENTIAL_MIB)} MiB`, unit: 'MB/s' };

export async function coldSection(options: SectionOptions): Promise<Section> {
  const { tree, runs, progress } = options;
  await using nginx = await startNginx(tree);
  const link = await startLink(nginx.port);
  const published = publisher(tree, link);
  const contenders = [
    ...DRIVERS.map((driver) => ours(driver, published)),
    await rclone(':http:', '--http-url', link),
  ];
  const measured = await measureAll(contenders, (contender) => measure(contender, options), progress);
  return {
    name: 'cold',
    conditions: `${String(ROUND_TRIP_MS)} ms round trip, ${String(BYTES_PER_SECOND / 1e6)} MB/s, median of ${String(runs)}`,
    metrics: [TAIL, RANDOM, SEQUENTIAL],
    ...measured,
    bars: [tailBar(measured)],
  };
}

/** The URL of the server at `port` as it is seen from the far end of the link. */
async function startLink(port: number): Promise<string> {
  const main = join(import.meta.dirname, '..', 'helpers', 'link-proxy-main.ts');
  const link = ['--rtt', String(ROUND_TRIP_MS), '--bandwidth', String(BYTES_PER_SECOND)];
  const proxy = await start(process.execPath, [main, '--target', `127.0.0.1:${String(port)}`, ...link]);
  const [, ownPort = ''] = await proxy.waitForLine(/(\d+)\s*$/);
  return `http://127.0.0.1:${ownPort}/`;
}

async function measure(
  contender: Contender,
  { file, runs }: SectionOptions,
): Promise<Record<string, number[]>> {
  const onFreshMount = async (task: (file: string) => ReaderTask): Promise<number> => {
    const mount = await contender.mount();
    try {
      const path = join(mount.directory, file);
      await dropAllPages(path);
      return await readerMilliseconds(task(path));
    } finally {
      await mount.unmount();
    }
  };
  const tail: number[] = [];
  const random: number[] = [];
  const sequential: number[] = [];
  const bytes = SEQUENTIAL_MIB * 2 ** 20;
  for (let run = 0; run < runs; run += 1) {
    tail.push(await onFreshMount((path) => ({ kind: 'tail', file: path, bytes: TAIL_BYTES })));
    random.push(
      await onFreshMount((path) => ({ kind: 'random', file: path, reads: RANDOM_READS, bytes: 4096 })),
    );
    const ms = await onFreshMount((path) => ({ kind: 'sequential', file: path, bytes }));
    sequential.push(bytes / 1e6 / (ms / 1e3));
  }
  return { [TAIL.name]: tail, [RANDOM.name]: random, [SEQUENTIAL.name]: sequential };
}

function tailBar({ rows }: Rows): Bar {
  const limit = ROUND_TRIP_MS + (BLOCK_BYTES / BYTES_PER_SECOND) * 1e3 + OWN_SHARE_MS;
  const what = `cold tail within round trip, one block's transfer and ${String(OWN_SHARE_MS)} ms`;
  const value = rows.find(({ contender }) => contender === `orbit-ghost ${DRIVERS[0]}`)?.values[TAIL.name];
  if (value === undefined) return { what, held: false, figures: 'not measured' };
  return { what, held: value <= limit, figures: `${value.toFixed(1)} ms of ${limit.toFixed(1)} ms` };
}
