/**
 * Which block files were found to hold the right bytes during this run of the engine: a table in shared memory, filled by the
 * event loop and asked by responder threads. Invariant: a file that was written to, cut short, exchanged or replaced since is
 * not in it, because it is known by its inode and the time of its last change.
 */
import { hash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { blockPath } from './cache-layout.ts';
import type { BlockName } from './cache-layout.ts';

/** What tells a file, in the state it is in, from all others. Whatever is done to it changes `changedMs`. */
export interface FileIdentity {
  readonly inode: number;
  /** As the system's ctime. Milliseconds since 1970, with fraction. */
  readonly changedMs: number;
}

/** Half a million blocks, four megabytes. What is forgotten is only looked at again. */
const ENTRIES = 2 ** 19;
/** Places an entry may stand at; with more the table would fill better than it needs to. */
const WAYS = 4;

export class ProvenBlocks {
  /** For responder threads. */
  readonly shared: SharedArrayBuffer;
  readonly #files: PrintTable;
  /** Those whose file was found right at some time, in whatever state it is now. */
  readonly #names = new PrintTable(new BigUint64Array(ENTRIES));

  constructor(shared = new SharedArrayBuffer(ENTRIES * BigUint64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#files = new PrintTable(new BigUint64Array(shared));
  }

  /** For the event loop alone. */
  add(name: BlockName, identity: FileIdentity): void {
    const path = blockPath(name);
    this.#files.add(printOf(path, identity));
    this.#names.add(printOf(path, undefined));
  }

  /** `path` as in the cache directory. */
  has(path: string, identity: FileIdentity): boolean {
    return this.#files.has(printOf(path, identity));
  }

  /** For the event loop alone: whether it was ever added. */
  knows(path: string): boolean {
    return this.#names.has(printOf(path, undefined));
  }
}

/** A set that forgets when it is full. One thread adds, any may ask. */
class PrintTable {
  readonly #entries: BigUint64Array;
  readonly #sets: bigint;
  #turn = 0;

  constructor(entries: BigUint64Array) {
    this.#entries = entries;
    this.#sets = BigInt(entries.length / WAYS);
  }

  add(print: bigint): void {
    if (this.has(print)) return;
    const first = this.#firstOf(print);
    this.#turn = (this.#turn + 1) % WAYS;
    Atomics.store(this.#entries, this.#find(first, 0n) ?? first + this.#turn, print);
  }

  has(print: bigint): boolean {
    return this.#find(this.#firstOf(print), print) !== undefined;
  }

  #firstOf(print: bigint): number {
    return Number(print % this.#sets) * WAYS;
  }

  #find(first: number, print: bigint): number | undefined {
    for (let at = first; at < first + WAYS; at += 1) if (Atomics.load(this.#entries, at) === print) return at;
    return undefined;
  }
}

export function identityOf({ ino, ctimeMs }: Pick<Stats, 'ino' | 'ctimeMs'>): FileIdentity {
  return { inode: ino, changedMs: ctimeMs };
}

export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.inode === other.inode && one.changedMs === other.changedMs;
}

/** Not 0, which is an empty place. Two files share one with a probability of 2^-63. */
function printOf(path: string, identity: FileIdentity | undefined): bigint {
  const state = identity === undefined ? '' : `${identity.inode};${identity.changedMs}`;
  return hash('sha256', `${state};${path}`, 'buffer').readBigUInt64LE(0) | (1n << 63n);
}
