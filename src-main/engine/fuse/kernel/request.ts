/**
 * One kernel request and the reply being built for it, over two buffers that live as long as the session: no data is copied
 * on its way, and a cached read allocates nothing of its size. Invariant: the length in a reply's header is the number of bytes written to the device.
 */
import { MAX_REQUEST_BYTES } from './protocol/init.ts';
import { InHeader, OutHeader } from './protocol/abi.ts';
import type { AnyStruct, StructOf } from './protocol/abi.ts';

/** The kernel's largest READ or READDIR reply, with its header. */
const REPLY_BUFFER_BYTES = OutHeader.size + MAX_REQUEST_BYTES;

export class Request {
  readonly bytes: Buffer;
  readonly #view: DataView;
  /** The reply: header, then payload from `PAYLOAD`. */
  readonly reply: Buffer;
  readonly replyView: DataView;
  #length = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.reply = Buffer.alloc(REPLY_BUFFER_BYTES);
    this.replyView = new DataView(this.reply.buffer, this.reply.byteOffset, this.reply.length);
  }

  /** Adopts the first `length` bytes as a request; false when they cannot be one. */
  accept(length: number): boolean {
    this.#length = length;
    return length >= InHeader.size && InHeader.fields.len.get(this.#view, 0) === length;
  }

  get opcode(): number {
    return InHeader.fields.opcode.get(this.#view, 0);
  }
  get unique(): bigint {
    return InHeader.fields.unique.get(this.#view, 0);
  }
  get node(): number {
    return InHeader.fields.nodeid.get(this.#view, 0);
  }
  /** The thread that waits, as the process that mounted sees it; 0 when it does not. */
  get pid(): number {
    return InHeader.fields.pid.get(this.#view, 0);
  }
  get length(): number {
    return this.#length;
  }
  get bodyLength(): number {
    return this.#length - InHeader.size;
  }

  /** A struct at `offset` of the body, or undefined when the body is too short for it. */
  body<S extends AnyStruct>(declared: S, offset = 0): StructOf<S> | undefined {
    return declared.decode(this.#view, InHeader.size + offset, this.bodyLength - offset) as
      StructOf<S> | undefined;
  }

  /** The NUL-terminated name at `offset` of the body, or undefined when it does not end. A view, valid until the next request. */
  name(offset = 0): Buffer | undefined {
    const start = InHeader.size + offset;
    const end = this.bytes.indexOf(0, start);
    return end < start || end >= this.#length ? undefined : this.bytes.subarray(start, end);
  }

  /** Completes the reply's header; `error` is a positive errno or 0. Returns the bytes to write. */
  finish(error: number, payload: number): number {
    const length = OutHeader.size + (error === 0 ? payload : 0);
    const { len, error: errorField } = OutHeader.fields;
    len.set(this.replyView, 0, length);
    errorField.set(this.replyView, 0, error === 0 ? 0 : 0x1_0000_0000 - error);
    // The kernel's id goes back as the bytes it came in: no 64-bit arithmetic on the way.
    this.bytes.copy(this.reply, 8, 8, 16);
    return length;
  }
}

/** Where a reply's payload begins. */
export const PAYLOAD = OutHeader.size;
