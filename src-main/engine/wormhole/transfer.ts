/**
 * One block on its way, from `submit` to its end, and what its owner may do to it meanwhile. Invariant: the promise settles
 * once, and after that the transfer is in no line, on no wire and in no back-off.
 */
import type { Priority } from '../entangler/block-reader.ts';
import { isHigher } from '../entangler/priority-queue.ts';
import { GhostError, type GhostErrorContext } from '../errors.ts';
import type { ExpectedDigest } from '../verify.ts';
import { BlockBuffer } from './block-buffer.ts';
import type { Lease } from './block-memory.ts';
import type { Journey } from './journey.ts';
import type { SourceObject } from './source.ts';
import type { PlaceTaker } from './transfer-places.ts';

export interface TransferRequest {
  readonly object: SourceObject;
  /** First byte of the block in the object. */
  readonly offset: number;
  /** Bytes, at least 1. */
  readonly length: number;
  /** Undefined when the catalogue has none. */
  readonly digest: ExpectedDigest | undefined;
  readonly priority: Priority;
  /** Where the block belongs; added to every error. */
  readonly context: GhostErrorContext;
}

export interface Delivery {
  /** The whole block, verified where a digest was given. Never written again. */
  readonly data: Buffer<ArrayBuffer>;
  /** Label of the source that sent its last byte. */
  readonly source: string;
  /** The memory of the block: whoever gets it gives it back. */
  readonly lease: Lease;
}

/** What the owner of a transfer holds. */
export interface Transfer {
  readonly promise: Promise<Delivery>;
  /** Bytes of the block that have come; less than before when they had to be thrown away. */
  readonly received: number;
  /** Label of the source that is being asked; undefined in line and in a back-off. */
  readonly source: string | undefined;
  /** When it was submitted, by the Wormhole's clock. */
  readonly submittedAt: number;
  /** When it got a place for the first time; undefined while others, more urgent or earlier, go before it. */
  readonly startedAt: number | undefined;
  /** Raises the priority in whatever state it is; a lower one changes nothing. */
  upgrade(priority: Priority): void;
  /**
   * A reader has waited in vain: gives up the request under way, unless that is a young one, and goes on with another
   * source or, where there is none, with a new request for what is missing.
   */
  abandonAttempt(): void;
  /** Ends it with INTERRUPTED and frees what it holds; nothing once it has settled. */
  cancel(): void;
}

/** A request of a transfer to a source. */
export interface Asking {
  /** Position of the source in the ranked list. */
  readonly source: number;
  readonly label: string;
  /** By the Wormhole's clock. */
  readonly startedAt: number;
  /** Bytes of the block that were there when it began. */
  readonly received: number;
}

/** What its Wormhole does when a transfer gets or loses a place. */
export interface TransferOwner {
  start(transfer: TransferState): void;
  displaced(transfer: TransferState): void;
}

/** The scheduler's side of a transfer: plain state, moved by the Wormhole alone. */
export class TransferState implements PlaceTaker {
  readonly request: TransferRequest;
  readonly journey: Journey;
  readonly block: BlockBuffer;
  readonly promise: Promise<Delivery>;
  readonly #owner: TransferOwner;
  /** The request under way, or the latest. */
  #wire = new AbortController();
  #attemptedAt = 0;
  /** What the request under way was ended with, to be made anew. */
  #renewal: GhostError | undefined;
  /** Cancels the timer of the back-off it is in; undefined outside one. */
  cancelWake: (() => void) | undefined;
  /** The request under way. */
  asking: Asking | undefined;
  /** When it got a place for the first time. */
  startedAt: number | undefined;
  lease: Lease | undefined;
  #priority: Priority;
  #settled = false;
  readonly #resolve: (delivery: Delivery) => void;
  readonly #reject: (error: GhostError) => void;

  constructor(request: TransferRequest, journey: Journey, owner: TransferOwner) {
    this.#owner = owner;
    this.request = request;
    this.journey = journey;
    this.block = new BlockBuffer(request.length);
    this.#priority = request.priority;
    const { promise, resolve, reject } = Promise.withResolvers<Delivery>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get length(): number {
    return this.request.length;
  }

  get priority(): Priority {
    return this.#priority;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Whether the request under way has brought anything. */
  get hasHeard(): boolean {
    return this.asking !== undefined && this.block.received > this.asking.received;
  }

  /** Begins a request. Its signal is aborted when the transfer fails or is cancelled, or the request is abandoned. */
  beginAttempt(now: number): AbortSignal {
    this.#attemptedAt = now;
    this.#wire = new AbortController();
    return this.#wire.signal;
  }

  /** Takes a request begun at `until` or before off the wire; nothing when none is under way. */
  abandonAttempt(until: number, error: GhostError): void {
    if (this.#attemptedAt <= until) this.#wire.abort(error);
  }

  /** Makes the request under way anew; nothing when none is on the wire. */
  renewAttempt(): void {
    this.#renewal = new GhostError('SOURCE_UNREACHABLE', 'the connection seems to be dead');
    this.#wire.abort(this.#renewal);
  }

  /** Whether this is how a request ended that is to be made anew. */
  isRenewal(thrown: unknown): boolean {
    return thrown !== undefined && thrown === this.#renewal;
  }

  start(): void {
    this.#owner.start(this);
  }

  displaced(): void {
    this.#owner.displaced(this);
  }

  raise(priority: Priority): void {
    if (isHigher(priority, this.#priority)) this.#priority = priority;
  }

  /** While it is not on the wire: what it has of the block may be dropped when others need the room. */
  lendMemory(): void {
    if (this.block.held === 0) this.releaseMemory();
    this.lease?.lend(() => {
      this.lease = undefined;
      this.block.restart();
    });
  }

  /** Nothing of the block is needed any more. */
  releaseMemory(): void {
    const { lease } = this;
    this.lease = undefined;
    lease?.release();
  }

  /** Hands the block and its memory over; nothing when nobody wants it any more. */
  deliver(delivery: Omit<Delivery, 'lease'>): void {
    const { lease } = this;
    if (this.#settled || lease === undefined) return;
    this.#settled = true;
    this.lease = undefined;
    this.#resolve({ ...delivery, lease });
  }

  fail(error: GhostError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#wire.abort(error);
    this.#reject(error);
  }
}
