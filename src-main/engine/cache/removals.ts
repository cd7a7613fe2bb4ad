/**
 * A counter in shared memory that grows whenever a block file is removed. Responder threads hold block files open, and an
 * open file outlives its removal: a changed counter tells them to look again. Announced after the file is gone.
 */
export class Removals {
  /** What a responder thread is given; it can be posted to a worker. */
  readonly shared: SharedArrayBuffer;
  readonly #counter: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#counter = new Int32Array(shared);
  }

  announce(): void {
    Atomics.add(this.#counter, 0, 1);
  }

  /** Only differences mean anything; it wraps. */
  count(): number {
    return Atomics.load(this.#counter, 0);
  }
}
