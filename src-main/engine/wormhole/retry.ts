/**
 * How long the Wormhole waits before it asks again, and after which failures it may. Pure: dice and time are arguments.
 * Invariant: no wait exceeds its cap, whatever a server asks for.
 */
import type { GhostError, GhostErrorCode } from '../errors.ts';

export interface RetryPolicy {
  /** Times every usable source may fail without delivering before the transfer gives up. */
  readonly attempts: number;
  /** Upper bound of the first wait, milliseconds; it doubles with every round. */
  readonly baseMs: number;
  /** Upper bound of any wait of our own, milliseconds. */
  readonly capMs: number;
  /** Upper bound of a wait a server asks for, milliseconds. */
  readonly retryAfterCapMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  // With the waits below about 6 s on average: enough for a router or a server to restart, inside a reader's 30 s.
  attempts: 6,
  // A mobile round trip; a shorter wait would only repeat the same failure.
  baseMs: 200,
  capMs: 5_000,
  // A reader's default deadline; nobody waits for more.
  retryAfterCapMs: 30_000,
};

/** Failures the same source would only repeat: its answer, a version that is gone, or our own wish to stop. */
const FINAL: ReadonlySet<GhostErrorCode> = new Set([
  'SOURCE_REFUSED',
  'CREDENTIALS_REFUSED',
  'SOURCE_INVALID',
  'OBJECT_CHANGED',
  'INTERRUPTED',
  'SHUTTING_DOWN',
]);

/** Whether the same source may be asked for the same bytes again. */
export function isRetryable(error: GhostError): boolean {
  return !FINAL.has(error.code);
}

/**
 * Exponential back-off with full jitter, milliseconds: uniform between 0 and base x 2^(round - 1), capped.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ shows why the whole span is drawn from.
 */
export function backOffMs(policy: RetryPolicy, round: number, random: () => number): number {
  return random() * Math.min(policy.capMs, policy.baseMs * 2 ** (round - 1));
}

/** The part of a server's Retry-After we honour, milliseconds; nonsense counts as no wish. */
export function honouredRetryAfterMs(policy: RetryPolicy, retryAfterMs: number | undefined): number {
  if (retryAfterMs === undefined || Number.isNaN(retryAfterMs)) return 0;
  return Math.min(policy.retryAfterCapMs, Math.max(0, retryAfterMs));
}
