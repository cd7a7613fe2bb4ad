/**
 * What waits for the cache's disk, of all mounts together, and the fetches held back on its account: a source faster than the
 * disk is slowed to its pace rather than asked again later for what could not be kept. Invariants: no reader is held longer
 * than MAX_HOLD_MS or a quarter of its deadline; what nobody waits for never passes a disk that is behind.
 */
import type { Clock } from '../clock.ts';
import { DEFAULT_MEMORY_BYTES } from '../config.ts';
import type { Flight } from './flight.ts';
import { isHigher, PriorityQueue } from './priority-queue.ts';

/** As much as the cache itself lets wait for its disk: more would be refused there. */
const MAX_COMMITTING_BYTES = 128 * 1024 * 1024;
/** A disk that takes longer for one block than this is no use as a cache; reads then go on without it. */
const MAX_HOLD_MS = 1_000;
/** The part of a read's time that it may be held: the rest is for the fetch. */
const HOLD_SHARE = 0.25;
/** So many readers held in vain, with no commit in between, and the disk counts as hung until one ends well. */
const TIMEOUTS_UNTIL_HUNG = 3;
/** Blocks that may be held; as many as may wait for the network. */
const CAPACITY = 4096;

export interface CommitBacklogOptions {
  readonly clock: Clock;
  /** The ceiling for blocks in memory: half of it may wait for the disk. */
  readonly memoryBytes?: number | undefined;
}

/** A flight's wait at the gate. */
interface Hold {
  readonly bytes: number;
  readonly limitMs: number;
  readonly end: (passes: boolean) => void;
  /** Set for a reader. */
  cancelTimer: (() => void) | undefined;
}

export class CommitBacklog {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  /** Half, so that those on their way find room, too. */
  readonly #gateBytes: number;
  readonly #line = new PriorityQueue<Flight>(CAPACITY);
  readonly #holds = new Map<Flight, Hold>();
  /** Bytes of the flights let through that have not come to their commit. */
  readonly #onTheWay = new Map<Flight, number>();
  /** Start a commit that was put off, and say whether there was one. */
  readonly #putOff = new Set<() => boolean>();
  #committingBytes = 0;
  #onTheWayBytes = 0;
  #timeouts = 0;

  constructor({ clock, memoryBytes = DEFAULT_MEMORY_BYTES }: CommitBacklogOptions) {
    this.#clock = clock;
    this.#maxBytes = Math.min(memoryBytes / 2, MAX_COMMITTING_BYTES);
    this.#gateBytes = this.#maxBytes / 2;
  }

  /** Whether a commit of so many bytes may begin; one always may. */
  hasRoomFor(bytes: number): boolean {
    return this.#committingBytes === 0 || this.#committingBytes + bytes <= this.#maxBytes;
  }

  began(bytes: number): void {
    this.#committingBytes += bytes;
  }

  /** `first` is asked before the others for a commit that was put off: one may take the place of one that ended well. */
  ended(bytes: number, isCommitted: boolean, first: () => boolean): void {
    this.#committingBytes -= bytes;
    if (isCommitted) {
      this.#timeouts = 0;
      // One for one: a cache that is full of others' blocks would refuse them all, each time.
      if (!first()) for (const other of this.#putOff) if (other !== first && other()) break;
    }
    this.#letNext();
  }

  /** `start` is asked when a commit of another mount has made room, until the returned function is called. */
  onRoom(start: () => boolean): () => void {
    this.#putOff.add(start);
    return () => void this.#putOff.delete(start);
  }

  /**
   * Resolves when a fetch for the flight may begin, to false when it may not: too many wait already. Undefined: at once.
   * `withdraw` is to be called when the block's commit has begun, or is not to come.
   */
  room(flight: Flight, bytes: number, deadlineMs: number): Promise<boolean> | undefined {
    const head = this.#line.peek();
    const isFirst = head === undefined || isHigher(flight.priority, head.priority);
    if (isFirst && this.#fits(flight, bytes)) {
      this.#pass(flight, bytes);
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const limitMs = Math.min(MAX_HOLD_MS, deadlineMs * HOLD_SHARE);
    const hold: Hold = { bytes, limitMs, end: resolve, cancelTimer: undefined };
    const admission = this.#line.push(flight, flight.priority);
    if (!admission.admitted) return Promise.resolve(false);
    this.#holds.set(flight, hold);
    this.#limit(flight, hold);
    if (admission.displaced !== undefined) this.#end(admission.displaced, false);
    return promise;
  }

  /** The flight's priority was raised. */
  upgraded(flight: Flight): void {
    const hold = this.#holds.get(flight);
    if (hold === undefined) return;
    this.#line.upgrade(flight, flight.priority);
    this.#limit(flight, hold);
    // Not before readers who came earlier.
    if (this.#line.peek()?.value === flight && this.#fits(flight, hold.bytes)) this.#end(flight, true);
  }

  /** The flight is over, or has come to its commit. */
  withdraw(flight: Flight): void {
    this.#onTheWayBytes -= this.#onTheWay.get(flight) ?? 0;
    this.#onTheWay.delete(flight);
    this.#end(flight, false);
    this.#letNext();
  }

  #fits(flight: Flight, bytes: number): boolean {
    const isHung = this.#timeouts >= TIMEOUTS_UNTIL_HUNG;
    if (flight.priority === 'user') return isHung || this.#committingBytes < this.#gateBytes;
    // Without the disk only what somebody is about to read is worth fetching ahead.
    const waiting = isHung && flight.priority === 'readahead' ? 0 : this.#committingBytes;
    const before = waiting + this.#onTheWayBytes;
    return before === 0 || before + bytes <= this.#gateBytes;
  }

  /** Lets go whoever fits now, but of readers one: it takes one block's place, and the disk is to catch up. */
  #letNext(): void {
    for (let readers = 0; readers <= 1;) {
      const next = this.#line.peek();
      const hold = next && this.#holds.get(next.value);
      if (hold === undefined || next === undefined || !this.#fits(next.value, hold.bytes)) return;
      if (next.priority === 'user') readers += 1;
      if (readers <= 1) this.#end(next.value, true);
    }
  }

  #limit(flight: Flight, hold: Hold): void {
    if (flight.priority !== 'user') return;
    hold.cancelTimer ??= this.#clock.after(hold.limitMs, () => {
      this.#timeouts += 1;
      this.#end(flight, true);
      // Who waits with it waits for nothing.
      if (this.#timeouts >= TIMEOUTS_UNTIL_HUNG) this.#letReaders();
    });
  }

  #letReaders(): void {
    for (let next = this.#line.peek(true); next !== undefined; next = this.#line.peek(true)) {
      this.#end(next.value, true);
    }
    this.#letNext();
  }

  #end(flight: Flight, passes: boolean): void {
    const hold = this.#holds.get(flight);
    if (hold === undefined) return;
    this.#holds.delete(flight);
    this.#line.remove(flight);
    hold.cancelTimer?.();
    if (passes) this.#pass(flight, hold.bytes);
    hold.end(passes);
  }

  #pass(flight: Flight, bytes: number): void {
    this.#onTheWay.set(flight, bytes);
    this.#onTheWayBytes += bytes;
  }
}
