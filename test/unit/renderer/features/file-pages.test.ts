/** The pages of a folder's listing, the keys of its cursor, and the search for jobs. */
import { describe, expect, it } from 'vitest';
import { FilePages, PAGE_SIZE } from '../../../../src-renderer/features/job/file-pages.ts';
import { cursorAfter } from '../../../../src-renderer/features/job/list-keys.ts';
import type { Entry } from '../../../../src-main/ipc/contract.ts';

const TOTAL = 100_000;

function page(number: number, cachedBytes = 0): readonly Entry[] {
  return Array.from({ length: PAGE_SIZE }, (_, index) => ({
    name: `file-${number * PAGE_SIZE + index}`,
    kind: 'file',
    size: 1,
    mtime: 0,
    cachedBytes,
  }));
}

describe('FilePages', () => {
  it('asks for the pages in sight, each once', () => {
    const pages = new FilePages();
    expect(pages.missing(490, 510)).toEqual([0, 1]);
    expect(pages.missing(490, 510)).toEqual([]);
    pages.put(0, page(0), TOTAL);
    expect(pages.total).toBe(TOTAL);
    expect(pages.entry(499)?.name).toBe('file-499');
    expect(pages.entry(500)).toBeUndefined();
    expect(pages.missing(0, 10)).toEqual([]);
  });

  it('asks again after a failure, and for a refresh', () => {
    const pages = new FilePages();
    pages.missing(0, 0);
    pages.failed(0, 'The catalogue is locked.');
    expect(pages.missing(0, 0)).toEqual([0]);
    pages.put(0, page(0), TOTAL);
    expect(pages.missing(0, 0, true)).toEqual([0]);
  });

  it('tells why entries in sight are not here, until they come', () => {
    const pages = new FilePages();
    pages.put(0, page(0), TOTAL);
    pages.missing(PAGE_SIZE, PAGE_SIZE);
    expect(pages.problem(0, PAGE_SIZE)).toBeUndefined();
    pages.failed(1, 'The catalogue is locked.');
    expect(pages.problem(0, PAGE_SIZE)).toBe('The catalogue is locked.');
    expect(pages.problem(PAGE_SIZE - 1, PAGE_SIZE - 1)).toBeUndefined();
    pages.put(0, page(0), TOTAL);
    expect(pages.problem(PAGE_SIZE, PAGE_SIZE + 1)).toBe('The catalogue is locked.');
    pages.put(1, page(1), TOTAL);
    expect(pages.problem(0, PAGE_SIZE)).toBeUndefined();
    // What is here is shown although it could not be asked for again.
    pages.failed(1, 'The catalogue is locked.');
    expect(pages.problem(0, PAGE_SIZE)).toBeUndefined();
  });

  it('forgets the entries past the end of a folder that became shorter', () => {
    const pages = new FilePages();
    for (const number of [0, 1, 2]) pages.put(number, page(number), 3 * PAGE_SIZE);
    pages.put(0, page(0), PAGE_SIZE);
    expect(pages.entry(PAGE_SIZE)).toBeUndefined();
    expect(pages.missing(0, 3 * PAGE_SIZE - 1)).toEqual([1, 2]);
  });

  it('keeps the entries that a refresh did not change', () => {
    const pages = new FilePages();
    pages.put(0, page(0), TOTAL);
    const before = pages.entry(1);
    pages.put(0, page(0).with(2, { ...(page(0)[2] ?? expect.fail()), cachedBytes: 1 }), TOTAL);
    expect(pages.entry(1)).toBe(before);
    expect(pages.entry(2)?.cachedBytes).toBe(1);
  });

  it('forgets the page that was used longest ago, not the one in sight', () => {
    const pages = new FilePages();
    for (let number = 0; number < 40; number++) pages.put(number, page(number), TOTAL);
    pages.missing(0, 0);
    pages.put(40, page(40), TOTAL);
    expect(pages.entry(0)?.name).toBe('file-0');
    expect(pages.entry(PAGE_SIZE)).toBeUndefined();
  });
});

it('moves the cursor by keys, never out of the list', () => {
  expect(cursorAfter('ArrowDown', 9, 10, 5)).toBe(9);
  expect(cursorAfter('ArrowUp', 0, 10, 5)).toBe(0);
  expect(cursorAfter('PageDown', 2, 10, 5)).toBe(7);
  expect(cursorAfter('PageUp', 2, 10, 5)).toBe(0);
  expect(cursorAfter('End', 2, 10, 5)).toBe(9);
  expect(cursorAfter('Home', 2, 10, 5)).toBe(0);
  expect(cursorAfter('x', 2, 10, 5)).toBeUndefined();
});
