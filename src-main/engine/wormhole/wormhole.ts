/**
 * The transport scheduler: gives the next block a place on the wire and its memory, and sends it on its way (travel.ts).
 * Invariants: at most `slots` requests at a time, of which (with two or more) one is left to `user` priority, so a person's
 * read never waits behind a full set of background transfers; a back-off holds no slot.
 */
import type { Clock } from '../clock.ts';
import type { Priority } from '../entangler/block-reader.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Doubts } from './doubts.ts';
import { Journey } from './journey.ts';
import { Parking } from './parking.ts';
import { defaultRetryPolicy, type RetryPolicy } from './retry.ts';
import type { Source } from './source.ts';
import { SourceStates, type SourcesListener } from './source-states.ts';
import { TransferPlaces } from './transfer-places.ts';
import { TransferState, type Transfer, type TransferRequest } from './transfer.ts';
import { noSource, toGhostError, Travel } from './travel.ts';

/** Time without progress after which a source counts as dead, milliseconds; leaves a reader's 30 s time for another source. */
const DEFAULT_IDLE_MS = 10_000;

export interface WormholeOptions {
  /** Best first. The Wormhole closes them. */
  readonly sources: readonly Source[];
  readonly clock: Clock;
  /** Uniform in [0, 1), for jitter. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Shared with the Wormholes of other mounts; its own unless given. */
  readonly places?: TransferPlaces;
  readonly retry?: RetryPolicy;
  /** Milliseconds without a byte, or with hardly any, after which a request is given up. */
  readonly idleMs?: number;
  /** Hears of every block thrown away because its digest was wrong. */
  readonly onCorrupt?: (request: TransferRequest) => void;
  /** Hears when the sources, together, are away, refuse the credentials or answer again; reachable until then. */
  readonly onSources?: SourcesListener;
}

export interface WormholeStats {
  /** In line and in places, those of every Wormhole that shares them. */
  readonly waiting: number;
  readonly running: number;
  readonly backingOff: number;
  /** Blocks thrown away because their digest was wrong. */
  readonly corrupt: number;
  /** Requests made again after a failure. */
  readonly retries: number;
}

export class Wormhole {
  readonly #options: WormholeOptions;
  readonly #retry: RetryPolicy;
  readonly #travel: Travel;
  readonly #idleMs: number;
  readonly #places: TransferPlaces;
  readonly #parking: Parking;
  readonly #states: SourceStates | undefined;
  readonly #doubts: Doubts;
  readonly #probing = new AbortController();
  readonly #transfers = new Set<TransferState>();
  #closing: Promise<void> | undefined;

  constructor(options: WormholeOptions) {
    this.#options = options;
    this.#retry = options.retry ?? defaultRetryPolicy;
    this.#idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
    this.#places = options.places ?? new TransferPlaces();
    this.#parking = new Parking({
      clock: options.clock,
      capacity: this.#places.queueCapacity,
      displaced: (transfer) => transfer.displaced(),
      resume: (transfer) => this.#enter(transfer),
    });
    const { sources, clock, logger, onSources, onCorrupt } = options;
    this.#doubts = new Doubts(clock);
    if (onSources !== undefined) this.#states = new SourceStates({ sources, clock, changed: onSources });
    this.#travel = new Travel({
      sources,
      clock,
      logger,
      retry: this.#retry,
      idleMs: this.#idleMs,
      states: this.#states,
      onCorrupt,
    });
  }

  /** Starts or queues the fetch of one block. Failures, a full queue included, come through the promise. */
  submit(request: TransferRequest): Transfer {
    const journey = new Journey(this.#options.sources.length, this.#retry, this.#options.random);
    const transfer = new TransferState(request, journey, {
      start: (begun) => {
        begun.startedAt ??= this.#options.clock.now();
        void this.#run(begun);
      },
      displaced: (displaced) => this.#fail(displaced, queueFull()),
    });
    const submittedAt = this.#options.clock.now();
    this.#transfers.add(transfer);
    if (this.#closing !== undefined) this.#fail(transfer, shuttingDown());
    else if (this.#options.sources.length === 0) this.#fail(transfer, noSource());
    else this.#enter(transfer);
    return {
      promise: transfer.promise,
      submittedAt,
      get startedAt() {
        return transfer.startedAt;
      },
      get received() {
        return transfer.block.received;
      },
      get source() {
        return transfer.asking?.label;
      },
      abandonAttempt: () => this.#abandonAttempt(transfer),
      upgrade: (priority) => this.#upgrade(transfer, priority),
      cancel: () =>
        this.#fail(transfer, new GhostError('INTERRUPTED', 'the fetch of the block was cancelled')),
    };
  }

  stats(): WormholeStats {
    return {
      waiting: this.#places.line.waiting,
      running: this.#places.line.running,
      backingOff: this.#parking.size,
      corrupt: this.#travel.corrupt,
      retries: this.#travel.retries,
    };
  }

  /** Asks each source whether it is there. One that is not is told and nothing more: what is cached can be read. */
  probe(): void {
    const { sources, logger } = this.#options;
    for (const [index, source] of sources.entries()) {
      source.probe(this.#probing.signal).catch((error: unknown) => {
        if (this.#closing !== undefined) return;
        logger.warn(`${messageOf(error)} Blocks that are cached can be read; others fail until it is back.`);
        this.#states?.unanswered(index, toGhostError(error));
      });
    }
  }

  /**
   * The machine was asleep or has another network: new connections from now on, another look at the sources, and a moment for
   * what is under way to show that it gets anywhere.
   */
  renew(): void {
    for (const source of this.#options.sources) source.renew?.();
    this.#travel.renewed();
    this.#states?.lookAgain();
    this.#doubts.doubt(this.#transfers);
  }

  /** Rejects every transfer with SHUTTING_DOWN and closes the sources. Safe to call twice. */
  close(): Promise<void> {
    this.#states?.close();
    this.#doubts.close();
    this.#probing.abort();
    this.#closing ??= Promise.all(this.#options.sources.map((source) => source.close())).then(() => {});
    for (const transfer of this.#transfers) this.#fail(transfer, shuttingDown());
    return this.#closing;
  }

  #enter(transfer: TransferState): void {
    if (!this.#places.line.enter(transfer, transfer.priority)) this.#fail(transfer, queueFull());
  }

  #upgrade(transfer: TransferState, priority: Priority): void {
    if (transfer.settled) return;
    transfer.raise(priority);
    this.#places.line.upgrade(transfer, priority);
    this.#parking.upgrade(transfer);
  }

  /** Spares a request that has not had its time: several readers give up one after the other. */
  #abandonAttempt(transfer: TransferState): void {
    const { clock } = this.#options;
    const { asking, request } = transfer;
    const label = asking?.label ?? 'the source';
    const error = new GhostError('SOURCE_UNREACHABLE', `${label} was too slow for a reader`);
    if (asking !== undefined) {
      const { source, startedAt } = asking;
      const heard = [...this.#transfers].some((one) => one.asking?.source === source && one.hasHeard);
      this.#states?.late(source, request.object, error, { startedAt, heard });
    }
    transfer.abandonAttempt(clock.now() - this.#idleMs, error);
  }

  /** Ends a transfer in whatever state it is. One on the wire gives its slot back when the request has stopped. */
  #fail(transfer: TransferState, error: GhostError): void {
    if (!this.#transfers.delete(transfer)) return;
    this.#places.line.withdraw(transfer);
    this.#parking.remove(transfer);
    // While it runs its buffer is in use; its slot gives the memory back.
    if (!this.#places.line.isRunning(transfer)) transfer.releaseMemory();
    const { code, message, context } = error;
    const where = { ...context, ...transfer.request.context };
    transfer.fail(new GhostError(code, message, { ...where, cause: error }));
  }

  /** Holds a slot from its call to its end, and never through a wait. */
  async #run(transfer: TransferState): Promise<void> {
    let waitMs: number | undefined;
    try {
      const arrival = await this.#travel.go(transfer);
      if (arrival?.kind === 'wait') waitMs = arrival.ms;
      else if (arrival !== undefined) {
        this.#transfers.delete(transfer);
        transfer.deliver(arrival.delivery);
      }
    } catch (error) {
      this.#fail(transfer, toGhostError(error));
    }
    transfer.asking = undefined;
    // Parked first: freeing the slot starts others, which must find this transfer where it belongs.
    if (waitMs !== undefined && !transfer.settled) this.#parking.park(transfer, waitMs);
    if (transfer.settled) transfer.releaseMemory();
    this.#places.line.release(transfer);
  }
}

function queueFull(): GhostError {
  return new GhostError('QUEUE_FULL', 'too many blocks are waiting to be fetched; try again later');
}

function shuttingDown(): GhostError {
  return new GhostError('SHUTTING_DOWN', 'the mount is being taken away');
}
