/**
 * One request over an undici dispatcher: the head is judged, the body handed on as it comes. Nothing is buffered: the
 * consumer takes each chunk before the next is read. Whoever asks watches for silence. Invariant: the promise settles exactly
 * once, and an abort closes the connection at once.
 */
import type { Dispatcher } from 'undici';
import type { Clock } from '../../clock.ts';

export interface ResponseHead {
  readonly status: number;
  /** The header's value; undefined when it is absent or was sent more than once. */
  header(name: string): string | undefined;
}

/** Takes the next bytes of the body; 'enough' ends the exchange, an exception fails it. */
export type BodyConsumer = (chunk: Uint8Array) => 'more' | 'enough';

export interface ExchangeRequest {
  readonly method: 'GET' | 'OPTIONS';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The request has a connection and leaves; until then it queued for one. */
  readonly onStart?: () => void;
  /** What takes the body, or undefined when nobody wants it; an exception fails the exchange. */
  readonly onHead: (head: ResponseHead) => BodyConsumer | undefined;
}

/** An unwanted body up to this size is read to its end, because that is cheaper than a new connection. */
const DRAIN_LIMIT_BYTES = 64 * 1024;
/** And for no longer than this: about what a new connection costs on a bad link. */
const DRAIN_LIMIT_MS = 1_000;

/** Resolves with the head when the body has ended, is enough or is unwanted; rejects with undici's error or a thrown one. */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<ResponseHead> {
  return new Promise((resolve, reject) => {
    const running = new Exchange(request, resolve, reject);
    const { method, url, headers } = request;
    dispatcher.dispatch(
      { origin: url.origin, path: url.pathname + url.search, method, headers: { ...headers } },
      running,
    );
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: ExchangeRequest;
  readonly #resolve: (head: ResponseHead) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onAbort: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #head: ResponseHead | undefined;
  #consumer: BodyConsumer | undefined;
  /** Why the connection is to be closed as soon as there is one. */
  #stopped: Error | undefined;
  #settled = false;
  #drained = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(
    request: ExchangeRequest,
    resolve: (head: ResponseHead) => void,
    reject: (error: unknown) => void,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onAbort = () => this.#fail(request.signal.reason);
    request.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (request.signal.aborted) this.#onAbort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped !== undefined) {
      controller.abort(this.#stopped);
      return;
    }
    this.#request.onStart?.();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // An informational answer is followed by the real one.
    if (status < 200) return;
    const head: ResponseHead = {
      status,
      header(name) {
        const value = headers[name];
        return typeof value === 'string' ? value : undefined;
      },
    };
    this.#head = head;
    this.#guarded(() => {
      this.#consumer = this.#request.onHead(head);
    });
    if (this.#consumer !== undefined || this.#settled) return;
    this.#succeed(head);
    this.#cancelTimer = this.#request.clock.after(DRAIN_LIMIT_MS, () =>
      this.#stop(new Error('body unwanted')),
    );
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const consumer = this.#consumer;
    if (consumer === undefined) {
      this.#drained += chunk.length;
      if (this.#drained > DRAIN_LIMIT_BYTES) this.#stop(new Error('body unwanted'));
      return;
    }
    this.#guarded(() => {
      if (consumer(chunk) !== 'enough' || this.#head === undefined) return;
      this.#succeed(this.#head);
      this.#stop(new Error('rest of the body unwanted'));
    });
  }

  onResponseEnd(): void {
    this.#cancelTimer?.();
    if (this.#head !== undefined) this.#succeed(this.#head);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #succeed(head: ResponseHead): void {
    this.#settle();
    this.#resolve(head);
  }

  #fail(error: unknown): void {
    this.#settle();
    this.#reject(error);
    this.#stop(error instanceof Error ? error : new Error(String(error)));
  }

  #settle(): void {
    this.#settled = true;
    this.#cancelTimer?.();
    this.#request.signal.removeEventListener('abort', this.#onAbort);
  }

  #stop(reason: Error): void {
    this.#cancelTimer?.();
    this.#stopped ??= reason;
    this.#controller?.abort(this.#stopped);
  }
}
