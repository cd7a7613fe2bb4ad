/**
 * One block on its way to everybody who wants it. Readers and background work are waiters alike; the flight has the highest
 * priority any of them brought. Invariant: every waiter hears exactly once, unless it leaves first.
 */
import type { Transfer } from '../wormhole/transfer.ts';
import type { BlockFile, Priority } from './block-reader.ts';
import { isHigher } from './priority-queue.ts';

export interface Waiter {
  readonly priority: Priority;
  /** `committed` says whether the block is on disk, once that is known; true when it came from there. */
  readonly arrived: (data: Buffer, committed: Promise<boolean> | true) => void;
  readonly failed: (error: unknown) => void;
}

export class Flight {
  /** Identity of the block: one flight per key. */
  readonly key: string;
  readonly file: BlockFile;
  readonly block: number;
  readonly #waiters = new Set<Waiter>();
  #priority: Priority;
  #transfer: Transfer | undefined;
  #over = false;
  #cancelLinger: (() => void) | undefined;

  constructor(key: string, file: BlockFile, block: number, first: Waiter) {
    this.key = key;
    this.file = file;
    this.block = block;
    this.#priority = first.priority;
    this.#waiters.add(first);
  }

  get priority(): Priority {
    return this.#priority;
  }

  /** Landed, failed or abandoned: whatever still comes in for it is ignored. */
  get over(): boolean {
    return this.#over;
  }

  /** Bytes of the block that have come from a source. */
  get received(): number {
    return this.#transfer?.received ?? 0;
  }

  /** Whether a request is bringing the block. */
  get isArriving(): boolean {
    return this.received > 0 && this.#transfer?.source !== undefined;
  }

  /** The request it is on; undefined while it is looked for in the cache or waits for its turn. */
  get transfer(): Transfer | undefined {
    return this.#transfer;
  }

  get waiters(): number {
    return this.#waiters.size;
  }

  /** Adds a waiter; true when it raised the priority. It stays raised when that waiter leaves. */
  join(waiter: Waiter): boolean {
    this.#waiters.add(waiter);
    this.#cancelLinger?.();
    if (!isHigher(waiter.priority, this.#priority)) return false;
    this.#priority = waiter.priority;
    this.#transfer?.upgrade(waiter.priority);
    return true;
  }

  /** Removes a waiter; true when it was the last one of a flight still under way. */
  leave(waiter: Waiter): boolean {
    return this.#waiters.delete(waiter) && this.#waiters.size === 0 && !this.#over;
  }

  /** It goes on without a waiter for a while; `cancel` ends that, and is called when somebody joins or it is over. */
  linger(cancel: () => void): void {
    this.#cancelLinger = cancel;
  }

  /** The block is now being fetched by this transfer. */
  board(transfer: Transfer): void {
    this.#transfer = transfer;
  }

  /** Somebody has waited in vain: whoever waits on must not depend on the same request. */
  abandonAttempt(): void {
    this.#transfer?.abandonAttempt();
  }

  land(data: Buffer, committed: Promise<boolean> | true): void {
    for (const waiter of this.#end()) waiter.arrived(data, committed);
  }

  /** Ends the flight without a block; a transfer under way is cancelled. */
  fail(error: unknown): void {
    const waiters = this.#end();
    this.#transfer?.cancel();
    for (const waiter of waiters) waiter.failed(error);
  }

  #end(): readonly Waiter[] {
    this.#over = true;
    this.#cancelLinger?.();
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    return waiters;
  }
}
