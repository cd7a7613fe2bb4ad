/**
 * Pseudo-random file content at memory speed: any range of it can be computed from the file's seed alone. Invariant:
 * every 4 KiB names its file and offset, so bytes of the wrong file or place never pass for the right ones.
 */
// Larger than any block, and odd in its period against every power of two a cache might work in.
const POOL_BYTES = 8 * 2 ** 20;
const PAGE_BYTES = 4096;
const STAMP_BYTES = 16;

let pool: Buffer | undefined;

/** xorshift32: fast, and good enough that nothing compresses or repeats within the pool. */
function makePool(): Buffer {
  const words = new Uint32Array(POOL_BYTES / 4);
  let state = 0x9e3779b9;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer);
}

/** Where in the pool a page of a file begins. */
function poolOffset(seed: number, page: number): number {
  const mixed = Math.imul(seed ^ Math.imul(page + 1, 0x85ebca6b), 0xc2b2ae35) >>> 0;
  return mixed % (POOL_BYTES - PAGE_BYTES);
}

/** Fills `target` with the content of file `seed` from byte `offset` on; `offset` is a multiple of 4,096. */
export function fillContent(target: Buffer, seed: number, offset: number): void {
  pool ??= makePool();
  for (let at = 0; at < target.length; at += PAGE_BYTES) {
    const page = (offset + at) / PAGE_BYTES;
    const from = poolOffset(seed, page);
    const length = Math.min(PAGE_BYTES, target.length - at);
    pool.copy(target, at, from, from + length);
    if (length < STAMP_BYTES) continue;
    target.writeUInt32LE(seed >>> 0, at);
    target.writeDoubleLE(page, at + 8);
  }
}
