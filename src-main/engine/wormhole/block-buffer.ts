/**
 * The one buffer a block is received into, across cuts and sources. Invariant: its memory starts uninitialised, so it is
 * handed out only when every byte has been written; `received` is always the last good byte.
 */
import { GhostError } from '../errors.ts';

export class BlockBuffer {
  readonly length: number;
  #memory: Buffer<ArrayBuffer> | undefined;
  #received = 0;
  #sources = new Set<number>();

  constructor(length: number) {
    this.length = length;
  }

  get received(): number {
    return this.#received;
  }

  /** Bytes of memory held; none before the first byte arrives. */
  get held(): number {
    return this.#memory?.length ?? 0;
  }

  /** Whether bytes of different sources are joined in it: then nobody can say whose fault a wrong digest is. */
  get mixed(): boolean {
    return this.#sources.size > 1;
  }

  /** Whether any byte came from another source than this one. */
  hasBytesOfOthers(source: number): boolean {
    return this.#sources.size > 1 || (this.#sources.size === 1 && !this.#sources.has(source));
  }

  /** Takes the next bytes in order. Throws when a source delivers more than it was asked for. */
  append(chunk: Uint8Array, source: number): void {
    if (chunk.length === 0) return;
    if (chunk.length > this.length - this.#received) {
      throw new GhostError(
        'BLOCK_TRUNCATED',
        `the source sent more than the ${this.length} bytes it was asked for`,
      );
    }
    this.#memory ??= Buffer.allocUnsafeSlow(this.length);
    this.#memory.set(chunk, this.#received);
    this.#received += chunk.length;
    this.#sources.add(source);
  }

  /** Forgets everything received. */
  restart(): void {
    this.#memory = undefined;
    this.#received = 0;
    this.#sources = new Set();
  }

  /** The whole block. Throws BLOCK_TRUNCATED while a byte is missing. */
  complete(): Buffer<ArrayBuffer> {
    if (this.#memory === undefined || this.#received !== this.length) {
      throw new GhostError(
        'BLOCK_TRUNCATED',
        `the source ended after ${this.#received} of ${this.length} bytes of the block`,
      );
    }
    return this.#memory;
  }
}
