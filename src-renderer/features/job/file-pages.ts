/**
 * The entries of one folder as far as they were asked for, in pages. Invariant: a page is asked for once at a time, and at
 * most `MOST_PAGES` are kept, the ones used last. Pure but for being mutable.
 */
import type { Entry } from '../../../src-main/ipc/contract.ts';
import { shareStructure } from '../../lib/share-structure.ts';

/** The contract's limit for one answer. */
export const PAGE_SIZE = 500;
/** 20,000 entries: far more than anybody scrolls through at once, little memory. */
const MOST_PAGES = 40;

export class FilePages {
  /** Undefined until the first page came. */
  total: number | undefined;
  /** In the order of use, the latest last. */
  readonly #pages = new Map<number, readonly Entry[]>();
  readonly #asked = new Set<number>();
  /** Why a page did not come, until it does. */
  readonly #problems = new Map<number, string>();

  entry(index: number): Entry | undefined {
    return this.#pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE];
  }

  /** The index of a name among the pages that are here; -1 when it is not. */
  indexOf(name: string): number {
    for (const [page, entries] of this.#pages) {
      const index = entries.findIndex((entry) => entry.name === name);
      if (index !== -1) return page * PAGE_SIZE + index;
    }
    return -1;
  }

  /** Pages to ask for now, so that the entries from `first` to `last` are here; with `again` also those that are. */
  missing(first: number, last: number, again = false): readonly number[] {
    const pages: number[] = [];
    for (let page = Math.floor(Math.max(0, first) / PAGE_SIZE); page * PAGE_SIZE <= last; page++) {
      const known = this.#pages.get(page);
      if (known !== undefined) {
        this.#pages.delete(page);
        this.#pages.set(page, known);
      }
      if (this.#asked.has(page) || (known !== undefined && !again)) continue;
      this.#asked.add(page);
      pages.push(page);
    }
    return pages;
  }

  put(page: number, entries: readonly Entry[], total: number): void {
    const shared = shareStructure(this.#pages.get(page), entries);
    this.#asked.delete(page);
    this.#problems.delete(page);
    this.#pages.delete(page);
    this.#pages.set(page, shared);
    this.total = total;
    // What the folder had there before must not come back with its next entries.
    for (const known of this.#pages.keys()) if (known * PAGE_SIZE >= total) this.#pages.delete(known);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > MOST_PAGES && oldest !== undefined) this.#pages.delete(oldest);
  }

  /** The answer will not come; the page may be asked for again. */
  failed(page: number, why: string): void {
    this.#asked.delete(page);
    this.#problems.set(page, why);
  }

  /** Why entries from `first` to `last` are not here; undefined while they are, or may still come. */
  problem(first: number, last: number): string | undefined {
    for (let page = Math.floor(Math.max(0, first) / PAGE_SIZE); page * PAGE_SIZE <= last; page++) {
      const why = this.#pages.has(page) ? undefined : this.#problems.get(page);
      if (why !== undefined) return why;
    }
    return undefined;
  }
}
