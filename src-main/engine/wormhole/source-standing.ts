/**
 * Whether one source answers, judged from how the requests to it end. Pure: time is an argument. Invariant: one failure is
 * chance and changes nothing; only a whole block, or a sign as good, makes a source reachable again.
 */

/** It answers; it does not (network, host, server); it wants other credentials. */
export type SourceState = 'reachable' | 'away' | 'refused';

export interface SourceStanding {
  readonly state: SourceState;
  /** Requests in a row that brought no byte. */
  readonly failures: number;
  /** When the first of them began to wait in vain. Times are the clock's milliseconds. */
  readonly failingSince: number;
  /** When it last sent something. */
  readonly heardAt: number;
}

export const UNTRIED: SourceStanding = {
  state: 'reachable',
  failures: 0,
  failingSince: 0,
  heardAt: Number.NEGATIVE_INFINITY,
};

/** As many as make a single transfer give up (defaultRetryPolicy): a reader has been told by then. */
const FAILURES_UNTIL_AWAY = 6;
/** The time of silence after which a request is given up: a source that hangs fails seldom. */
const AWAY_AFTER_MS = 10_000;

/** The shortest deadline of a read: a source that is asked for less time has not been silent for a reader's. */
const LATE_AFTER_MS = 1_000;

/** A request that ended without what it was for, for a reason on the way to the source or in it. */
export interface VainRequest {
  readonly startedAt: number;
  readonly now: number;
  /** Whether it brought any byte. */
  readonly heard: boolean;
  /** For so long the source does not want to be asked again, milliseconds. */
  readonly pauseMs: number;
}

export function afterVainRequest(standing: SourceStanding, request: VainRequest): SourceStanding {
  const { startedAt, now, heard, pauseMs } = request;
  // A link that is cut again and again still brings blocks, piece by piece.
  if (heard) return { ...standing, failures: 0, heardAt: now };
  const failures = standing.failures + 1;
  const failingSince = failures === 1 ? Math.max(startedAt, standing.heardAt) : standing.failingSince;
  const away = failures >= FAILURES_UNTIL_AWAY || now + pauseMs - failingSince >= AWAY_AFTER_MS;
  return { ...standing, failures, failingSince, state: away ? 'away' : standing.state };
}

/** A reader's time is over while a request for it is under way. */
export function afterLateRequest(
  standing: SourceStanding,
  { startedAt, now, heard }: Omit<VainRequest, 'pauseMs'>,
): SourceStanding {
  if (heard) return { ...standing, failures: 0, heardAt: now };
  // It waited for its turn, or the link is busy with what others asked for.
  if (now - startedAt < LATE_AFTER_MS || standing.heardAt >= startedAt) return standing;
  return { ...standing, state: 'away' };
}

export function afterAnswer(now: number): SourceStanding {
  return { ...UNTRIED, heardAt: now };
}

/** What the sources of a job are together: a block can be had as long as one of them answers. */
export function together(states: readonly SourceState[]): SourceState {
  if (states.includes('reachable')) return 'reachable';
  return states.includes('away') ? 'away' : 'refused';
}

/** Failures to deliver that are over when a source delivers. */
const OF_SOURCES: ReadonlySet<string> = new Set([
  'SOURCE_UNREACHABLE',
  'BLOCK_TRUNCATED',
  'CREDENTIALS_REFUSED',
  'TIMEOUT',
]);

/** Whether a problem of this code is gone when the job's source is back. */
export function isOfSource(code: string): boolean {
  return OF_SOURCES.has(code);
}
