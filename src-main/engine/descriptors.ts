/**
 * The descriptors of this process: a few are kept back for what must go on when there are none left, and what only saves work
 * takes a small part of them. Invariant: whatever is taken from the reserve is put back as soon as there is one again.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';

/**
 * In each thread that keeps a reserve. On the event loop a look at a reader takes one and the log's file another, in a responder
 * a block of the cache; the rest is for what other threads take in between.
 */
const RESERVED = 4;
/** The part of all descriptors that open files kept for later may take, for each mount or source. */
const SHARE = 1 / 16;
/** Fewer would open a file anew for every read of a few files side by side. */
const FEWEST = 4;

/** For a sentence on what could not be done. */
export const NO_DESCRIPTOR =
  'this program may open no more files and connections; take some mounts away or raise its limit (ulimit -n)';

/** This thread's. */
const reserve: number[] = [];

/** From now on this thread has a reserve; fills it up again. */
export function keepReserve(): void {
  try {
    while (reserve.length < RESERVED) reserve.push(openSync('/dev/null', 'r'));
  } catch {
    // None left: the next who gives one back fills it.
  }
}

/** Runs a step that opens a file, with one of the reserve when there is no other. */
export function withReserve<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    const spare = isOutOfDescriptors(error) ? reserve.pop() : undefined;
    if (spare === undefined) throw error;
    closeSync(spare);
  }
  try {
    return step();
  } finally {
    keepReserve();
  }
}

/** Gives one up until the end of this turn of the event loop, for a step that cannot be run by withReserve(). */
export function lendReserve(): void {
  const spare = reserve.pop();
  if (spare === undefined) return;
  closeSync(spare);
  setImmediate(keepReserve);
}

/** How many files may be kept open only to spare opening them again: `most`, or less where the system allows few. */
export function keptOpen(most: number): number {
  const limit = descriptorLimit();
  return limit === undefined ? most : Math.max(FEWEST, Math.min(most, Math.floor(limit * SHARE)));
}

export function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

/** Format: proc_pid_limits(5). Undefined where the system does not tell. */
function descriptorLimit(): number | undefined {
  try {
    const digits = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return digits === undefined ? undefined : Number(digits);
  } catch {
    return undefined;
  }
}
