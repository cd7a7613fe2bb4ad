/** A server's wish to be left alone for a while, as it words it in `Retry-After`, and what is kept of it per host. */
import type { Clock } from '../../clock.ts';

/** A longer wish than this is noted as this: the host is asked again rather than given up for hours. */
const LONGEST_WAIT_MS = 120_000;
/** For a wish that cannot be understood: long enough to be polite, short enough for a reader's 30 s. */
const UNCLEAR_WAIT_MS = 5_000;

/**
 * Milliseconds from 0 to LONGEST_WAIT_MS, or undefined without the header (RFC 9110, 10.2.3: seconds or a date). A date is
 * measured against the response's own `Date`, so that neither clock has to be right.
 */
export function parseRetryAfter(value: string | undefined, date: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : dateOf(text) - dateOf(date);
  return Number.isNaN(ms) ? UNCLEAR_WAIT_MS : Math.min(Math.max(Math.round(ms), 0), LONGEST_WAIT_MS);
}

/** An HTTP date in any of its three forms begins with the name of a day; Date.parse alone takes far more for a date. */
function dateOf(text: string | undefined): number {
  return text !== undefined && /^(mon|tue|wed|thu|fri|sat|sun)/i.test(text) ? Date.parse(text) : Number.NaN;
}

/** When each host may be asked again. */
export class HostBackOff {
  static readonly #shared = new WeakMap<Clock, HostBackOff>();
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The one of everybody on that clock, so of the whole process: a host does not care which source or mount asks. */
  static of(clock: Clock): HostBackOff {
    const shared = HostBackOff.#shared.get(clock) ?? new HostBackOff(clock);
    HostBackOff.#shared.set(clock, shared);
    return shared;
  }

  /** A later wish replaces an earlier one only when it reaches further. */
  note(origin: string, waitMs: number): void {
    const now = this.#clock.now();
    for (const [host, until] of this.#until) if (until <= now) this.#until.delete(host);
    this.#until.set(origin, Math.max(this.#until.get(origin) ?? 0, now + waitMs));
  }

  /** Milliseconds for which the host is to be left alone. */
  remaining(origin: string): number {
    return Math.max(0, (this.#until.get(origin) ?? 0) - this.#clock.now());
  }
}
