/**
 * Remembers that the cache's disk fails, so that a full disk is tried now and then rather than once per block.
 * Invariant: one log line when trouble begins and one when it ends, however many blocks fail in between.
 */
import type { Clock } from '../clock.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { sizeText } from '../size-text.ts';
import type { BlockName } from './cache-layout.ts';

/** Long enough that a dead disk costs nothing, short enough that freed space is used while a person still watches. */
const BACK_OFF_MS = 5_000;

export class CacheHealth {
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #trouble: string | undefined;
  #retryAt = 0;

  constructor(directory: string, { logger, clock }: { readonly logger: Logger; readonly clock: Clock }) {
    this.#directory = directory;
    this.#logger = logger;
    this.#clock = clock;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Throws CACHE_UNAVAILABLE until the back-off is over; then lets one attempt through and starts the next back-off. */
  refuseDuringBackOff(): void {
    if (this.#trouble === undefined) return;
    if (this.#clock.now() < this.#retryAt) throw new GhostError('CACHE_UNAVAILABLE', this.#trouble);
    this.#retryAt = this.#clock.now() + BACK_OFF_MS;
  }

  failed(cause: unknown): void {
    const sentence = `The cache at ${this.#directory} cannot be written (${messageOf(cause)}); reads go on without it.`;
    this.#begin(sentence, cause);
  }

  /** The disk works, and has less free than is to stay free. The error for the block that asked. */
  lacksSpace(minFree: number): GhostError {
    const sentence = `The disk of the cache at ${this.#directory} has less than the ${sizeText(minFree)} free that are to stay free, and nothing in the cache can make room; new blocks are not kept until there is more.`;
    this.#begin(sentence);
    return new GhostError('CACHE_UNAVAILABLE', sentence);
  }

  succeeded(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#logger.info(`The cache at ${this.#directory} can be written again.`);
  }

  #begin(sentence: string, cause?: unknown): void {
    this.#retryAt = this.#clock.now() + BACK_OFF_MS;
    if (this.#trouble !== undefined) return;
    this.#trouble = sentence;
    this.#logger.warn(sentence, cause);
  }

  /** The error for one block, with what the system said as its cause. */
  refusal({ namespace, block }: BlockName, cause: unknown): GhostError {
    const job = Number.parseInt(namespace, 10);
    const sentence = `Block ${block} could not be changed in the cache at ${this.#directory} (${messageOf(cause)}).`;
    return new GhostError('CACHE_UNAVAILABLE', sentence, { job, block, cause });
  }
}
