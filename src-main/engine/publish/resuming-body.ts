/**
 * The body of one file, going on with a range request where a connection broke. Invariant: it ends without an error only
 * after as many bytes as the server announced, or with `changed` set.
 */
import { messageOf } from '../errors.ts';
import { contentLength, discard, type HttpResponse } from './http-get.ts';
import { SkipError } from './tree.ts';

/** Attempts that bring not one byte before a body is given up. */
const FRUITLESS_ATTEMPTS_MAX = 3;

/** Asks again with those headers, after so many attempts that brought nothing. */
export type AskAgain = (headers: Record<string, string>, fruitless: number) => Promise<HttpResponse>;

export class ResumingBody {
  /** Whether the server's file turned out to be another one on resuming. */
  changed = false;
  readonly #size: number | undefined;
  readonly #again: AskAgain;
  readonly #condition: Record<string, string> | undefined;
  #response: HttpResponse;

  constructor(first: HttpResponse, again: AskAgain) {
    this.#response = first;
    this.#size = contentLength(first);
    this.#again = again;
    this.#condition = conditionOf(first);
  }

  /** Throws SkipError when the rest cannot be had. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    let received = 0;
    for (let fruitless = 0; ;) {
      const before = received;
      let failure: unknown;
      try {
        for await (const chunk of this.#response.body as AsyncIterable<Uint8Array>) {
          received += chunk.length;
          yield chunk;
        }
      } catch (error) {
        failure = error;
      }
      if (this.#size === undefined ? failure === undefined : received >= this.#size) return;
      fruitless = received > before ? 0 : fruitless + 1;
      if (fruitless === FRUITLESS_ATTEMPTS_MAX || this.#condition === undefined || this.#size === undefined) {
        throw new SkipError(
          `the connection broke after ${received} bytes (${messageOf(failure ?? 'early end')})`,
        );
      }
      this.#response = await this.#again({ ...this.#condition, range: `bytes=${received}-` }, fruitless);
      const range = this.#response.headers['content-range'];
      if (
        this.#response.statusCode !== 206 ||
        range !== `bytes ${received}-${this.#size - 1}/${this.#size}`
      ) {
        this.changed = true;
        return;
      }
    }
  }

  close(): void {
    discard(this.#response);
  }
}

/** Ties a resumed body to the first one; a weak tag does not promise equal bytes. */
function conditionOf(response: HttpResponse): Record<string, string> | undefined {
  const { etag, 'last-modified': modified } = response.headers;
  if (typeof etag === 'string' && !etag.startsWith('W/')) return { 'if-match': etag };
  return typeof modified === 'string' ? { 'if-unmodified-since': modified } : undefined;
}
