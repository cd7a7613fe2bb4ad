/**
 * The content of simulated files: a pure function of seed, artifact id and absolute offset, so any range can be made
 * without the bytes before it. Counter mode: word i is the 64-bit counter i mixed with a key, in 32-bit arithmetic.
 */
import { hash } from 'node:crypto';

const BYTES_PER_WORD = 4;
const WORDS_PER_SEGMENT = 2 ** 32;
/** Odd and near 2^32 divided by the golden ratio: neighbouring counters differ in half of their bits. */
const COUNTER_STEP = 0x9e3779b1 | 0;
/** The finalizer of MurmurHash3, 32 bit: with these every bit of its input changes half of its output's bits. */
const FIRST_FACTOR = 0x85ebca6b | 0;
const SECOND_FACTOR = 0xc2b2ae35 | 0;

/** XORed in before and after the mixing. */
type Keys = readonly [before: number, after: number];

/** `length` bytes of artifact `id` from `offset`, in a buffer of their own. */
export function simBytes(seed: number, id: string, offset: number, length: number): Buffer {
  const skip = offset % BYTES_PER_WORD;
  const words = new Int32Array(Math.ceil((skip + length) / BYTES_PER_WORD));
  const keys = keyOf(seed, id);
  let counter = (offset - skip) / BYTES_PER_WORD;
  for (let at = 0; at < words.length;) {
    const segment = Math.floor(counter / WORDS_PER_SEGMENT);
    const first = counter % WORDS_PER_SEGMENT;
    const count = Math.min(words.length - at, WORDS_PER_SEGMENT - first);
    fill(words.subarray(at, at + count), first, segmentKeys(keys, segment));
    at += count;
    counter += count;
  }
  return Buffer.from(words.buffer, skip, length);
}

/** Words `first`, `first + 1`, ... of a segment; `first` + `words.length` stays within 2^32. */
function fill(words: Int32Array, first: number, [before, after]: Keys): void {
  // mix() written out, and every value kept a 32-bit integer: the call, or one double, makes the loop twice as slow.
  let product = Math.imul(first, COUNTER_STEP);
  for (let i = 0; i < words.length; i += 1) {
    let h = product ^ before;
    h = Math.imul(h ^ (h >>> 16), FIRST_FACTOR);
    h = Math.imul(h ^ (h >>> 13), SECOND_FACTOR);
    words[i] = h ^ (h >>> 16) ^ after;
    product = (product + COUNTER_STEP) | 0;
  }
}

function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), FIRST_FACTOR);
  h = Math.imul(h ^ (h >>> 13), SECOND_FACTOR);
  return h ^ (h >>> 16);
}

/** The upper half of the counter enters here, so that content does not repeat after 16 GiB. */
function segmentKeys([before, after]: Keys, segment: number): Keys {
  return [mix(before ^ mix(segment)), mix(after ^ segment)];
}

/** 64 bits: among 100,000 files no two have the same content by chance. */
function keyOf(seed: number, id: string): Keys {
  const digest = hash('sha256', `${seed};${id}`, 'buffer');
  return [digest.readInt32LE(0), digest.readInt32LE(BYTES_PER_WORD)];
}
