/**
 * The places in which transfers run and the memory they run in, shared by the Wormholes of all mounts: one limit and one order
 * of priorities for the whole engine, so that a person who reads one job overtakes the background work of every other.
 * Invariant: a transfer in a place has memory for its block, and one transfer always finds some.
 */
import { DEFAULT_TRANSFERS, MAX_TRANSFERS } from '../config.ts';
import type { Priority } from '../entangler/block-reader.ts';
import { PrioritySlots } from '../entangler/priority-slots.ts';
import { GhostError } from '../errors.ts';
import { BlockMemory, type Lease } from './block-memory.ts';

/** Blocks that may wait: 4 GiB of 1 MiB blocks, about 4 MB of memory. */
const DEFAULT_QUEUE_CAPACITY = 4096;

/** Who takes a place. */
export interface PlaceTaker {
  /** Memory that it needs, bytes. */
  readonly length: number;
  /** Memory that it has: put here before it starts, and given back by whoever ends it. */
  lease: Lease | undefined;
  /** A place is free: begins, and releases it at its end. */
  start(): void;
  /** Lost its place in the line to somebody more urgent. */
  displaced(): void;
}

export interface TransferPlacesOptions {
  /** Concurrent transfers, 1 to MAX_TRANSFERS; DEFAULT_TRANSFERS unless given. */
  readonly slots?: number;
  /** Transfers that may wait for a place, and as many again in a back-off of one Wormhole. */
  readonly queueCapacity?: number;
  /** For blocks of all mounts: those being fetched, those that wait for the cache's disk, those kept for readers. */
  readonly memoryBytes?: number | undefined;
}

export class TransferPlaces {
  readonly line: PrioritySlots<PlaceTaker>;
  readonly memory: BlockMemory;
  readonly queueCapacity: number;

  /** Throws ARGUMENT_INVALID for a number of slots that is not possible. */
  constructor({
    slots = DEFAULT_TRANSFERS,
    queueCapacity = DEFAULT_QUEUE_CAPACITY,
    memoryBytes,
  }: TransferPlacesOptions = {}) {
    if (!Number.isInteger(slots) || slots < 1 || slots > MAX_TRANSFERS) {
      throw new GhostError('ARGUMENT_INVALID', `transfers must be a whole number from 1 to ${MAX_TRANSFERS}`);
    }
    this.queueCapacity = queueCapacity;
    this.line = new PrioritySlots({
      slots,
      capacity: queueCapacity,
      admits: (taker, priority) => this.#findMemory(taker, priority),
      start: (taker) => taker.start(),
      displaced: (taker) => taker.displaced(),
    });
    this.memory = new BlockMemory(() => this.line.refill(), memoryBytes);
  }

  /** While paused no transfer gets a place: those on the wire go on, all others wait, as long as somebody waits for them. */
  setPaused(paused: boolean): void {
    this.line.setPaused(paused);
  }

  #findMemory(taker: PlaceTaker, priority: Priority): boolean {
    taker.lease ??= this.memory.take(taker.length, priority);
    if (this.line.running === 0) taker.lease ??= this.memory.takeAnyway(taker.length);
    taker.lease?.keep();
    return taker.lease !== undefined;
  }
}
