/**
 * Arithmetic between byte ranges and blocks, the first step of every read. Pure. Invariant: the slices of a range, laid
 * end to end, are exactly that range. Plain division, not shifts: offsets go past 2^32.
 */

/** The part of one block that a range covers: bytes `start` to `end` (exclusive), counted from the block's first byte. */
export interface BlockSlice {
  readonly block: number;
  readonly start: number;
  readonly end: number;
}

/** How many blocks a file has; none when it is empty. */
export function blockCount(fileSize: number, blockSize: number): number {
  return Math.ceil(fileSize / blockSize);
}

/** Bytes in `block`: the block size, less in the last one, 0 past the end of the file. */
export function blockLength(fileSize: number, blockSize: number, block: number): number {
  return Math.max(0, Math.min(blockSize, fileSize - block * blockSize));
}

/** The slices that cover `length` bytes from `offset`, in file order; none for an empty range. */
export function blockSlices(offset: number, length: number, blockSize: number): readonly BlockSlice[] {
  const slices: BlockSlice[] = [];
  let position = offset;
  let left = length;
  while (left > 0) {
    const block = Math.floor(position / blockSize);
    const start = position - block * blockSize;
    const taken = Math.min(left, blockSize - start);
    slices.push({ block, start, end: start + taken });
    position += taken;
    left -= taken;
  }
  return slices;
}
