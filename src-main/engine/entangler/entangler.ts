/**
 * Turns "these bytes of this file" into blocks, wherever they are now: in memory, on their way, in the cache, or at a
 * source. Invariants: never two flights for one block; a read settles exactly once, within its deadline; a failed or slow
 * cache never fails a read.
 */
import { blockFileName } from '../cache/artifact-key.ts';
import type { BlockCache } from '../cache/block-cache.ts';
import type { Clock } from '../clock.ts';
import { DEFAULT_DEADLINE_MS, MIN_BLOCK_BYTES } from '../config.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Wormhole } from '../wormhole/wormhole.ts';
import type { Delivery, Transfer } from '../wormhole/transfer.ts';
import { CommitBacklog } from './commit-backlog.ts';
import { BlockFetcher } from './block-fetcher.ts';
import { blockLength, blockSlices } from './block-range.ts';
import type { BlockFile, BlockReader, Priority, ReadRequest } from './block-reader.ts';
import type { FileDescription } from './descriptions.ts';
import { Flight, type Waiter } from './flight.ts';
import { Gathering } from './gathering.ts';
import { PrioritySlots } from './priority-slots.ts';
import { RecentBlocks } from './recent-blocks.ts';
import { badBlock, badRange, queueFull, shuttingDown } from './refusals.ts';

/** A second of a gigabit link's blocks twice over; far below what a desktop can spare. */
const DEFAULT_MAX_UNCOMMITTED_BYTES = 256 * 1024 * 1024;
/** Look-ups at once: more than the thread pool serves, few enough that hits of 16 MiB do not fill the memory. */
const LOOKUP_SLOTS = 8;
/** Look-ups that may wait; as many as blocks may wait for the network. */
const LOOKUP_CAPACITY = 4096;

export interface EntanglerOptions {
  /** Undefined serves uncached. */
  readonly cache: BlockCache | undefined;
  readonly wormhole: Wormhole;
  /** Where a file is at its sources, and its digests. */
  readonly describe: (file: BlockFile) => Promise<FileDescription>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds a read may take. */
  readonly deadlineMs?: number;
  /** Bytes of blocks that may wait in memory for their commit. */
  readonly maxUncommittedBytes?: number;
  /** Job number, for errors. */
  readonly job?: number;
}

/** A block that came through the Wormhole. */
export interface FetchedBlock {
  readonly file: BlockFile;
  readonly block: number;
  /** Label of the source. */
  readonly source: string;
  readonly bytes: number;
}

/** A block on its way, as it is at the moment of asking. */
export interface BlockUnderWay {
  readonly file: BlockFile;
  readonly block: number;
  readonly priority: Priority;
  /** Undefined while it is looked for in the cache or held back by the cache's disk. */
  readonly transfer: Pick<Transfer, 'received' | 'source' | 'submittedAt'> | undefined;
}

export interface EntanglerStats {
  /** Blocks on their way now, look-ups in the cache included. */
  readonly flights: number;
  /** Reads and prefetches that wait for them, counted per block. */
  readonly waiters: number;
  readonly blocksFetched: number;
  readonly bytesFetched: number;
  /** Times somebody was served by a flight or a buffer that was already there. */
  readonly joins: number;
  /** Times a waiter raised a flight's priority. */
  readonly upgrades: number;
  /** Blocks thrown away because their digest was wrong. */
  readonly corrupt: number;
  readonly uncommittedBytes: number;
  readonly commitFailures: number;
  readonly commitsSkipped: number;
}

export class Entangler implements BlockReader {
  readonly #options: EntanglerOptions;
  readonly #deadlineMs: number;
  readonly #recent: RecentBlocks;
  readonly #backlog: CommitBacklog;
  readonly #fetcher: BlockFetcher;
  readonly #flights = new Map<string, Flight>();
  readonly #lookups: PrioritySlots<Flight>;
  readonly #listeners = new Set<(fetched: FetchedBlock) => void>();
  #blocksFetched = 0;
  #bytesFetched = 0;
  #joins = 0;
  #upgrades = 0;
  #closing: Promise<void> | undefined;

  constructor(options: EntanglerOptions) {
    const { cache, logger, maxUncommittedBytes = DEFAULT_MAX_UNCOMMITTED_BYTES } = options;
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
    this.#recent = new RecentBlocks(cache, logger, {
      maxCommittingBytes: maxUncommittedBytes,
      released: () => this.#backlog.committed(),
    });
    this.#backlog = new CommitBacklog(options.clock, () => this.#recent.committingBytes);
    this.#fetcher = new BlockFetcher({
      wormhole: options.wormhole,
      describe: options.describe,
      job: options.job,
    });
    this.#lookups = new PrioritySlots({
      slots: LOOKUP_SLOTS,
      capacity: LOOKUP_CAPACITY,
      start: (flight) => void this.#fly(flight),
      displaced: (flight) => this.#fail(flight, queueFull(flight.file, flight.block)),
    });
  }

  read({ file, offset, length, priority, signal }: ReadRequest): Promise<readonly Uint8Array[]> {
    if (this.#closing !== undefined) return Promise.reject(shuttingDown());
    if (signal.aborted)
      return Promise.reject(new GhostError('INTERRUPTED', 'the reader had stopped waiting'));
    const refusal = badRange(file, offset, length);
    if (refusal !== undefined) return Promise.reject(refusal);

    const slices = blockSlices(offset, length, file.blockSize);
    const gathering = new Gathering(slices.length);
    for (const [index, slice] of slices.entries()) {
      // A block that could not even be queued has failed the read already.
      if (gathering.over) break;
      const waiter = gathering.waiter(index, slice, priority);
      const flight = this.#want(file, slice.block, waiter);
      if (flight !== undefined) gathering.onEnd(() => this.#leave(flight, waiter, gathering.timedOut));
    }
    gathering.limit(signal, this.#options.clock, this.#deadlineMs);
    return gathering.promise;
  }

  /**
   * Brings a block into the cache without anybody waiting for it: true when it is there, false when that did not come
   * about. Never rejects. It may take as long as a read, and longer only while it gets on as a read's smallest block would:
   * where the link is slow, giving up half a block would fetch it twice.
   */
  prefetch(file: BlockFile, block: number, priority: Priority): Promise<boolean> {
    const refusal = badBlock(file, block);
    if (refusal !== undefined) throw refusal;
    if (this.#closing !== undefined) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let cancelDeadline: (() => void) | undefined;
    const settle = (cached: boolean | Promise<boolean>) => {
      cancelDeadline?.();
      resolve(cached);
    };
    const waiter: Waiter = {
      priority,
      arrived: () => settle(this.#recent.get(blockFileName(file.key, block), false)?.committed ?? true),
      failed: () => settle(false),
    };
    const flight = this.#want(file, block, waiter);
    if (flight === undefined || flight.over) return promise;
    const limit = (before: number) => {
      cancelDeadline = this.#options.clock.after(this.#deadlineMs, () => {
        const { received } = flight;
        if (received - before >= MIN_BLOCK_BYTES) {
          limit(received);
          return;
        }
        this.#leave(flight, waiter, true);
        resolve(false);
      });
    };
    limit(0);
    return promise;
  }

  /** Calls `listener` for every block that comes through the Wormhole; the returned function ends that. */
  onFetched(listener: (fetched: FetchedBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** What is on its way now; an iterator, because there may be thousands. */
  underWay(): Iterable<BlockUnderWay> {
    return this.#flights.values();
  }

  stats(): EntanglerStats {
    let waiters = 0;
    for (const flight of this.#flights.values()) waiters += flight.waiters;
    return {
      flights: this.#flights.size,
      waiters,
      blocksFetched: this.#blocksFetched,
      bytesFetched: this.#bytesFetched,
      joins: this.#joins,
      upgrades: this.#upgrades,
      corrupt: this.#options.wormhole.stats().corrupt,
      uncommittedBytes: this.#recent.committingBytes,
      commitFailures: this.#recent.failures,
      commitsSkipped: this.#recent.skipped,
    };
  }

  /** Rejects every read with SHUTTING_DOWN, cancels every fetch, resolves when the commits under way are done. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    this.#closing = this.#recent.settled();
    for (const flight of this.#flights.values()) this.#fail(flight, shuttingDown());
    return this.#closing;
  }

  /** Serves the waiter from memory at once and returns undefined, or makes it wait for the flight it returns. */
  #want(file: BlockFile, block: number, waiter: Waiter): Flight | undefined {
    // No await in here: between look-up and registration another reader would start a second flight.
    const key = blockFileName(file.key, block);
    const recent = this.#recent.get(key, waiter.priority === 'user');
    if (recent !== undefined) {
      this.#joins += 1;
      waiter.arrived(recent.data);
      return undefined;
    }
    const underWay = this.#flights.get(key);
    if (underWay !== undefined) {
      this.#joins += 1;
      if (underWay.join(waiter)) {
        this.#upgrades += 1;
        this.#lookups.upgrade(underWay, waiter.priority);
      }
      return underWay;
    }
    const flight = new Flight(key, file, block, waiter);
    this.#flights.set(key, flight);
    if (!this.#lookups.enter(flight, waiter.priority))
      this.#fail(flight, queueFull(flight.file, flight.block));
    return flight;
  }

  /** From the cache if it is there, else through the Wormhole. Never rejects: it ends the flight one way or the other. */
  async #fly(flight: Flight): Promise<void> {
    const cached = await this.#lookUp(flight);
    this.#lookups.release(flight);
    if (flight.over) return;
    if (cached !== undefined) {
      this.#flights.delete(flight.key);
      flight.land(cached);
      return;
    }
    try {
      await this.#backlog.room(flight);
      if (flight.over) return;
      const delivery = await this.#fetcher.fetch(flight);
      if (!flight.over) this.#fetched(flight, delivery);
    } catch (error) {
      if (!flight.over) this.#fail(flight, error);
    }
  }

  async #lookUp({ file, block }: Flight): Promise<Buffer | undefined> {
    try {
      return await this.#options.cache?.read(file.key, block, blockLength(file.size, file.blockSize, block));
    } catch (error) {
      const details = { artifact: file.id, block, error: messageOf(error) };
      this.#options.logger.warn('the cache could not be read; the block is fetched instead', details);
      return undefined;
    }
  }

  #fetched(flight: Flight, { data, source }: Delivery): void {
    const { key, file, block } = flight;
    this.#blocksFetched += 1;
    this.#bytesFetched += data.length;
    // Kept before the flight is gone, and without an await between: a reader finds the block in one or the other.
    this.#recent.keep({ key, file, block, data, read: flight.priority === 'user' });
    this.#flights.delete(key);
    flight.land(data);
    for (const listener of this.#listeners) {
      try {
        listener({ file, block, source, bytes: data.length });
      } catch (error) {
        this.#options.logger.error('a listener for fetched blocks failed', { error: messageOf(error) });
      }
    }
  }

  #leave(flight: Flight, waiter: Waiter, timedOut: boolean): void {
    const last = flight.leave(waiter);
    if (timedOut) flight.abandonAttempt();
    if (last) this.#fail(flight, new GhostError('INTERRUPTED', 'nobody waits for the block any more'));
  }

  #fail(flight: Flight, error: unknown): void {
    this.#flights.delete(flight.key);
    this.#lookups.withdraw(flight);
    flight.fail(error);
    this.#backlog.withdraw(flight);
    // It may have been let go in a commit's place that it does not need now.
    this.#backlog.committed();
  }
}
