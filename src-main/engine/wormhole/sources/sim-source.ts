/**
 * `sim:`: files that exist nowhere, from a far and slow place of one's choice. Every object exists; its content is
 * sim-content.ts. Invariant: with the same URI and the same order of requests the same transfers fail at the same byte.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { RangeRequest, Source } from '../source.ts';
import { simBytes } from './sim-content.ts';
import { parseSimUri, type SimOptions } from './sim-options.ts';
import type { SourceSettings } from './source-options.ts';
import { RangeTransfers, type RangeTransfer } from './range-transfer.ts';
import { delay } from './waiting.ts';

/** A piece takes about a millisecond to make: long enough to be efficient, short enough not to hold up the loop. */
const MAX_PIECE_BYTES = 1 << 20;
/** Time one piece occupies the simulated link; above a timer's resolution, below what makes transfers take turns coarsely. */
const PIECE_MS = 5;

export class SimSource implements Source {
  readonly label: string;
  readonly #options: SimOptions;
  readonly #clock: Clock;
  readonly #dice: () => number;
  readonly #transfers: RangeTransfers;
  readonly #pieceBytes: number;
  /** When the link has carried everything booked on it, in the clock's milliseconds. */
  #linkFreeAt = 0;

  constructor(uri: string, settings: SourceSettings) {
    this.label = uri;
    this.#options = parseSimUri(uri);
    this.#clock = settings.clock;
    this.#dice = settings.random ?? seededDice(this.#options.seed);
    this.#transfers = new RangeTransfers(this.label);
    const perPiece = ((this.#options.bytesPerSecond ?? Infinity) * PIECE_MS) / 1000;
    this.#pieceBytes = Math.max(1, Math.min(MAX_PIECE_BYTES, Math.floor(perPiece)));
  }

  fetch(request: RangeRequest): Promise<void> {
    return this.#transfers.run(request, (transfer) => this.#move(transfer));
  }

  probe(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.#transfers.close();
  }

  async #move(transfer: RangeTransfer): Promise<void> {
    // Drawn before the first await: the order of requests alone decides who fails.
    const fails = this.#dice() < this.#options.errorRate;
    const end = fails ? Math.floor(this.#dice() * transfer.length) : transfer.length;
    const { latencyMs } = this.#options;
    if (latencyMs > 0) await delay(this.#clock, latencyMs, transfer.signal);
    while (transfer.received < end) {
      const length = Math.min(this.#pieceBytes, end - transfer.received);
      await this.#occupyLink(length, transfer.signal);
      const offset = transfer.offset + transfer.received;
      transfer.deliver(simBytes(this.#options.seed, transfer.object.id, offset, length));
    }
    if (!fails) return;
    throw transfer.failure(
      transfer.received === 0 ? 'SOURCE_UNREACHABLE' : 'BLOCK_TRUNCATED',
      `the simulated connection broke after ${transfer.received} of ${transfer.length} bytes`,
    );
  }

  /** Books the link for so many bytes behind what is booked already, and waits until they have passed. */
  async #occupyLink(bytes: number, signal: AbortSignal): Promise<void> {
    const { bytesPerSecond } = this.#options;
    if (bytesPerSecond === undefined) {
      await nextTurn(undefined, { signal });
      return;
    }
    const now = this.#clock.now();
    this.#linkFreeAt = Math.max(now, this.#linkFreeAt) + (bytes * 1000) / bytesPerSecond;
    await delay(this.#clock, this.#linkFreeAt - now, signal);
  }
}

/** The simulated content read as numbers: no second generator is needed. */
function seededDice(seed: number): () => number {
  let draws = 0;
  return () => {
    draws += 1;
    return simBytes(seed, 'dice', draws * 4, 4).readUInt32LE() / 2 ** 32;
  };
}
