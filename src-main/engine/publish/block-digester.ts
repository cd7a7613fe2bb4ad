/** SHA-256 of every block of one file, fed in chunks of any length. Invariant: memory is the digests and one hash state. */
import { createHash, type Hash } from 'node:crypto';

export class BlockDigester {
  readonly #blockSize: number;
  readonly #digests: Buffer[] = [];
  #hash: Hash | undefined;
  #filled = 0;
  #bytes = 0;

  constructor(blockSize: number) {
    this.#blockSize = blockSize;
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#bytes;
  }

  update(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    for (let offset = 0; offset < chunk.length;) {
      const part = chunk.subarray(offset, offset + this.#blockSize - this.#filled);
      this.#hash ??= createHash('sha256');
      this.#hash.update(part);
      this.#filled += part.length;
      offset += part.length;
      if (this.#filled === this.#blockSize) this.#endBlock();
    }
  }

  /** Concatenated digests in block order; empty for an empty file. */
  finish(): Buffer {
    this.#endBlock();
    return Buffer.concat(this.#digests);
  }

  #endBlock(): void {
    if (this.#hash === undefined) return;
    this.#digests.push(this.#hash.digest());
    this.#hash = undefined;
    this.#filled = 0;
  }
}
