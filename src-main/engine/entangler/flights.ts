/**
 * The blocks on their way: each is looked for in the cache, waits until the cache's disk keeps up, and comes through the
 * Wormhole. Invariants: never two flights for one block; a failed or slow cache never fails one; a flight that nobody waits for
 * any more ends.
 */
import { blockFileName } from '../cache/artifact-key.ts';
import type { BlockCache } from '../cache/block-cache.ts';
import type { Clock } from '../clock.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Delivery } from '../wormhole/transfer.ts';
import type { BlockFetcher } from './block-fetcher.ts';
import { blockLength } from './block-range.ts';
import type { BlockFile } from './block-reader.ts';
import type { CommitBacklog } from './commit-backlog.ts';
import { Flight, type Waiter } from './flight.ts';
import { PrioritySlots } from './priority-slots.ts';
import type { RecentBlocks } from './recent-blocks.ts';
import { queueFull } from './refusals.ts';

/** Look-ups at once: more than the thread pool serves, few enough that hits of 16 MiB do not fill the memory. */
const LOOKUP_SLOTS = 8;
/** Look-ups that may wait; as many as blocks may wait for the network. */
const LOOKUP_CAPACITY = 4096;
/**
 * How long a block goes on that has begun to arrive when its last reader leaves. A program that waits for the same page asks
 * anew at once, when the one that had asked for it is killed.
 */
const LINGER_MS = 100;

export interface FlightsOptions {
  /** Undefined serves uncached. */
  readonly cache: BlockCache | undefined;
  readonly fetcher: BlockFetcher;
  readonly recent: RecentBlocks;
  readonly backlog: CommitBacklog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds a read may take. */
  readonly deadlineMs: number;
  /** A block came through the Wormhole. */
  readonly fetched: (flight: Flight, delivery: Delivery) => void;
}

export class Flights {
  readonly #options: FlightsOptions;
  readonly #flights = new Map<string, Flight>();
  readonly #lookups: PrioritySlots<Flight>;
  #joins = 0;
  #upgrades = 0;

  constructor(options: FlightsOptions) {
    this.#options = options;
    this.#lookups = new PrioritySlots({
      slots: LOOKUP_SLOTS,
      capacity: LOOKUP_CAPACITY,
      start: (flight) => void this.#fly(flight),
      displaced: (flight) => this.#fail(flight, queueFull(flight.file, flight.block)),
    });
  }

  get size(): number {
    return this.#flights.size;
  }

  get all(): Iterable<Flight> {
    return this.#flights.values();
  }

  /** Times somebody was served by a flight or a buffer that was already there. */
  get joins(): number {
    return this.#joins;
  }

  /** Times a waiter raised a flight's priority. */
  get upgrades(): number {
    return this.#upgrades;
  }

  /** Serves the waiter from memory at once and returns undefined, or makes it wait for the flight it returns. */
  want(file: BlockFile, block: number, waiter: Waiter): Flight | undefined {
    // No await in here: between look-up and registration another reader would start a second flight.
    const key = blockFileName(file.key, block);
    const recent = this.#options.recent.get(key, waiter.priority === 'user');
    if (recent !== undefined) {
      this.#joins += 1;
      waiter.arrived(recent.data, recent.committed);
      return undefined;
    }
    const underWay = this.#flights.get(key);
    if (underWay !== undefined) {
      this.#joins += 1;
      if (underWay.join(waiter)) {
        this.#upgrades += 1;
        this.#lookups.upgrade(underWay, waiter.priority);
        this.#options.backlog.upgraded(underWay);
      }
      return underWay;
    }
    const flight = new Flight(key, file, block, waiter);
    this.#flights.set(key, flight);
    if (!this.#lookups.enter(flight, waiter.priority))
      this.#fail(flight, queueFull(flight.file, flight.block));
    return flight;
  }

  /** The waiter waits no longer; `timedOut` when it has waited in vain. */
  leave(flight: Flight, waiter: Waiter, timedOut: boolean): void {
    const last = flight.leave(waiter);
    if (timedOut) flight.abandonAttempt();
    if (!last) return;
    const end = () =>
      this.#fail(flight, new GhostError('INTERRUPTED', 'nobody waits for the block any more'));
    if (timedOut || !flight.isArriving) end();
    else flight.linger(this.#options.clock.after(LINGER_MS, end));
  }

  /** Ends every flight. */
  failAll(error: GhostError): void {
    for (const flight of this.#flights.values()) this.#fail(flight, error);
  }

  /** From the cache if it is there, else through the Wormhole. Never rejects: it ends the flight one way or the other. */
  async #fly(flight: Flight): Promise<void> {
    const { cache, fetcher } = this.#options;
    const cached = await this.#lookUp(flight);
    this.#lookups.release(flight);
    if (flight.over) return;
    if (cached !== undefined) {
      this.#flights.delete(flight.key);
      flight.land(cached, true);
      return;
    }
    try {
      const mayFetch = cache === undefined || (await this.#room(flight)) !== false;
      if (flight.over) return;
      if (!mayFetch) throw queueFull(flight.file, flight.block);
      const delivery = await fetcher.fetch(flight);
      if (flight.over) delivery.lease.release();
      else this.#arrived(flight, delivery);
    } catch (error) {
      if (!flight.over) this.#fail(flight, error);
    }
  }

  #room(flight: Flight): Promise<boolean> | undefined {
    const { backlog, deadlineMs } = this.#options;
    return backlog.room(flight, lengthOf(flight), deadlineMs);
  }

  async #lookUp(flight: Flight): Promise<Buffer | undefined> {
    const { cache, fetcher, logger } = this.#options;
    const { file, block } = flight;
    try {
      return await cache?.read(file.key, block, lengthOf(flight), () => fetcher.digestOf(flight));
    } catch (error) {
      const details = { artifact: file.id, block, error: messageOf(error) };
      logger.warn('the cache could not be read; the block is fetched instead', details);
      return undefined;
    }
  }

  #arrived(flight: Flight, delivery: Delivery): void {
    const { recent, backlog, fetched } = this.#options;
    const { key, file, block } = flight;
    const { data, lease } = delivery;
    // Kept before the flight is gone, and without an await between: a reader finds the block in one or the other.
    const { committed } = recent.keep({ key, file, block, data, lease, read: flight.priority === 'user' });
    this.#flights.delete(key);
    backlog.withdraw(flight);
    flight.land(data, committed);
    fetched(flight, delivery);
  }

  #fail(flight: Flight, error: unknown): void {
    this.#flights.delete(flight.key);
    this.#lookups.withdraw(flight);
    flight.fail(error);
    this.#options.backlog.withdraw(flight);
  }
}

function lengthOf({ file, block }: Flight): number {
  return blockLength(file.size, file.blockSize, block);
}
