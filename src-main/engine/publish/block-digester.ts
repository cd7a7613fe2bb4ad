/**
 * SHA-256 of every block of one file, or its MAC, fed in chunks of any length. Invariant: memory is the digests and one hash
 * state.
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';

export class BlockDigester {
  readonly #blockSize: number;
  /** Of one block's MAC. */
  readonly #keyOf: ((block: number) => Uint8Array) | undefined;
  readonly #digests: Buffer[] = [];
  #hash: Hash | Hmac | undefined;
  #filled = 0;
  #bytes = 0;

  constructor(blockSize: number, keyOf?: (block: number) => Uint8Array) {
    this.#blockSize = blockSize;
    this.#keyOf = keyOf;
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#bytes;
  }

  update(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    for (let offset = 0; offset < chunk.length;) {
      const part = chunk.subarray(offset, offset + this.#blockSize - this.#filled);
      this.#hash ??= this.#newHash();
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

  #newHash(): Hash | Hmac {
    if (this.#keyOf === undefined) return createHash('sha256');
    return createHmac('sha256', this.#keyOf(this.#digests.length));
  }

  #endBlock(): void {
    if (this.#hash === undefined) return;
    this.#digests.push(this.#hash.digest());
    this.#hash = undefined;
    this.#filled = 0;
  }
}
