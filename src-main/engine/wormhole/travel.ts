/**
 * What a transfer does while it has a place: asks source after source for what its block lacks, until it is whole and
 * verified, and learns from failures. Invariants: a block that comes out is complete and has its digest; a wait is given back
 * to the caller, never sat out here.
 */
import type { Clock } from '../clock.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { hasDigest } from '../verify.ts';
import { attempt } from './attempt.ts';
import { honouredRetryAfterMs, isRetryable, type RetryPolicy } from './retry.ts';
import type { Source } from './source.ts';
import {
  chooseSource,
  healthAfterFailure,
  healthAfterSuccess,
  HEALTHY,
  type SourceHealth,
} from './source-choice.ts';
import type { SourceStates } from './source-states.ts';
import type { Asking, Delivery, TransferRequest, TransferState } from './transfer.ts';

export interface TravelOptions {
  /** Best first. */
  readonly sources: readonly Source[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retry: RetryPolicy;
  /** Milliseconds without a byte, or with hardly any, after which a request is given up. */
  readonly idleMs: number;
  readonly states: SourceStates | undefined;
  /** Hears of every block thrown away because its digest was wrong. */
  readonly onCorrupt: ((request: TransferRequest) => void) | undefined;
}

/** What Wi-Fi takes to be there again after sleep, with an address and a name server; less than a reader's 30 s. Milliseconds. */
const RENEWAL_PATIENCE_MS = 20_000;

/** The block, or the milliseconds after which to come back. */
export type Arrival =
  | { readonly kind: 'delivered'; readonly delivery: Omit<Delivery, 'lease'> }
  | { readonly kind: 'wait'; readonly ms: number };

export class Travel {
  readonly #options: TravelOptions;
  readonly #health: SourceHealth[];
  #corrupt = 0;
  #retries = 0;
  /** Until then a source that fails may only be waiting for the network. */
  #patientUntil = 0;

  constructor(options: TravelOptions) {
    this.#options = options;
    this.#health = options.sources.map(() => HEALTHY);
  }

  /** Blocks thrown away because their digest was wrong. */
  get corrupt(): number {
    return this.#corrupt;
  }

  /** Requests made again after a failure. */
  get retries(): number {
    return this.#retries;
  }

  /** The network may be another, or not be there yet: for a while no transfer gives up by itself. */
  renewed(): void {
    this.#patientUntil = this.#options.clock.now() + RENEWAL_PATIENCE_MS;
  }

  /** Undefined when the transfer has settled meanwhile. Rejects with the failure that was the last. */
  async go(transfer: TransferState): Promise<Arrival | undefined> {
    const { clock, sources } = this.#options;
    while (!transfer.settled) {
      const choice = chooseSource(this.#health, clock.now(), (index) => transfer.journey.isBarred(index));
      const source = choice === undefined ? undefined : sources[choice.index];
      if (choice === undefined || source === undefined) throw noSource();
      if (choice.waitMs > 0) return { kind: 'wait', ms: choice.waitMs };
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
        this.#options.states?.delivered(choice.index, transfer.request.object);
        return { kind: 'delivered', delivery: { data, source: source.label } };
      } catch (thrown) {
        if (transfer.settled) return undefined;
        if (transfer.isRenewal(thrown)) {
          this.#retries += 1;
          continue;
        }
        const ms = this.#failed(transfer, asking, toGhostError(thrown));
        if (ms !== undefined) return { kind: 'wait', ms };
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
    const { clock, idleMs } = this.#options;
    const { object, offset } = request;
    // Whole already when the source failed after its last byte: then only the digest is left to check.
    if (block.received < block.length) {
      const signal = transfer.beginAttempt(clock.now());
      const priority = () => transfer.priority;
      await attempt({
        source,
        sourceIndex,
        object,
        offset,
        block,
        verified,
        priority,
        signal,
        clock,
        idleMs,
      });
    }
    const data = block.complete();
    if (request.digest === undefined || (await hasDigest(data, request.digest))) return data;
    throw new GhostError(
      'BLOCK_CORRUPT',
      `${source.label} sent bytes that do not have the digest in the catalogue; publish again if the file was changed`,
      { source: source.label },
    );
  }

  /** Notes the failure; returns the time to wait, or undefined to go on at once. Throws it when it was the end. */
  #failed(transfer: TransferState, asking: Asking, error: GhostError): number | undefined {
    const { block, journey, request } = transfer;
    const { source: sourceIndex, startedAt } = asking;
    const { clock, logger, retry, states } = this.#options;
    const now = clock.now();
    const pauseMs = honouredRetryAfterMs(retry, error.context.retryAfterMs);
    const heard = transfer.hasHeard;
    states?.failed(sourceIndex, request.object, error, { startedAt, heard, pauseMs });
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
    const isPatient = now < this.#patientUntil;
    const step = journey.after({ source: sourceIndex, error, received, mixed, isReady, isPatient });
    // What a source sent of another version, or sent wrong, must not become part of the block.
    if (error.code === 'BLOCK_CORRUPT' || error.code === 'OBJECT_CHANGED') block.restart();
    if (step.kind === 'give-up') throw error;
    this.#retries += 1;
    logger.debug(`fetching a block again: ${error.message}`, where);
    return step.kind === 'wait' ? step.ms : undefined;
  }

  #healthOf(source: number): SourceHealth {
    return this.#health[source] ?? HEALTHY;
  }
}

/** A source may let a platform error through; the network is then the likeliest cause, so it is worth another try. */
export function toGhostError(thrown: unknown): GhostError {
  if (thrown instanceof GhostError) return thrown;
  return new GhostError('SOURCE_UNREACHABLE', `the source failed: ${messageOf(thrown)}`, { cause: thrown });
}

export function noSource(): GhostError {
  return new GhostError(
    'SOURCE_UNREACHABLE',
    'the job names no source to fetch from; name one with --source',
  );
}
