/**
 * Turns "these bytes of this file" into blocks, wherever they are now: in memory, on their way, in the cache, or at a
 * source. Invariant: a read settles exactly once, within its deadline.
 */
import type { BlockCache } from '../cache/block-cache.ts';
import type { Clock } from '../clock.ts';
import { DEFAULT_DEADLINE_MS, MIN_BLOCK_BYTES } from '../config.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Wormhole } from '../wormhole/wormhole.ts';
import type { Delivery, Transfer } from '../wormhole/transfer.ts';
import { CommitBacklog } from './commit-backlog.ts';
import { BlockFetcher } from './block-fetcher.ts';
import { blockSlices } from './block-range.ts';
import type { BlockFile, BlockReader, Priority, ReadRequest } from './block-reader.ts';
import type { FileDescription } from './descriptions.ts';
import type { Flight, Waiter } from './flight.ts';
import { Flights } from './flights.ts';
import { Gathering } from './gathering.ts';
import { RecentBlocks } from './recent-blocks.ts';
import { badBlock, badRange, shuttingDown } from './refusals.ts';

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
  /** Shared with the Entanglers of other mounts; its own unless given. */
  readonly backlog?: CommitBacklog;
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
  readonly #flights: Flights;
  readonly #listeners = new Set<(fetched: FetchedBlock) => void>();
  #blocksFetched = 0;
  #bytesFetched = 0;
  #closing: Promise<void> | undefined;

  constructor(options: EntanglerOptions) {
    const { cache, wormhole, describe, clock, logger, job } = options;
    const backlog = options.backlog ?? new CommitBacklog({ clock });
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
    this.#recent = new RecentBlocks(cache, logger, backlog);
    this.#flights = new Flights({
      cache,
      fetcher: new BlockFetcher({ wormhole, describe, job }),
      recent: this.#recent,
      backlog,
      clock,
      logger,
      deadlineMs: this.#deadlineMs,
      fetched: (flight, delivery) => this.#fetched(flight, delivery),
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
      const flight = this.#flights.want(file, slice.block, waiter);
      if (flight === undefined) continue;
      gathering.onEnd(() => this.#flights.leave(flight, waiter, gathering.timedOut));
    }
    gathering.limit(signal, this.#options.clock, this.#deadlineMs);
    return gathering.promise;
  }

  /**
   * Brings a block into the cache without anybody waiting for it: true when it is there, false when that did not come
   * about. Never rejects. The block may take as long as a read, and longer only while it gets on as a read's smallest block
   * would: where the link is slow, giving up half a block would fetch it twice. The disk gets as long again. What is
   * brought for later stands in line as long as others go before it: that is no failure.
   */
  prefetch(file: BlockFile, block: number, priority: Priority): Promise<boolean> {
    const refusal = badBlock(file, block);
    if (refusal !== undefined) throw refusal;
    if (this.#closing !== undefined) return Promise.resolve(false);
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let cancelDeadline: (() => void) | undefined;
    const settle = (cached: boolean) => {
      cancelDeadline?.();
      resolve(cached);
    };
    const waiter: Waiter = {
      priority,
      arrived: (_data, committed) => {
        cancelDeadline?.();
        if (committed === true) {
          resolve(true);
          return;
        }
        cancelDeadline = clock.after(this.#deadlineMs, () => resolve(false));
        void committed.then(settle);
      },
      failed: () => settle(false),
    };
    const flight = this.#flights.want(file, block, waiter);
    if (flight === undefined || flight.over) return promise;
    const limit = (before: number, ms: number) => {
      cancelDeadline = clock.after(ms, () => {
        const { received, transfer } = flight;
        const left = isForLater(priority) ? this.#leftOf(transfer) : 0;
        if (received - before >= MIN_BLOCK_BYTES || left > 0) {
          limit(received, left > 0 ? left : this.#deadlineMs);
          return;
        }
        this.#flights.leave(flight, waiter, true);
        resolve(false);
      });
    };
    limit(0, this.#deadlineMs);
    return promise;
  }

  /** How much of a deadline is left that begins with a place of its own. Milliseconds. */
  #leftOf(transfer: Transfer | undefined): number {
    const { clock } = this.#options;
    if (transfer === undefined) return 0;
    return (transfer.startedAt ?? clock.now()) + this.#deadlineMs - clock.now();
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
    return this.#flights.all;
  }

  stats(): EntanglerStats {
    let waiters = 0;
    for (const flight of this.#flights.all) waiters += flight.waiters;
    return {
      flights: this.#flights.size,
      waiters,
      blocksFetched: this.#blocksFetched,
      bytesFetched: this.#bytesFetched,
      joins: this.#flights.joins,
      upgrades: this.#flights.upgrades,
      corrupt: this.#options.wormhole.stats().corrupt,
      uncommittedBytes: this.#recent.committingBytes,
      commitFailures: this.#recent.failures,
      commitsSkipped: this.#recent.skipped,
    };
  }

  /** Rejects every read with SHUTTING_DOWN, cancels every fetch, resolves when the commits under way are done. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    this.#closing = this.#recent.close();
    this.#flights.failAll(shuttingDown());
    return this.#closing;
  }

  #fetched({ file, block }: Flight, { data, source }: Delivery): void {
    this.#blocksFetched += 1;
    this.#bytesFetched += data.length;
    for (const listener of this.#listeners) {
      try {
        listener({ file, block, source, bytes: data.length });
      } catch (error) {
        this.#options.logger.error('a listener for fetched blocks failed', { error: messageOf(error) });
      }
    }
  }
}

/** Unlike a prefetch for somebody who reads now, and may soon read elsewhere. */
function isForLater(priority: Priority): boolean {
  return priority === 'warm' || priority === 'background';
}
