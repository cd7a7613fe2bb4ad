/**
 * A fixed number of places in which work runs, and the line before them. Cache look-ups and transfers both go through one.
 * Invariant: with two places or more, one is never given to work below `user`, so a person's read does not wait behind a
 * full set of background work.
 */
import type { Priority } from './block-reader.ts';
import { isHigher, PriorityQueue } from './priority-queue.ts';

export interface PrioritySlotsOptions<T> {
  readonly slots: number;
  /** Items that may wait. */
  readonly capacity: number;
  /**
   * Whether there is what else the item needs, which it then has: it begins at once. When not, nobody of its priority or
   * below goes before it, and `refill` is to be called when more may be had.
   */
  readonly admits?: (item: T, priority: Priority) => boolean;
  /** Begins the work; whoever begins it calls `release` when it ends. */
  readonly start: (item: T) => void;
  /** The item lost its place in the line to one of higher priority. */
  readonly displaced: (item: T) => void;
}

export class PrioritySlots<T extends object> {
  readonly #options: PrioritySlotsOptions<T>;
  readonly #waiting: PriorityQueue<T>;
  readonly #running = new Map<T, Priority>();
  #paused = false;

  constructor(options: PrioritySlotsOptions<T>) {
    this.#options = options;
    this.#waiting = new PriorityQueue(options.capacity);
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** While paused nothing begins; what runs goes on. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#fill();
  }

  /** Starts the item now or lets it wait; false when the line is full and nothing in it is less urgent. */
  enter(item: T, priority: Priority): boolean {
    // Who goes straight in displaces no one, and overtakes nobody of his own priority.
    const head = this.#waiting.peek();
    const isFirst = head === undefined || isHigher(priority, head.priority);
    if (isFirst && this.#isOpenTo(priority) && this.#isAdmitted(item, priority)) {
      this.#begin(item, priority);
      return true;
    }
    const admission = this.#waiting.push(item, priority);
    if (admission.admitted && admission.displaced !== undefined) this.#options.displaced(admission.displaced);
    return admission.admitted;
  }

  /** Raises the item's priority, waiting or running; a lower one or an unknown item changes nothing. */
  upgrade(item: T, priority: Priority): void {
    const current = this.#running.get(item);
    if (current === undefined) this.#waiting.upgrade(item, priority);
    else if (isHigher(priority, current)) this.#running.set(item, priority);
    this.#fill();
  }

  /** Takes a waiting item out of the line; false when it does not wait. */
  withdraw(item: T): boolean {
    const waited = this.#waiting.remove(item);
    if (waited) this.#fill();
    return waited;
  }

  isRunning(item: T): boolean {
    return this.#running.has(item);
  }

  /** What `admits` judges by has changed. */
  refill(): void {
    this.#fill();
  }

  /** Frees the place of a running item. */
  release(item: T): void {
    if (this.#running.delete(item)) this.#fill();
  }

  #fill(): void {
    while (this.#isOpenTo('user')) {
      const next = this.#waiting.peek(!this.#isOpenTo('background'));
      if (next === undefined || !this.#isAdmitted(next.value, next.priority)) return;
      this.#waiting.remove(next.value);
      this.#begin(next.value, next.priority);
    }
  }

  #isAdmitted(item: T, priority: Priority): boolean {
    return this.#options.admits?.(item, priority) ?? true;
  }

  #begin(item: T, priority: Priority): void {
    this.#running.set(item, priority);
    this.#options.start(item);
  }

  #isOpenTo(priority: Priority): boolean {
    const { slots } = this.#options;
    if (this.#paused || this.#running.size >= slots) return false;
    if (priority === 'user' || slots < 2) return true;
    let belowUser = 0;
    for (const running of this.#running.values()) if (running !== 'user') belowUser += 1;
    return belowUser < slots - 1;
  }
}
