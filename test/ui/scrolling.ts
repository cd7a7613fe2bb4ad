/**
 * Scrolls a list with the wheel as a person does and says how it went: how long the frames took in which it moved, and whether
 * rows stood wherever one looked. What the page does between two frames is what keeps the second one waiting.
 */
import type { Page } from 'playwright-core';

/** A list of which only the rows in sight exist. */
export interface LongList {
  /** Of the element that scrolls or of one in it; CSS, as the others. */
  readonly list: string;
  readonly row: string;
}

export const JOB_LIST: LongList = { list: 'ul[aria-label="Jobs"]', row: 'li' };
export const FILE_LIST: LongList = { list: '[role="grid"]', row: '[role="row"]' };

export interface Scrolling {
  /** In which the list moved; no other counts. */
  readonly frames: number;
  /** Milliseconds. */
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Frames that took longer than SLOW_MS, in percent. */
  readonly slowPercent: number;
  /** Places in the list where no row stood, in percent of those looked at. */
  readonly barePercent: number;
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
  readonly distance: number;
  readonly elements: number;
}

/** `wheel`: pixels of each turn of the wheel, `turns` of them. */
export async function scrollThrough(
  page: Page,
  { list, row }: LongList,
  { wheel, turns }: { readonly wheel: number; readonly turns: number },
): Promise<Scrolling> {
  await page.locator(list).hover();
  await page.evaluate(watch(list, row));
  for (let turn = 0; turn < turns; turn += 1) {
    await page.mouse.wheel(0, wheel);
    await page.evaluate('new Promise(requestAnimationFrame)');
  }
  const { times, looked, bare, distance, elements } = await page.evaluate<Samples>('scrollWatch.end()');
  const sorted = times.toSorted((a, b) => a - b);
  const slow = times.filter((time) => time > SLOW_MS).length;
  return {
    frames: times.length,
    medianMs: sorted[Math.floor(times.length / 2)] ?? 0,
    p95Ms: sorted[Math.floor(times.length * 0.95)] ?? 0,
    slowPercent: percent(slow, times.length),
    barePercent: percent(bare, looked),
    distance,
    elements,
  };
}

/** Runs in the page. A frame in which the list moved lasts from the one before it. */
function watch(list: string, row: string): string {
  return `{
    let scroller = document.querySelector(${JSON.stringify(list)});
    while (scroller.scrollHeight <= scroller.clientHeight) scroller = scroller.parentElement;
    const samples = { times: [], looked: 0, bare: 0, distance: 0, elements: 0 };
    const start = scroller.scrollTop;
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
          if (found?.closest(${JSON.stringify(row)}) == null) samples.bare += 1;
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

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}
