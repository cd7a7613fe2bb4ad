/** The outside world in memory: a source whose every request a test answers byte by byte, or by a standing rule. */
import { createHash } from 'node:crypto';
import type { RangeRequest, Source, SourceObject } from '../../src-main/engine/wormhole/source.ts';

/** The bytes every replica holds: they depend on the object and on the position, so that a shifted byte is a wrong byte. */
export function contentOf(object: string, offset: number, length: number): Buffer {
  const salt = createHash('sha256').update(object).digest();
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index += 1) {
    const position = offset + index;
    bytes[index] = (salt[position % salt.length] ?? 0) + position * 7 + Math.floor(position / 251);
  }
  return bytes;
}

export function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/** One request the source has received. */
export class Call {
  readonly request: RangeRequest;
  readonly promise: Promise<void>;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #sent = 0;
  #open = true;

  constructor(request: RangeRequest) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.request = request;
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    request.signal.addEventListener('abort', () => this.fail(request.signal.reason), { once: true });
  }

  /** Neither answered nor aborted. */
  get open(): boolean {
    return this.#open;
  }

  get left(): number {
    return this.request.length - this.#sent;
  }

  /** Sends the next bytes, right ones or flipped ones. */
  send(bytes: number, flip = 0): void {
    const { object, offset, sink } = this.request;
    const chunk = contentOf(object.id, offset + this.#sent, bytes);
    this.#sent += bytes;
    sink(chunk.map((byte) => byte ^ flip));
  }

  /** Sends what is left and ends well. */
  finish(flip = 0): void {
    this.send(this.left, flip);
    this.end();
  }

  /** Ends as if all had been sent. */
  end(): void {
    this.#open = false;
    this.#resolve();
  }

  fail(error: unknown): void {
    this.#open = false;
    this.#reject(error);
  }
}

export class ScriptedSource implements Source {
  readonly label: string;
  readonly calls: Call[] = [];
  closed = false;
  readonly #rule: ((call: Call, index: number) => void) | undefined;
  readonly #awaited: { readonly count: number; readonly resolve: () => void }[] = [];

  /** Without a rule, requests stay open until the test answers them. */
  constructor(label: string, rule?: (call: Call, index: number) => void) {
    this.label = label;
    this.#rule = rule;
  }

  get open(): readonly Call[] {
    return this.calls.filter((call) => call.open);
  }

  fetch(request: RangeRequest): Promise<void> {
    const call = new Call(request);
    this.calls.push(call);
    for (const { count, resolve } of this.#awaited) if (this.calls.length >= count) resolve();
    this.#rule?.(call, this.calls.length - 1);
    return call.promise;
  }

  probe(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** The request number `index`, once it has come. */
  async call(index: number): Promise<Call> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.calls.length > index) resolve();
    else this.#awaited.push({ count: index + 1, resolve });
    await promise;
    const call = this.calls[index];
    if (call === undefined) throw new Error(`request ${index} never came`);
    return call;
  }
}

export function sourceObject(id: string, size: number): SourceObject {
  return { id, path: [id], size, mtime: 0 };
}
