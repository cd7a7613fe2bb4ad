/**
 * The transport scheduler: gives the next block a place on the wire, asks the best source for it, resumes, retries and
 * verifies until it is whole. Invariants: at most `slots` requests at a time, of which (with two or more) one is left to
 * `user` priority, so a person's read never waits behind a full set of background transfers; a back-off holds no slot; a
 * delivered block is complete and has its digest.
 */
import type { Clock } from '../clock.ts';
import type { Priority } from '../entangler/block-reader.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { attempt } from './attempt.ts';
import { Journey } from './journey.ts';
import { Parking } from './parking.ts';
import { defaultRetryPolicy, honouredRetryAfterMs, isRetryable, type RetryPolicy } from './retry.ts';
import type { Source } from './source.ts';
import {
  chooseSource,
  healthAfterFailure,
  healthAfterSuccess,
  HEALTHY,
  type SourceHealth,
} from './source-choice.ts';
import { SourceStates, type SourcesListener } from './source-states.ts';
import { TransferPlaces } from './transfer-places.ts';
import { TransferState, type Asking, type Transfer, type TransferRequest } from './transfer.ts';
import { hasDigest } from './verify.ts';

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
  readonly #health: SourceHealth[];
  readonly #places: TransferPlaces;
  readonly #parking: Parking;
  readonly #states: SourceStates | undefined;
  readonly #transfers = new Set<TransferState>();
  #corrupt = 0;
  #retries = 0;
  #closing: Promise<void> | undefined;

  constructor(options: WormholeOptions) {
    this.#options = options;
    this.#retry = options.retry ?? defaultRetryPolicy;
    this.#health = options.sources.map(() => HEALTHY);
    this.#places = options.places ?? new TransferPlaces();
    this.#parking = new Parking({
      clock: options.clock,
      capacity: this.#places.queueCapacity,
      displaced: (transfer) => transfer.displaced(),
      resume: (transfer) => this.#enter(transfer),
    });
    const { sources, clock, onSources } = options;
    if (onSources !== undefined) this.#states = new SourceStates({ sources, clock, changed: onSources });
  }

  /** Starts or queues the fetch of one block. Failures, a full queue included, come through the promise. */
  submit(request: TransferRequest): Transfer {
    const journey = new Journey(this.#options.sources.length, this.#retry, this.#options.random);
    const transfer = new TransferState(request, journey, {
      start: (begun) => void this.#run(begun),
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
      corrupt: this.#corrupt,
      retries: this.#retries,
    };
  }

  /** A source did not answer a probe; `source` is its position in the ranked list. */
  unanswered(source: number, error: unknown): void {
    this.#states?.unanswered(source, toGhostError(error));
  }

  /** Rejects every transfer with SHUTTING_DOWN and closes the sources. Safe to call twice. */
  close(): Promise<void> {
    this.#states?.close();
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
    const { clock, idleMs = DEFAULT_IDLE_MS } = this.#options;
    const { asking, request } = transfer;
    const label = asking?.label ?? 'the source';
    const error = new GhostError('SOURCE_UNREACHABLE', `${label} was too slow for a reader`);
    if (asking !== undefined) {
      const { source, startedAt } = asking;
      const heard = [...this.#transfers].some((one) => one.asking?.source === source && one.hasHeard);
      this.#states?.late(source, request.object, error, { startedAt, heard });
    }
    transfer.abandonAttempt(clock.now() - idleMs, error);
  }

  /** Ends a transfer in whatever state it is. One on the wire gives its slot back when the request has stopped. */
  #fail(transfer: TransferState, error: GhostError): void {
    if (!this.#transfers.delete(transfer)) return;
    this.#places.line.withdraw(transfer);
    this.#parking.remove(transfer);
    const { code, message, context } = error;
    const where = { ...context, ...transfer.request.context };
    transfer.fail(new GhostError(code, message, { ...where, cause: error }));
  }

  /** Holds a slot from its call to its end, and never through a wait. */
  async #run(transfer: TransferState): Promise<void> {
    let waitMs: number | undefined;
    try {
      waitMs = await this.#travel(transfer);
    } catch (error) {
      this.#fail(transfer, toGhostError(error));
    }
    transfer.asking = undefined;
    // Parked first: freeing the slot starts others, which must find this transfer where it belongs.
    if (waitMs !== undefined && !transfer.settled) this.#parking.park(transfer, waitMs);
    this.#places.line.release(transfer);
  }

  /** Asks source after source; resolves with a time to wait, or undefined when the transfer has settled. */
  async #travel(transfer: TransferState): Promise<number | undefined> {
    while (!transfer.settled) {
      const { clock, sources } = this.#options;
      const choice = chooseSource(this.#health, clock.now(), (index) => transfer.journey.isBarred(index));
      if (choice === undefined) throw noSource();
      const source = sources[choice.index];
      if (source === undefined) throw noSource();
      if (choice.waitMs > 0) return choice.waitMs;
      const asking = {
        source: choice.index,
        label: source.label,
        startedAt: clock.now(),
        received: transfer.block.received,
      };
      transfer.asking = asking;
      try {
        const data = await this.#request(transfer, source, choice.index);
        this.#health[choice.index] = healthAfterSuccess(this.#healthOf(choice.index));
        this.#states?.delivered(choice.index, transfer.request.object);
        this.#transfers.delete(transfer);
        transfer.deliver({ data, source: source.label });
        return undefined;
      } catch (thrown) {
        if (transfer.settled) return undefined;
        const waitMs = this.#failed(transfer, asking, toGhostError(thrown));
        if (waitMs !== undefined) return waitMs;
      }
    }
    return undefined;
  }

  /** One request and its verification: a whole block with the right digest, or a throw. */
  async #request(transfer: TransferState, source: Source, sourceIndex: number): Promise<Buffer<ArrayBuffer>> {
    const { block, journey, request } = transfer;
    // Without a digest nothing would notice that two replicas hold different versions.
    const verified = request.digest !== undefined;
    const mayJoin = verified && journey.mayJoinSources;
    if (!mayJoin && block.hasBytesOfOthers(sourceIndex)) block.restart();
    const { clock, idleMs = DEFAULT_IDLE_MS } = this.#options;
    const { object, offset } = request;
    // Whole already when the source failed after its last byte: then only the digest is left to check.
    if (block.received < block.length) {
      const signal = transfer.beginAttempt(clock.now());
      await attempt({ source, sourceIndex, object, offset, block, verified, signal, clock, idleMs });
    }
    const data = block.complete();
    if (request.digest === undefined || (await hasDigest(data, request.digest))) return data;
    throw new GhostError(
      'BLOCK_CORRUPT',
      `${source.label} sent bytes that do not have the digest in the catalogue; publish again if the file was changed`,
      { source: source.label },
    );
  }

  /** Notes the failure; returns the time to wait, or undefined to go on at once (or not at all, when it was the end). */
  #failed(transfer: TransferState, asking: Asking, error: GhostError): number | undefined {
    const { block, journey, request } = transfer;
    const { source: sourceIndex, startedAt } = asking;
    const { clock, logger } = this.#options;
    const now = clock.now();
    const pauseMs = honouredRetryAfterMs(this.#retry, error.context.retryAfterMs);
    const heard = transfer.hasHeard;
    this.#states?.failed(sourceIndex, request.object, error, { startedAt, heard, pauseMs });
    const where = { ...request.context, ...error.context };
    if (error.code === 'BLOCK_CORRUPT') {
      this.#corrupt += 1;
      logger.warn('a corrupt block was discarded', where);
      this.#options.onCorrupt?.(request);
    } else if (isRetryable(error)) {
      this.#health[sourceIndex] = healthAfterFailure(this.#healthOf(sourceIndex), now, pauseMs);
    }
    const isReady = (source: number) => this.#healthOf(source).pausedUntil <= now;
    const { received, mixed } = block;
    const step = journey.after({ source: sourceIndex, error, received, mixed, isReady });
    // What a source sent of another version, or sent wrong, must not become part of the block.
    if (error.code === 'BLOCK_CORRUPT' || error.code === 'OBJECT_CHANGED') block.restart();
    if (step.kind === 'give-up') {
      this.#fail(transfer, error);
      return undefined;
    }
    this.#retries += 1;
    logger.debug(`fetching a block again: ${error.message}`, where);
    return step.kind === 'wait' ? step.ms : undefined;
  }

  #healthOf(source: number): SourceHealth {
    return this.#health[source] ?? HEALTHY;
  }
}

/** A source may let a platform error through; the network is then the likeliest cause, so it is worth another try. */
function toGhostError(thrown: unknown): GhostError {
  if (thrown instanceof GhostError) return thrown;
  return new GhostError('SOURCE_UNREACHABLE', `the source failed: ${messageOf(thrown)}`, { cause: thrown });
}

function queueFull(): GhostError {
  return new GhostError('QUEUE_FULL', 'too many blocks are waiting to be fetched; try again later');
}

function shuttingDown(): GhostError {
  return new GhostError('SHUTTING_DOWN', 'the mount is being taken away');
}

function noSource(): GhostError {
  return new GhostError(
    'SOURCE_UNREACHABLE',
    'the job names no source to fetch from; name one with --source',
  );
}
