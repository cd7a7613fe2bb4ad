/**
 * `http:` and `https:`: ranges of the files below a base URI, over kept-alive connections. Invariant: bytes pass only from
 * a response that proves to be the asked range of the catalogue's version (range-response.ts, object-versions.ts).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { getCACertificates } from 'node:tls';
import { Agent } from 'undici';
import { GhostError, messageOf } from '../../errors.ts';
import type { RangeRequest, Source } from '../source.ts';
import { exchange, type ResponseHead } from './http-exchange.ts';
import { connectionFailure, connectionSentence, statusFailure } from './http-failures.ts';
import { objectTarget, parseHttpUri, redirectTarget, type HttpTarget } from './http-target.ts';
import { ObjectVersions } from './object-versions.ts';
import { rangeConsumer } from './range-response.ts';
import { HostBackOff, parseRetryAfter } from './retry-after.ts';
import type { SourceSettings } from './source-options.ts';
import { redactUri } from './source-uri.ts';
import { RangeTransfers, type RangeTransfer } from './range-transfer.ts';

/** What curl and the browsers' fetch needed in practice is one or two; a loop is noticed soon. */
const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const CONTENT = new Set([200, 206]);
/** An idle connection saves the next read one to three round trips; servers that want less say so in Keep-Alive. */
const KEEP_ALIVE_MS = 30_000;
/** Three lost SYN packets (1 + 2 + 4 s), a slow TLS handshake and a slow answer. */
const PROBE_TIMEOUT_MS = 15_000;
const USER_AGENT = 'orbit-ghostfs';

export class HttpSource implements Source {
  readonly label: string;
  readonly #base: HttpTarget;
  readonly #settings: SourceSettings;
  #agent: Agent;
  readonly #transfers: RangeTransfers;
  readonly #versions = new ObjectVersions();
  readonly #backOff: HostBackOff;

  constructor(uri: string, settings: SourceSettings) {
    this.#base = parseHttpUri(uri);
    this.label = redactUri(uri);
    this.#settings = settings;
    this.#transfers = new RangeTransfers(this.label);
    this.#backOff = HostBackOff.of(settings.clock);
    this.#agent = newAgent(settings);
  }

  fetch(request: RangeRequest): Promise<void> {
    return this.#transfers.run(request, (transfer) => this.#move(transfer));
  }

  async probe(signal: AbortSignal): Promise<void> {
    const { url, authorization } = this.#base;
    const { clock } = this.#settings;
    const limit = new AbortController();
    const cancelLimit = clock.after(PROBE_TIMEOUT_MS, () =>
      limit.abort(new Error(`no answer within ${PROBE_TIMEOUT_MS / 1000} seconds`)),
    );
    try {
      await exchange(this.#agent, {
        // Not HEAD: undici closes the connection behind one.
        method: 'OPTIONS',
        url,
        headers: { 'user-agent': USER_AGENT, ...(authorization === undefined ? {} : { authorization }) },
        signal: AbortSignal.any([signal, limit.signal]),
        clock,
        onHead: () => undefined,
      });
    } catch (error) {
      const reason = connectionSentence(error) ?? messageOf(error);
      throw new GhostError('SOURCE_UNREACHABLE', `The source ${this.label} does not answer: ${reason}.`, {
        source: this.label,
        cause: error,
      });
    } finally {
      cancelLimit();
    }
  }

  renew(): void {
    const former = this.#agent;
    this.#agent = newAgent(this.#settings);
    // Ends once the last of its requests has; those end with their transfers at the latest.
    void former.close();
  }

  async close(): Promise<void> {
    await this.#transfers.close();
    await this.#agent.destroy();
  }

  async #move(transfer: RangeTransfer): Promise<void> {
    let target = objectTarget(this.#base, transfer);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const head = await this.#request(transfer, target);
      if (CONTENT.has(head.status)) return;
      if (!REDIRECTS.has(head.status)) throw this.#refusal(transfer, target, head);
      target = redirectTarget(transfer, target, head.header('location'));
    }
    const reason = `the server redirects more than ${MAX_REDIRECTS} times`;
    throw transfer.failure('SOURCE_REFUSED', reason, { isDoubtful: true });
  }

  async #request(transfer: RangeTransfer, target: HttpTarget): Promise<ResponseHead> {
    this.#checkBackOff(transfer, target);
    transfer.queued(true);
    await this.#settings.pace.turn(target.url.origin, transfer.priority, transfer.signal);
    // Another request may have been told so meanwhile.
    this.#checkBackOff(transfer, target);
    // undici frees a connection one turn after its response; before that a next request would open another.
    await nextTurn();
    transfer.signal.throwIfAborted();
    let accepted = false;
    try {
      return await exchange(this.#agent, {
        method: 'GET',
        url: target.url,
        headers: this.#headers(transfer, target),
        signal: transfer.signal,
        clock: this.#settings.clock,
        onStart: () => transfer.queued(false),
        onHead: (head) => {
          if (!CONTENT.has(head.status)) return undefined;
          const consumer = rangeConsumer(transfer, head);
          if (!transfer.verified) this.#versions.check(transfer, head);
          accepted = true;
          return consumer;
        },
      });
    } catch (error) {
      throw connectionFailure(transfer, error, accepted);
    }
  }

  #headers(transfer: RangeTransfer, target: HttpTarget): Readonly<Record<string, string>> {
    const { offset, length, object, verified } = transfer;
    return {
      range: `bytes=${offset}-${offset + length - 1}`,
      // A compressed representation has other offsets.
      'accept-encoding': 'identity',
      'user-agent': USER_AGENT,
      ...(verified ? {} : this.#versions.conditions(object)),
      ...(target.authorization === undefined ? {} : { authorization: target.authorization }),
    };
  }

  /** Fails at once while a host wants to be left alone: another source may be free, and the caller knows when to return. */
  #checkBackOff(transfer: RangeTransfer, target: HttpTarget): void {
    const retryAfterMs = this.#backOff.remaining(target.url.origin);
    if (retryAfterMs === 0) return;
    const seconds = Math.ceil(retryAfterMs / 1000);
    throw transfer.failure(
      'SOURCE_UNREACHABLE',
      `the server asked to be left alone, for another ${seconds} s`,
      { retryAfterMs },
    );
  }

  #refusal(transfer: RangeTransfer, target: HttpTarget, head: ResponseHead): Error {
    const waits = head.status === 429 || head.status === 503;
    const wish = waits ? parseRetryAfter(head.header('retry-after'), head.header('date')) : undefined;
    if (wish !== undefined) this.#backOff.note(target.url.origin, wish);
    return statusFailure(transfer, head, wish);
  }
}

function newAgent({ connections, connectTimeoutMs, certificateAuthority }: SourceSettings): Agent {
  return new Agent({
    connections,
    // A pipelined read would wait behind the body before it.
    pipelining: 1,
    // Streams of one HTTP/2 connection share one congestion window; separate connections do not.
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Silence is watched by whoever asks, on the engine's clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: connectTimeoutMs,
      ...(certificateAuthority === undefined
        ? {}
        : { ca: [...getCACertificates('default'), certificateAuthority] }),
    },
  });
}
