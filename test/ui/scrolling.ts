/**
 * Scrolls a list with the wheel as a person does and says how it went: how long the frames took in which it moved, how much of
 * that was the page's own work, and whether rows stood wherever one looked. Frames are slow on a machine that does something
 * else too; the page's own work is processor time of its thread, which others' load does not count towards.
 */
import type { CDPSession, Page } from 'playwright-core';

/** A list of which only the rows in sight exist. */
export interface LongList {
  /** Of the element that scrolls or of one in it; CSS, as the others. */
  readonly list: string;
  readonly row: string;
  /** In a row whose content has not come yet. */
  readonly placeholder?: string;
}

export const JOB_LIST: LongList = { list: 'ul[aria-label="Jobs"]', row: 'li' };
export const FILE_LIST: LongList = {
  list: '[role="grid"]',
  row: '[role="row"]',
  placeholder: '[aria-label="Loading"]',
};

export interface Scrolling {
  /** In which the list moved; no other counts. */
  readonly frames: number;
  /** Milliseconds. */
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Frames that took longer than SLOW_MS, in percent. */
  readonly slowPercent: number;
  /** Processor time of the page's thread for one turn of the wheel, all it does for it. Milliseconds. */
  readonly medianWorkMs: number;
  readonly p95WorkMs: number;
  /** Places in the list where no row stood, in percent of those looked at. */
  readonly barePercent: number;
  /** Places where the row's content was still to come, in the same way. */
  readonly waitingPercent: number;
  /** As far as it went, in pixels. */
  readonly distance: number;
  /** The most elements there were in the document. */
  readonly elements: number;
}

/** A person sees a jump where nothing moves for so long. */
const SLOW_MS = 100;
/** Where one looks for rows: from edge to edge of what is in sight. */
const PLACES = [0.02, 0.25, 0.5, 0.75, 0.98];

interface Samples {
  readonly times: readonly number[];
  readonly looked: number;
  readonly bare: number;
  readonly waiting: number;
  readonly distance: number;
  readonly elements: number;
}

/** `wheel`: pixels of each turn of the wheel, `turns` of them. */
export async function scrollThrough(
  page: Page,
  { list, row, placeholder }: LongList,
  { wheel, turns }: { readonly wheel: number; readonly turns: number },
): Promise<Scrolling> {
  await page.locator(list).hover();
  await page.evaluate(watch(list, row, placeholder));
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const work: number[] = [];
  let before = await workedMs(session);
  for (let turn = 0; turn < turns; turn += 1) {
    await page.mouse.wheel(0, wheel);
    await page.evaluate('new Promise(requestAnimationFrame)');
    const now = await workedMs(session);
    work.push(now - before);
    before = now;
  }
  await session.detach();
  const { times, looked, bare, waiting, distance, elements } =
    await page.evaluate<Samples>('scrollWatch.end()');
  const slow = times.filter((time) => time > SLOW_MS).length;
  return {
    frames: times.length,
    medianMs: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
    slowPercent: percent(slow, times.length),
    medianWorkMs: quantile(work, 0.5),
    p95WorkMs: quantile(work, 0.95),
    barePercent: percent(bare, looked),
    waitingPercent: percent(waiting, looked),
    distance,
    elements,
  };
}

/** Of the page's thread, in all tasks so far. */
async function workedMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  const seconds = metrics.find(({ name }) => name === 'TaskDuration')?.value;
  if (seconds === undefined) throw new Error('Chromium does not tell how long its tasks take');
  return seconds * 1_000;
}

/** Runs in the page. A frame in which the list moved lasts from the one before it. */
function watch(list: string, row: string, placeholder: string | undefined): string {
  return `{
    let scroller = document.querySelector(${JSON.stringify(list)});
    while (scroller.scrollHeight <= scroller.clientHeight) scroller = scroller.parentElement;
    const samples = { times: [], looked: 0, bare: 0, waiting: 0, distance: 0, elements: 0 };
    const start = scroller.scrollTop;
    const placeholder = ${JSON.stringify(placeholder ?? null)};
    let place = start;
    let before = performance.now();
    let watching = true;
    const frame = (now) => {
      if (scroller.scrollTop !== place) {
        samples.times.push(now - before);
        place = scroller.scrollTop;
        const { left, top, width, height } = scroller.getBoundingClientRect();
        for (const part of ${JSON.stringify(PLACES)}) {
          const found = document.elementFromPoint(left + width / 2, top + height * part);
          samples.looked += 1;
          const row = found?.closest(${JSON.stringify(row)});
          if (row == null) samples.bare += 1;
          else if (placeholder !== null && row.querySelector(placeholder) !== null) samples.waiting += 1;
        }
        samples.elements = Math.max(samples.elements, document.querySelectorAll('*').length);
      }
      before = now;
      if (watching) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    globalThis.scrollWatch = {
      end: () => {
        watching = false;
        return { ...samples, distance: place - start };
      },
    };
  }`;
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}
