/**
 * Cached blocks for a responder thread: a read is one synchronous pread from a descriptor that is already open, and a look
 * whether its file is still what was verified. Invariant: it never throws, and it never serves a block of another length than
 * asked for, one that was removed, or one that nobody verified in the state it is in.
 */
import { constants, fstatSync, openSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CacheKey } from './block-cache.ts';
import { systemClock } from '../clock.ts';
import { isOutOfDescriptors, keepReserve, withReserve } from '../descriptors.ts';
import type { Clock } from '../clock.ts';
import { blockFileName } from './artifact-key.ts';
import { closeQuietly, describe } from './open-block.ts';
import { ProvenBlocks } from './proven-blocks.ts';
import { Removals } from './removals.ts';
import { ServedBlockLog } from './served-blocks.ts';
import type { ServedBlocks } from './served-blocks.ts';

// libuv adds O_CLOEXEC to every file it opens. A pipe that somebody put there must not be waited for.
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NO_FILE = -1;
/** Descriptors: a gigabyte of 1 MiB blocks. Node raises its own limit to the system's, usually several thousand. */
const DEFAULT_LIMIT = 1_024;
/** Often enough for an order of use that people would agree with, seldom enough to cost a reader nothing. */
const UPKEEP_MS = 1_000;

/** One version of one file while at least one handle is open. */
export interface CachedFile {
  readonly key: CacheKey;
  /** Block number to position in the pool. */
  readonly slots: Map<number, number>;
  handles: number;
}

export interface CachedBlockFilesOptions {
  /** Descriptors this pool may hold. */
  readonly limit?: number;
  /** `DiskCache.removals.shared`. Without it the whole pool is looked through now and then. */
  readonly removals?: SharedArrayBuffer;
  /** `DiskCache.proven.shared`. Without it every block file counts as verified as it is when it is opened. */
  readonly proven?: SharedArrayBuffer;
  /** Asks the system to read so many bytes of a file soon, as posix_fadvise(2) with WILLNEED; must not wait or throw. */
  readonly willNeed?: (descriptor: number, bytes: number) => void;
  /**
   * Told between reads, once a second or so, which blocks were served since then: what `DiskCache.used` wants to know. Must
   * not wait or throw.
   */
  readonly served?: (served: readonly ServedBlocks[]) => void;
  readonly clock?: Clock;
}

export class CachedBlockFiles {
  readonly #directory: string;
  readonly #willNeed: (descriptor: number, bytes: number) => void;
  readonly #removals: Removals | undefined;
  readonly #proven: ProvenBlocks | undefined;
  readonly #files = new Map<CacheKey, CachedFile>();

  // The pool, one position per descriptor, as parallel arrays so that the hot path touches no objects.
  readonly #descriptors: Int32Array;
  readonly #lengths: Float64Array;
  readonly #blocks: Float64Array;
  readonly #owners: (CachedFile | undefined)[];
  /** Time of the file's last change when it was opened: nothing happens to a file that leaves it as it is. */
  readonly #changedAt: Float64Array;
  readonly #recentlyUsed: Uint8Array;
  #hand = 0;

  readonly #clock: Clock;
  readonly #log: ServedBlockLog | undefined;
  #upkeepAt: number;
  /** As the counter stood when the whole pool was last looked through. */
  #sweptAt = 0;

  constructor(
    directory: string,
    {
      limit = DEFAULT_LIMIT,
      removals,
      proven,
      willNeed = () => {},
      served,
      clock = systemClock,
    }: CachedBlockFilesOptions = {},
  ) {
    const size = Math.max(1, limit);
    this.#directory = resolve(directory);
    this.#removals = removals && new Removals(removals);
    this.#proven = proven && new ProvenBlocks(proven);
    this.#willNeed = willNeed;
    this.#descriptors = new Int32Array(size).fill(NO_FILE);
    this.#lengths = new Float64Array(size);
    this.#blocks = new Float64Array(size);
    this.#owners = Array.from<CachedFile | undefined>({ length: size }).fill(undefined);
    this.#changedAt = new Float64Array(size);
    this.#recentlyUsed = new Uint8Array(size);
    this.#clock = clock;
    this.#log = served && new ServedBlockLog(size, (slot) => this.#nameAt(slot), served);
    this.#upkeepAt = clock.now() + UPKEEP_MS;
  }

  /** Handles of the same version share descriptors; each openFile() needs its closeFile(). */
  openFile(key: CacheKey): CachedFile {
    let file = this.#files.get(key);
    if (file === undefined) this.#files.set(key, (file = { key, slots: new Map(), handles: 0 }));
    file.handles += 1;
    return file;
  }

  closeFile(file: CachedFile): void {
    file.handles -= 1;
    if (file.handles !== 0) return;
    for (const slot of file.slots.values()) this.#drop(slot);
    this.#files.delete(file.key);
  }

  /**
   * Copies `length` bytes from `position` of the block into `target`, and says whether it did. False means: not in the
   * cache as a block of exactly `blockLength` bytes, or not readable; then `target` may have been written to.
   */
  // A parameter object would be an allocation for every read.
  read(
    file: CachedFile,
    block: number,
    blockLength: number,
    target: Buffer,
    targetOffset: number,
    length: number,
    position: number,
  ): boolean {
    if (this.#clock.now() >= this.#upkeepAt) this.upkeep();
    if (position + length > blockLength) return false;
    for (let isSecondTry = false; ; isSecondTry = true) {
      const slot = file.slots.get(block) ?? this.#open(file, block);
      if (slot === undefined) return false;
      // The event loop discards a block of another length; a descriptor of it would outlive its replacement.
      if (this.#lengths[slot] === blockLength) {
        const count = this.#pread(slot, target, targetOffset, length, position);
        // Looked at afterwards: who changes a file marks it first.
        if (count === length && this.#isUnchanged(slot)) {
          this.#recentlyUsed[slot] = 1;
          this.#log?.served(slot);
          return true;
        }
      }
      this.#drop(slot);
      // It may have been replaced by a good one since it was opened.
      if (isSecondTry) return false;
    }
  }

  /**
   * A reader in sequence will soon reach this block: opens it, if it is cached, and has it read from disk meanwhile. Each
   * block is a file of its own, so the kernel's read-ahead ends at its end and would begin anew with the next.
   */
  prepare(file: CachedFile, block: number): void {
    if (file.slots.has(block)) return;
    const slot = this.#open(file, block);
    if (slot !== undefined) this.#willNeed(this.#descriptors[slot]!, this.#lengths[slot]!);
  }

  /** Descriptors held at present. */
  get openDescriptors(): number {
    return this.#descriptors.reduce((count, descriptor) => count + (descriptor === NO_FILE ? 0 : 1), 0);
  }

  /**
   * Tells what was served, and lets go of blocks removed since they were opened, whose disk space is free only then. Done now
   * and then while reads are served; to be called when nothing was read for a while.
   */
  upkeep(): void {
    this.#upkeepAt = this.#clock.now() + UPKEEP_MS;
    this.#log?.tell();
    const removals = this.#removals?.count();
    if (removals !== undefined && removals === this.#sweptAt) return;
    for (let slot = 0; slot < this.#descriptors.length; slot += 1) {
      if (this.#descriptors[slot] !== NO_FILE && !this.#isUnchanged(slot)) this.#drop(slot);
    }
    this.#sweptAt = removals ?? 0;
  }

  /** Closes every descriptor; the object stays usable. */
  close(): void {
    for (let slot = 0; slot < this.#descriptors.length; slot += 1) this.#drop(slot);
    this.#log?.tell();
  }

  #nameAt(slot: number): { readonly key: CacheKey; readonly block: number } | undefined {
    const owner = this.#owners[slot];
    return owner && { key: owner.key, block: this.#blocks[slot]! };
  }

  /** Bytes read; -1 when the disk says no: the event loop finds out again and can tell somebody. */
  #pread(slot: number, target: Buffer, targetOffset: number, length: number, position: number): number {
    try {
      return readSync(this.#descriptors[slot]!, target, targetOffset, length, position);
    } catch {
      return -1;
    }
  }

  /** Whether the file is there and as it was when it was opened. A removal changes it, too. */
  #isUnchanged(slot: number): boolean {
    try {
      return fstatSync(this.#descriptors[slot]!).ctimeMs === this.#changedAt[slot];
    } catch {
      // A descriptor that cannot be asked is as good as gone.
      return false;
    }
  }

  /** The slot of a block file opened now, or undefined. Nothing is remembered of a miss: blocks arrive at any time. */
  #open(file: CachedFile, block: number): number | undefined {
    const path = blockFileName(file.key, block);
    const descriptor = this.#openDescriptor(join(this.#directory, path));
    if (descriptor === NO_FILE) return undefined;
    const found = describe(descriptor);
    if (found === undefined || this.#proven?.has(path, found.identity) === false) {
      closeQuietly(descriptor);
      return undefined;
    }
    const slot = this.#freeSlot();
    this.#descriptors[slot] = descriptor;
    this.#lengths[slot] = found.length;
    this.#changedAt[slot] = found.identity.changedMs;
    this.#blocks[slot] = block;
    this.#owners[slot] = file;
    this.#recentlyUsed[slot] = 1;
    file.slots.set(block, slot);
    return slot;
  }

  #openDescriptor(path: string): number {
    try {
      return withReserve(() => openSync(path, OPEN_FLAGS));
    } catch (error) {
      if (!isOutOfDescriptors(error)) return NO_FILE;
    }
    this.#closeHalf();
    try {
      return openSync(path, OPEN_FLAGS);
    } catch {
      return NO_FILE;
    } finally {
      keepReserve();
    }
  }

  /** The clock algorithm: a position used since the hand last passed is spared once. */
  #freeSlot(): number {
    for (;;) {
      const slot = this.#hand;
      this.#hand = (slot + 1) % this.#descriptors.length;
      if (this.#descriptors[slot] === NO_FILE) return slot;
      if (this.#recentlyUsed[slot] === 0) {
        this.#drop(slot);
        return slot;
      }
      this.#recentlyUsed[slot] = 0;
    }
  }

  #closeHalf(): void {
    let excess = Math.ceil(this.openDescriptors / 2);
    while (excess > 0) {
      const slot = this.#hand;
      this.#hand = (slot + 1) % this.#descriptors.length;
      if (this.#descriptors[slot] === NO_FILE) continue;
      this.#drop(slot);
      excess -= 1;
    }
  }

  #drop(slot: number): void {
    const descriptor = this.#descriptors[slot]!;
    if (descriptor === NO_FILE) return;
    this.#descriptors[slot] = NO_FILE;
    this.#log?.leaves(slot);
    this.#owners[slot]?.slots.delete(this.#blocks[slot]!);
    this.#owners[slot] = undefined;
    closeQuietly(descriptor);
  }
}
