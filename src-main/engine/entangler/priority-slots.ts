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
    // An open place means nobody who could use it waits: going straight in overtakes no one and displaces no one.
    if (this.#isOpenTo(priority)) {
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
    return this.#waiting.remove(item);
  }

  /** Frees the place of a running item. */
  release(item: T): void {
    if (this.#running.delete(item)) this.#fill();
  }

  #fill(): void {
    while (this.#isOpenTo('user')) {
      const item = this.#waiting.take(!this.#isOpenTo('background'));
      if (item === undefined) return;
      this.#begin(item.value, item.priority);
    }
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
