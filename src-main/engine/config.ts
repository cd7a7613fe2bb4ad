/** The engine's limits and defaults, and the checks of values that come from people. */
import { GhostError } from './errors.ts';

const KIB = 1024;
/** Below this a block costs more in requests than in bytes. */
export const MIN_BLOCK_BYTES = 64 * KIB;
/** Above this a person who reads one byte waits for seconds on a common link. */
const MAX_BLOCK_BYTES = 16 * KIB * KIB;
/** 20 ms on a 50 MB/s link: about what its round trip costs anyway. */
export const DEFAULT_BLOCK_BYTES = KIB * KIB;

/** Bytes of one SHA-256 digest, the only kind a catalogue holds. */
export const DIGEST_BYTES = 32;

export const MIN_TRANSFERS = 4;
/** No server minds so many connections; several times as many look like an attack to some. */
export const MAX_TRANSFERS = 16;
/** Enough to fill a 50 MB/s link with a round trip of 40 ms several times over. */
export const DEFAULT_TRANSFERS = 8;

/** Memory for blocks of all mounts, bytes: two seconds of a gigabit link; far below what a desktop can spare. */
export const DEFAULT_MEMORY_BYTES = 256 * KIB * KIB;
/** Four of the largest blocks: one is fetched for a reader while others wait for the cache's disk. */
export const MIN_MEMORY_BYTES = 4 * MAX_BLOCK_BYTES;

/** Room for a film or a survey, and a part that most disks can spare. */
export const DEFAULT_CACHE_BYTES = 20 * KIB ** 3;
/**
 * Desktops warn when less than a gigabyte is free, and below that programs fail. More would leave a small disk, which seldom has
 * more than a few gigabytes to spare, without a cache.
 */
export const DEFAULT_MIN_FREE_BYTES = KIB ** 3;

/** To one host: a gigabit link's worth of the smallest blocks; some servers shut out who asks without end. */
export const DEFAULT_REQUESTS_PER_SECOND = 2_000;
export const MAX_REQUESTS_PER_SECOND = 100_000;

/** Two round trips on a bad mobile link, retries included; past that a person thinks that it hangs. */
export const DEFAULT_DEADLINE_MS = 30_000;

/** Whether a number of bytes can be a block: a power of two from 64 KiB to 16 MiB. */
export function isBlockSize(bytes: number): boolean {
  return bytes >= MIN_BLOCK_BYTES && bytes <= MAX_BLOCK_BYTES && Number.isInteger(Math.log2(bytes));
}

/** Throws ARGUMENT_INVALID with a sentence for a size that no block can have. */
export function assertBlockSize(bytes: number): void {
  if (isBlockSize(bytes)) return;
  throw new GhostError(
    'ARGUMENT_INVALID',
    `A block size of ${bytes} bytes is not possible: it must be a power of two from 64 KiB to 16 MiB.`,
  );
}
