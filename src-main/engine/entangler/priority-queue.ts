/**
 * The bounded line in which blocks wait: highest priority first, first come first served within one. Every operation is
 * O(1). Invariant: never more than `capacity` items, and what makes room is always the youngest of the lowest priority.
 */
import type { Priority } from './block-reader.ts';

const LEVEL = { user: 0, readahead: 1, warm: 2, background: 3 } as const satisfies Record<Priority, number>;

/** Whether `a` is served before `b`. */
export function isHigher(a: Priority, b: Priority): boolean {
  return LEVEL[a] < LEVEL[b];
}

/** What became of a newcomer, and which item had to leave for it. */
export type Admission<T> =
  { readonly admitted: false } | { readonly admitted: true; readonly displaced: T | undefined };

/** An item that left the line, with the priority it had reached. */
export interface Taken<T> {
  readonly value: T;
  readonly priority: Priority;
}

interface Link<T> {
  readonly value: T;
  priority: Priority;
  older: Link<T> | undefined;
  younger: Link<T> | undefined;
}

/** One priority's items in order of arrival. */
class Lane<T> {
  oldest: Link<T> | undefined;
  youngest: Link<T> | undefined;

  append(link: Link<T>): void {
    link.older = this.youngest;
    link.younger = undefined;
    if (this.youngest === undefined) this.oldest = link;
    else this.youngest.younger = link;
    this.youngest = link;
  }

  remove(link: Link<T>): void {
    if (link.older === undefined) this.oldest = link.younger;
    else link.older.younger = link.younger;
    if (link.younger === undefined) this.youngest = link.older;
    else link.younger.older = link.older;
  }
}

export class PriorityQueue<T extends object> {
  readonly #capacity: number;
  readonly #links = new Map<T, Link<T>>();
  readonly #lanes: Readonly<Record<Priority, Lane<T>>> = {
    user: new Lane(),
    readahead: new Lane(),
    warm: new Lane(),
    background: new Lane(),
  };

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#links.size;
  }

  /** Adds an item that is not in the queue. When full, it takes the place of a lower priority's youngest or is refused. */
  push(value: T, priority: Priority): Admission<T> {
    if (this.#links.has(value)) throw new Error('an item may stand in the queue once');
    let displaced: T | undefined;
    if (this.size >= this.#capacity) {
      const last = this.#last();
      if (last === undefined || !isHigher(priority, last.priority)) return { admitted: false };
      displaced = last.value;
      this.remove(displaced);
    }
    const link: Link<T> = { value, priority, older: undefined, younger: undefined };
    this.#links.set(value, link);
    this.#lanes[priority].append(link);
    return { admitted: true, displaced };
  }

  /** The next item, or undefined. With `userOnly`, lower priorities stay where they are. */
  peek(userOnly = false): Taken<T> | undefined {
    const { user, readahead, warm, background } = this.#lanes;
    const lower = userOnly ? undefined : (readahead.oldest ?? warm.oldest ?? background.oldest);
    return user.oldest ?? lower;
  }

  /** Removes and returns what peek() returns. */
  take(userOnly = false): Taken<T> | undefined {
    const next = this.peek(userOnly);
    if (next !== undefined) this.remove(next.value);
    return next;
  }

  /** Moves a waiting item to the end of a higher priority; anything else changes nothing. */
  upgrade(value: T, priority: Priority): void {
    const link = this.#links.get(value);
    if (link === undefined || !isHigher(priority, link.priority)) return;
    this.#lanes[link.priority].remove(link);
    link.priority = priority;
    this.#lanes[priority].append(link);
  }

  /** Takes an item out of the line; false when it was not in it. */
  remove(value: T): boolean {
    const link = this.#links.get(value);
    if (link === undefined) return false;
    this.#lanes[link.priority].remove(link);
    return this.#links.delete(value);
  }

  #last(): Link<T> | undefined {
    const { user, readahead, warm, background } = this.#lanes;
    return background.youngest ?? warm.youngest ?? readahead.youngest ?? user.youngest;
  }
}
