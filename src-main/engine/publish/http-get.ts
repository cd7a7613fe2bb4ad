/**
 * GET requests that insist: trouble of the network or the server is waited out, and ends the publication when it stays.
 * Invariant: only a server's plain word that something may not or cannot be had leaves one entry out.
 */
import { Agent, request, type Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';
import { GhostError, messageOf } from '../errors.ts';
import { backOffMs, honouredRetryAfterMs, isRetryable, type RetryPolicy } from '../wormhole/retry.ts';
import { parseRetryAfter } from '../wormhole/sources/retry-after.ts';
import { delay } from '../wormhole/sources/waiting.ts';
import { SkipError } from './tree.ts';

export type HttpResponse = Dispatcher.ResponseData;

export interface HttpGetterOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A server silent for this long has gone away. */
const SILENCE_MAX_MS = 30_000;
/** More patient than a read: nobody waits at a prompt, and hours of hashing may be at stake. */
const PATIENCE: RetryPolicy = {
  // With the waits below half a minute on average, a minute at most: a server's restart fits in.
  attempts: 9,
  baseMs: 500,
  capMs: 15_000,
  // A server that asks for more is better asked again another day.
  retryAfterCapMs: 60_000,
};

/** For a server that was never heard: more likely its name is misspelt, and the person still waits. */
const FIRST_CONTACT_ATTEMPTS = 3;

/** The entry is forbidden or gone; the rest of the tree is not. */
const WITHOUT_ENTRY: ReadonlySet<number> = new Set([403, 404, 410]);
/** Answers to a request for a range or under a condition, for its sender to judge. */
const ANSWERS: ReadonlySet<number> = new Set([200, 206, 412, 416]);
/** Timeout, too early, too many requests; with them all of 500 and above. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

export class HttpGetter {
  readonly #agent = new Agent({ headersTimeout: SILENCE_MAX_MS, bodyTimeout: SILENCE_MAX_MS });
  readonly #options: HttpGetterOptions;
  #heard = false;

  constructor(options: HttpGetterOptions) {
    this.#options = options;
  }

  /**
   * A response of status 200, 206, 412 or 416 with its body unread, as `take` turns it into a result; when `take` fails with
   * an error that may pass, all is done again. Rejects with SkipError for 403, 404 and 410, SOURCE_REFUSED for any other
   * answer, SOURCE_UNREACHABLE when the trouble does not pass.
   */
  async get<T>(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    take: (response: HttpResponse) => Promise<T> | T,
  ): Promise<T> {
    for (let round = 1; ; round += 1) {
      signal.throwIfAborted();
      try {
        return await take(await this.#once(url, headers, signal));
      } catch (error) {
        if (signal.aborted || !(error instanceof GhostError) || !isRetryable(error)) throw error;
        if (round >= (this.#heard ? PATIENCE.attempts : FIRST_CONTACT_ATTEMPTS)) throw error;
        await this.pause(round, signal, error.context.retryAfterMs);
      }
    }
  }

  /** Waits as after that many failures in a row, or as long as the server asked for if that is longer. */
  async pause(round: number, signal: AbortSignal, retryAfterMs?: number): Promise<void> {
    const { clock, random } = this.#options;
    const own = backOffMs(PATIENCE, round, random);
    await delay(clock, Math.max(own, honouredRetryAfterMs(PATIENCE, retryAfterMs)), signal);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #once(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    // A compressed body would be digested compressed, and its length would be another.
    const plain = { 'accept-encoding': 'identity', ...headers };
    const response = await request(url, { dispatcher: this.#agent, headers: plain, signal }).catch(
      (error: unknown) => {
        throw signal.aborted ? error : unreachable(url, error);
      },
    );
    this.#heard = true;
    if (ANSWERS.has(response.statusCode)) return response;
    discard(response);
    throw refusal(url, response);
  }
}

/** Whether the end of the body tells that all of it came; a connection closed early looks like any other end. */
export function hasKnownEnd(response: HttpResponse): boolean {
  const { 'transfer-encoding': encoding } = response.headers;
  return contentLength(response) !== undefined || /\bchunked\s*$/i.test(String(encoding ?? ''));
}

export function contentLength(response: HttpResponse): number | undefined {
  const value = response.headers['content-length'];
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** Lets go of a body that nobody will read; the abort this causes is not news. */
export function discard(response: HttpResponse): void {
  response.body.on('error', () => {});
  response.body.destroy();
}

/** The network failed, or a body ended where it should not. */
export function unreachable(url: URL, cause: unknown): GhostError {
  return new GhostError(
    'SOURCE_UNREACHABLE',
    `${url.origin} did not answer while it was published (${messageOf(cause)}); check that it runs, then publish again.`,
    { cause },
  );
}

/** What an answer that is not the content means. */
export function refusal(url: URL, { statusCode, headers }: HttpResponse): Error {
  if (WITHOUT_ENTRY.has(statusCode)) return new SkipError(`the server answers ${statusCode}`);
  const what = `${url.href} cannot be published, because the server answers ${statusCode}`;
  if (statusCode < 500 && !PASSING.has(statusCode)) {
    return new GhostError(
      'SOURCE_REFUSED',
      `${what}; check the address and what the server asks for, then publish again.`,
    );
  }
  const text = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const retryAfterMs = parseRetryAfter(text('retry-after'), text('date'));
  return new GhostError(
    'SOURCE_UNREACHABLE',
    `${what}, however often it is asked; try again when it is well.`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}
