/**
 * What every source does around the moving of bytes: counts them, links the reader's abort with the source's close, and
 * words failures. Invariant: no byte beyond the range and none after the end reaches a sink, and success means exactly
 * `length` bytes.
 */
import type { Priority } from '../../entangler/block-reader.ts';
import { GhostError, type GhostErrorCode } from '../../errors.ts';
import type { RangeRequest, SourceObject } from '../source.ts';

/** One range on its way, as a driver sees it. */
export interface RangeTransfer {
  readonly object: SourceObject;
  readonly offset: number;
  readonly length: number;
  /** Aborts when the reader gives up or the source closes; its reason is the error to settle with. */
  readonly signal: AbortSignal;
  /** Whether a digest will prove the bytes. */
  readonly verified: boolean;
  /** Who goes first where requests are counted out; asked anew each time, for it may be raised. */
  readonly priority: () => Priority;
  /** Bytes delivered so far. */
  readonly received: number;
  /** Says that the request begins, or ends, to wait on our side. */
  queued(queued: boolean): void;
  deliver(chunk: Uint8Array): void;
  /** A failure of this transfer; `reason` completes "Reading X from Y failed: ...". */
  failure(code: GhostErrorCode, reason: string, details?: FailureDetails): GhostError;
}

interface FailureDetails {
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
  readonly isDoubtful?: boolean;
}

class CountedTransfer implements RangeTransfer {
  readonly object: SourceObject;
  readonly offset: number;
  readonly length: number;
  readonly signal: AbortSignal;
  readonly verified: boolean;
  readonly priority: () => Priority;
  received = 0;
  readonly #request: RangeRequest;
  readonly #label: string;

  constructor(request: RangeRequest, signal: AbortSignal, label: string) {
    this.object = request.object;
    this.offset = request.offset;
    this.length = request.length;
    this.signal = signal;
    this.verified = request.verified ?? false;
    this.priority = request.priority ?? (() => 'background');
    this.#request = request;
    this.#label = label;
  }

  deliver(chunk: Uint8Array): void {
    this.signal.throwIfAborted();
    if (chunk.length === 0) return;
    if (this.received + chunk.length > this.length) {
      throw this.failure(
        'INTERNAL',
        `${chunk.length} bytes after ${this.received} exceed the range of ${this.length}`,
      );
    }
    this.received += chunk.length;
    this.#request.sink(chunk);
  }

  queued(queued: boolean): void {
    this.#request.onQueued?.(queued);
  }

  failure(code: GhostErrorCode, reason: string, details: FailureDetails = {}): GhostError {
    return new GhostError(
      code,
      `Reading "${this.object.path.join('/')}" from ${this.#label} failed: ${reason}.`,
      {
        artifact: this.object.id,
        source: this.#label,
        ...details,
      },
    );
  }
}

/** The running transfers of one source. */
export class RangeTransfers {
  readonly #label: string;
  readonly #running = new Map<AbortController, Promise<void>>();
  #closed = false;

  constructor(label: string) {
    this.#label = label;
  }

  /** Runs `move` for a request; an empty range moves nothing. */
  async run(request: RangeRequest, move: (transfer: RangeTransfer) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    const transfer = new CountedTransfer(request, controller.signal, this.#label);
    if (this.#closed) throw closing(transfer);
    if (!isRange(request)) {
      const { offset, length, object } = request;
      throw transfer.failure(
        'ARGUMENT_INVALID',
        `bytes ${offset} to ${offset + length} are not inside a file of ${object.size} bytes`,
      );
    }
    if (request.signal.aborted) throw interruption(transfer, request.signal.reason);
    if (request.length === 0) return;

    const interrupt = (): void => controller.abort(interruption(transfer, request.signal.reason));
    request.signal.addEventListener('abort', interrupt, { once: true });
    const settled = this.#settle(transfer, move).finally(() => {
      request.signal.removeEventListener('abort', interrupt);
      this.#running.delete(controller);
    });
    this.#running.set(controller, settled);
    await settled;
  }

  /** Ends every running transfer with SHUTTING_DOWN and refuses later ones. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running.values()];
    for (const controller of this.#running.keys()) {
      controller.abort(new GhostError('SHUTTING_DOWN', `The source ${this.#label} was closed.`));
    }
    await Promise.allSettled(running);
  }

  async #settle(transfer: RangeTransfer, move: (transfer: RangeTransfer) => Promise<void>): Promise<void> {
    try {
      await move(transfer);
    } catch (error) {
      throw transfer.signal.aborted ? transfer.signal.reason : error;
    }
    if (transfer.received === transfer.length) return;
    throw transfer.failure(
      'BLOCK_TRUNCATED',
      `only ${transfer.received} of ${transfer.length} bytes came from offset ${transfer.offset}`,
    );
  }
}

function isRange({ offset, length, object }: RangeRequest): boolean {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= object.size
  );
}

function interruption(transfer: RangeTransfer, cause: unknown): GhostError {
  return transfer.failure('INTERRUPTED', 'nobody waits for it any more', { cause });
}

function closing(transfer: RangeTransfer): GhostError {
  return transfer.failure('SHUTTING_DOWN', 'the source is closed');
}
