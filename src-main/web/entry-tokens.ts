/**
 * What lets a browser in: the token in the address that `up` and `open` tell. Each address has one of its own, good for one
 * session and for an hour, known by its digest and kept in memory alone; a session, once begun, needs it no more.
 * So what a browser keeps in its history, a terminal on its pages and a service in its journal opens nothing later; two
 * browsers, or two calls of `open`, have an address each and do not disturb each other; and a program that starts again knows
 * no address of the one before: the page then says which command tells a new one, on this machine or at the end of a tunnel.
 * Invariant: no token opens two sessions.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../engine/clock.ts';

const TOKEN_BYTES = 32;
/** Time to set up a tunnel and to find the address again; whoever comes later asks for another. Milliseconds. */
export const TOKEN_LIMIT_MS = 60 * 60 * 1_000;
/** More addresses than this nobody has in mind; the oldest goes. */
export const MAX_TOKENS = 32;

export class EntryTokens {
  readonly #clock: Clock;
  /** When each was made, by its digest: the time of a look-up tells nothing of the token. Oldest first. */
  readonly #tokens = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  create(): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    this.#tokens.set(keyOf(token), this.#clock.now());
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size > MAX_TOKENS && oldest !== undefined) this.#tokens.delete(oldest);
    return token;
  }

  /** Whether it is good; from now on it is not. */
  spend(token: string): boolean {
    const key = keyOf(token);
    const madeAt = this.#tokens.get(key);
    return this.#tokens.delete(key) && madeAt !== undefined && this.#clock.now() - madeAt <= TOKEN_LIMIT_MS;
  }
}

function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
