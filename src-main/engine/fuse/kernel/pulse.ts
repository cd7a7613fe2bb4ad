/**
 * Whether a responder thread gets on with what the kernel asks. It counts in shared memory when it takes a request up and when it
 * is done with it; whoever looks twice sees one that is stuck, in a disk that does not answer for example.
 */
export class Pulse {
  readonly shared: SharedArrayBuffer;
  /** One counter, odd while a request is being handled. Written by the responder alone, without a call in between. */
  readonly beats: Int32Array;
  #seen: number | undefined;

  constructor(shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.beats = new Int32Array(shared);
  }

  /** Whether the request it was at when this was asked before is the one it still is at. */
  hangs(): boolean {
    const before = this.#seen;
    this.#seen = Atomics.load(this.beats, 0);
    return this.#seen % 2 !== 0 && this.#seen === before;
  }
}
