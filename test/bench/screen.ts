/**
 * What watching costs: the screen is open in Chromium on the page that draws most, while a child process reads a file of
 * 10 GiB through a mount as fast as it comes. Figures: the page's process in percent of one core, and how long the
 * supervisor's event loop was kept from its work. Beside them, how smoothly long lists scroll.
 */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { LoopDelay } from '../helpers/loop-delay-main.ts';
import { fuseMountsBelow } from '../helpers/system-mounts.ts';
import { openBrowser } from '../ui/browser.ts';
import { addJob, newCatalogue } from '../ui/catalogues.ts';
import { heading, openFile, tab } from '../ui/pages.ts';
import { startProgram } from '../ui/running-program.ts';
import type { RunningProgram } from '../ui/running-program.ts';
import { setup as buildScreen } from '../ui/screen-build.ts';
import type { SectionOptions } from './cached.ts';
import { sequentialRead } from './measure.ts';
import type { Bar, Metric, Row, Section } from './report.ts';
import { addLongLists, FRAME, measureScrolling, SLOW } from './screen-lists.ts';

const JOB = 'bench';
const GIB = 2 ** 30;
const FILE_BYTES = 10 * GIB;
// So that the cache evicts too, and the disk does not have to hold all of it.
const CACHE_LIMIT = '2GiB';
const RENDERER_BAR_PERCENT = 15;
const LOOP_DELAY_BAR_MS = 50;
const SLOW_BAR_PERCENT = 5;

const RENDERER: Metric = { name: 'page, of one core', unit: '%' };
const LOOP_DELAY: Metric = { name: 'supervisor loop delay p99', unit: 'ms' };
const READ: Metric = { name: 'read meanwhile', unit: 'MB/s' };

interface Place {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly show: (page: Page, job: string, file: string) => Promise<void>;
}

const PLACES: readonly Place[] = [
  {
    name: 'block map',
    description: 'the page of the file that is being read, 10,240 blocks',
    file: 'first.bin',
    show: openFile,
  },
  {
    name: 'activity',
    description: 'transfers, readers, two minutes of throughput, the log',
    file: 'second.bin',
    show: async (page) => {
      await tab(page, 'Activity').click();
      await heading(page, 'Activity').waitFor();
    },
  },
];

export async function screenSection({ progress }: SectionOptions): Promise<Section> {
  await buildScreen();
  const database = newCatalogue();
  addJob(database, {
    name: JOB,
    files: PLACES.map(({ file }) => ({ name: file, size: FILE_BYTES })),
  });
  addLongLists(database);
  const program = await startProgram({
    settings: `catalogues = [${JSON.stringify(database)}]\n\n[cache]\nlimit = "${CACHE_LIMIT}"\n`,
    nodeArgs: ['--import', join(import.meta.dirname, '..', 'helpers', 'loop-delay-main.ts')],
  });
  const browser = await openBrowser();
  try {
    const { key } = await program.job(JOB);
    const { mountPoint } = await program.client.call('jobs.mount', { job: key });
    const rows: Row[] = [];
    for (const [index, place] of PLACES.entries()) {
      progress(`measuring ${place.name}`);
      const page = await browser.open(await program.newUrl());
      await place.show(page, JOB, place.file);
      rows.push(await measure(place, { browser: browser.browser, program, mountPoint, index }));
      await page.context().close();
    }
    rows.push(...(await measureScrolling(await browser.open(await program.newUrl()), progress)));
    return {
      name: 'screen',
      conditions: `1 reader of ${String(FILE_BYTES / GIB)} GiB, simulated source without delay, screen open in ${browser.browser.version()}`,
      metrics: [RENDERER, LOOP_DELAY, READ, FRAME, SLOW],
      rows,
      absent: [],
      bars: [
        bar(rows, RENDERER, RENDERER_BAR_PERCENT),
        bar(rows, LOOP_DELAY, LOOP_DELAY_BAR_MS),
        bar(rows, SLOW, SLOW_BAR_PERCENT),
      ],
    };
  } finally {
    await browser.close();
    await program.stop();
  }
}

interface Measured {
  readonly browser: Browser;
  readonly program: RunningProgram;
  readonly mountPoint: string;
  /** Which of the measurements it is, from 0. */
  readonly index: number;
}

async function measure(
  { name, description, file }: Place,
  { browser, program, mountPoint, index }: Measured,
): Promise<Row> {
  if (fuseMountsBelow(mountPoint).length === 0) throw new Error(`nothing is mounted at ${mountPoint}`);
  await loopDelay(program, 2 * index + 1);
  const before = await rendererSeconds(browser);
  const start = performance.now();
  const rate = await sequentialRead(join(mountPoint, file));
  const seconds = (performance.now() - start) / 1000;
  const used = (await rendererSeconds(browser)) - before;
  const { p99 } = await loopDelay(program, 2 * index + 2);
  const values = { [RENDERER.name]: (used / seconds) * 100, [LOOP_DELAY.name]: p99, [READ.name]: rate };
  const runs = Object.fromEntries(Object.entries(values).map(([metric, value]) => [metric, [value]]));
  return { contender: name, description, values, runs };
}

/** Processor time of all pages so far; the tests' own one is the only one that does anything. */
async function rendererSeconds(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo
      .filter(({ type }) => type === 'renderer')
      .reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  } finally {
    await session.detach();
  }
}

/** What delayed the supervisor's loop since the last answer; answers are numbered from 1. */
async function loopDelay(program: RunningProgram, answer: number): Promise<LoopDelay> {
  program.process.signal('SIGUSR2');
  const pattern = new RegExp(`^\\{"loopDelay":${String(answer)},.*\\}$`);
  const [line] = await program.process.waitForLine(pattern, { stream: 'stderr' });
  return JSON.parse(line);
}

function bar(rows: readonly Row[], metric: Metric, limit: number): Bar {
  const worst = Math.max(...rows.flatMap(({ values }) => values[metric.name] ?? []));
  return {
    what: `${metric.name} at most ${String(limit)} ${metric.unit}`,
    held: worst <= limit,
    figures: `${worst.toFixed(1)} ${metric.unit}`,
  };
}
