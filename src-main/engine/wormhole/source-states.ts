/**
 * Keeps the standing of a job's sources and says when it changes. While none answers, and when the network may be another, it
 * asks each for a single byte, so that one that is back or gone is noticed without a reader. Invariants: one call per change;
 * a source that refuses the credentials is asked nothing by itself; what is asked here takes no place from a transfer.
 */
import type { Clock } from '../clock.ts';
import { GhostError, type GhostErrorCode } from '../errors.ts';
import type { Source, SourceObject } from './source.ts';
import {
  afterAnswer,
  afterLateRequest,
  afterVainRequest,
  together,
  UNTRIED,
  type SourceStanding,
  type SourceState,
  type VainRequest,
} from './source-standing.ts';

/** Often enough for somebody who has just plugged the cable in, and nothing to a server. Milliseconds. */
const CHECK_INTERVAL_MS = 15_000;
/** The first pause after a look at a new network, doubled from one to the next: names and routes often come a moment later. */
const FIRST_CHECK_MS = 1_000;
/** As long as a reader's request may stay silent. Milliseconds. */
const CHECK_LIMIT_MS = 10_000;

/** How a source that is there tells that it does not have what was asked for. */
const ANSWERS: ReadonlySet<GhostErrorCode> = new Set(['OBJECT_CHANGED', 'SOURCE_REFUSED']);

/** How a source ends a request that nobody answered. */
const SILENCE: ReadonlySet<GhostErrorCode> = new Set(['SOURCE_UNREACHABLE', 'BLOCK_TRUNCATED']);

/** `error` is what the change came from; undefined when they are reachable. */
export type SourcesListener = (state: SourceState, error: GhostError | undefined) => void;

export interface SourceStatesOptions {
  readonly sources: readonly Source[];
  readonly clock: Clock;
  readonly changed: SourcesListener;
}

export class SourceStates {
  readonly #options: SourceStatesOptions;
  readonly #standings: SourceStanding[];
  /** What each source delivered last. */
  readonly #delivered: (SourceObject | undefined)[] = [];
  /** What each source was last asked for in vain. */
  readonly #missed: (SourceObject | undefined)[] = [];
  /** Ends the check of each source that is under way. */
  readonly #checks = new Map<number, AbortController>();
  readonly #closing = new AbortController();
  #state: SourceState = 'reachable';
  #pauseMs = CHECK_INTERVAL_MS;
  #cancelCheck: (() => void) | undefined;

  constructor(options: SourceStatesOptions) {
    this.#options = options;
    this.#standings = options.sources.map(() => UNTRIED);
  }

  delivered(source: number, object: SourceObject): void {
    this.#delivered[source] = object;
    this.#answered(source);
  }

  failed(source: number, object: SourceObject, error: GhostError, request: Omit<VainRequest, 'now'>): void {
    if (error.code === 'CREDENTIALS_REFUSED') this.#refused(source, object, error);
    // It is there, and has something else.
    else if (error.code === 'OBJECT_CHANGED' && error.context.isDoubtful !== true) this.#answered(source);
    // Its own word on this object, or a name that nobody could ask for: a check tells whether it is back.
    else if (ANSWERS.has(error.code) && this.#standing(source).state === 'away') void this.#check(source);
    else if (error.code === 'SOURCE_UNREACHABLE' || error.code === 'BLOCK_TRUNCATED') {
      this.#missed[source] = object;
      const now = this.#options.clock.now();
      this.#put(source, afterVainRequest(this.#standing(source), { ...request, now }), error);
    }
  }

  /** A reader's time is over; `heard`: the source has sent something to it or to another request under way. */
  late(
    source: number,
    object: SourceObject,
    error: GhostError,
    request: Pick<VainRequest, 'startedAt' | 'heard'>,
  ): void {
    this.#missed[source] = object;
    const now = this.#options.clock.now();
    this.#put(source, afterLateRequest(this.#standing(source), { ...request, now }), error);
  }

  /** It did not even answer who asked for no more than that. */
  unanswered(source: number, error: GhostError): void {
    this.#put(source, { ...this.#standing(source), state: 'away' }, error);
  }

  /** The network may be another: whoever would be asked over it is asked now, and for a while soon again. */
  lookAgain(): void {
    for (const check of this.#checks.values()) check.abort();
    this.#checks.clear();
    this.#pauseMs = FIRST_CHECK_MS;
    for (const [index, source] of this.#options.sources.entries()) {
      const { state } = this.#standing(index);
      if (state === 'away' || (state === 'reachable' && source.renew !== undefined)) void this.#check(index);
    }
    this.#schedule();
  }

  close(): void {
    this.#closing.abort();
    this.#cancelCheck?.();
  }

  #answered(source: number): void {
    this.#put(source, afterAnswer(this.#options.clock.now()), undefined);
  }

  #refused(source: number, object: SourceObject, error: GhostError): void {
    const { state } = this.#standing(source);
    const delivered = this.#delivered[source];
    // A single file may be forbidden: what it delivered before tells whether it is the credentials.
    if (delivered === undefined || delivered.id === object.id) this.#refuse(source, error);
    else if (state !== 'refused') void this.#check(source);
  }

  #refuse(source: number, error: GhostError): void {
    this.#put(source, { ...this.#standing(source), state: 'refused' }, error);
  }

  #standing(source: number): SourceStanding {
    return this.#standings[source] ?? UNTRIED;
  }

  #put(source: number, standing: SourceStanding, error: GhostError | undefined): void {
    if (this.#closing.signal.aborted) return;
    this.#standings[source] = standing;
    const state = together(this.#standings.map((one) => one.state));
    if (state === this.#state) return;
    this.#state = state;
    this.#options.changed(state, state === 'reachable' ? undefined : error);
    this.#schedule();
  }

  #schedule(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
    if (this.#state !== 'away' || this.#closing.signal.aborted) return;
    this.#cancelCheck = this.#options.clock.after(this.#pauseMs, () => void this.#checkAll());
    this.#pauseMs = Math.min(2 * this.#pauseMs, CHECK_INTERVAL_MS);
  }

  async #checkAll(): Promise<void> {
    const away = this.#standings.flatMap(({ state }, source) => (state === 'away' ? [source] : []));
    await Promise.all(away.map((source) => this.#check(source)));
    this.#schedule();
  }

  /** Never rejects. */
  async #check(index: number): Promise<void> {
    const { sources, clock } = this.#options;
    const source = sources[index];
    if (source === undefined || this.#checks.has(index)) return;
    const check = new AbortController();
    this.#checks.set(index, check);
    const startedAt = clock.now();
    const cancelLimit = clock.after(CHECK_LIMIT_MS, () => check.abort(silence(source)));
    try {
      await ask(
        source,
        this.#delivered[index] ?? this.#missed[index],
        AbortSignal.any([this.#closing.signal, check.signal]),
      );
      this.#answered(index);
    } catch (thrown) {
      const error: unknown = check.signal.aborted ? check.signal.reason : thrown;
      // One that was ended for another or for good says nothing.
      if (error instanceof GhostError) this.#checkFailed(index, error, startedAt);
    } finally {
      cancelLimit();
      if (this.#checks.get(index) === check) this.#checks.delete(index);
    }
  }

  #checkFailed(source: number, error: GhostError, startedAt: number): void {
    if (error.code === 'CREDENTIALS_REFUSED') this.#refuse(source, error);
    // It has something else or has it no longer, and says so.
    else if (ANSWERS.has(error.code)) {
      if (error.context.isDoubtful !== true) this.#answered(source);
    } else if (SILENCE.has(error.code) && error.context.retryAfterMs === undefined) {
      // Somebody may have got something from it meanwhile.
      if (this.#standing(source).heardAt <= startedAt) this.unanswered(source, error);
    }
  }
}

function silence({ label }: Source): GhostError {
  const seconds = CHECK_LIMIT_MS / 1000;
  return new GhostError('SOURCE_UNREACHABLE', `${label} did not answer for ${seconds} seconds`, {
    source: label,
  });
}

/** As a reader would, where anything was ever asked for: a server may answer a probe and still have no files. */
async function ask(source: Source, object: SourceObject | undefined, signal: AbortSignal): Promise<void> {
  if (object === undefined) await source.probe(signal);
  // Nobody gets to see the byte, so it does not matter of which version it is.
  else await source.fetch({ object, offset: 0, length: 1, verified: true, signal, sink: () => {} });
}
