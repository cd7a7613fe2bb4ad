/**
 * Keeps the cache within its limit, and some of its disk free: a block that is to be written waits here, behind its readers'
 * backs, until enough of the least recently used ones are gone. Invariant: blocks stored and those being written are together
 * within both; and no block gives way to one that was asked for before its own last use, as a block just written would.
 */
import { GhostError } from '../errors.ts';
import type { IndexedBlock, UsedBlock } from './cache-index-schema.ts';

/** Blocks removed at once: enough to keep the disk busy, few enough that a reader's request is not kept from it for long. */
export const REMOVALS_AT_ONCE = 16;

/** Others write to the disk, too: that removals gave no space once says nothing. */
const ROUNDS_IN_VAIN = 3;

/** What eviction needs of a cache. */
export interface EvictableBlocks {
  storedBytes(): number;
  /** Makes the order of use known in full. Never rejects. */
  settleUses(): Promise<void>;
  /** Shows blocks that were last used before `use`, least recently used first, until `visit` answers false. */
  leastRecentlyUsed(use: number, visit: (block: UsedBlock) => boolean): void;
  /** Whether it is being read, written or removed. */
  isBusy(block: IndexedBlock): boolean;
  /** When a reader that will reach the block soon was last seen, in the order of uses: as good as a use. 0 for none. */
  readerSeen(block: IndexedBlock): number;
  /** Bytes free on the disk; undefined when nobody can tell. Never rejects. */
  freeBytes(): Promise<number | undefined>;
  /** Nothing that could go makes the disk free enough: what to tell the block that asked. */
  lacksSpace(minFree: number): GhostError;
  /** Rejects with a GhostError when the file cannot be removed. */
  remove(block: IndexedBlock): Promise<void>;
}

export interface RoomRequest {
  readonly bytes: number;
  /** Bytes that the block has already; they make room when its new ones are about to be written. */
  readonly replaced: number;
  /** When the block was asked for, in the order of uses. */
  readonly use: number;
}

/** Room for one block. Both are to be called in the moment in which storedBytes() changes, and mean nothing twice. */
export interface Room {
  /** What the block replaces no longer counts as stored. */
  readonly intended: () => void;
  /** The block counts as stored, or is not written after all. */
  readonly release: () => void;
}

export interface Bounds {
  /** Bytes of blocks; undefined: as many as the disk holds. */
  readonly limit: number | undefined;
  /** Bytes of the disk that blocks leave free; undefined: none. */
  readonly minFree: number | undefined;
}

interface Waiting extends RoomRequest {
  readonly resolve: (room: Room) => void;
  readonly reject: (error: unknown) => void;
}

export class Eviction {
  readonly #blocks: EvictableBlocks;
  #bounds: Bounds;
  /** What the disk allows the blocks to be together, when it was last looked at. */
  #diskLimit = Infinity;
  /** Removals, one after the other, that left the disk as full as it was. */
  #inVain = 0;
  /** Bytes of room given and not stored yet. */
  #reserved = 0;
  /** In order of arrival. */
  readonly #waiting: Waiting[] = [];
  #isWorking = false;
  #hasEnded = false;
  #work: Promise<void> = Promise.resolve();

  constructor(blocks: EvictableBlocks, bounds: Bounds) {
    this.#blocks = blocks;
    this.#bounds = bounds;
  }

  get bounds(): Bounds {
    return this.#bounds;
  }

  /**
   * Resolves when the block may be written. Rejects with CACHE_BUSY when only newer ones could make room, with
   * CACHE_UNAVAILABLE when the block alone is above the limit, nothing can be removed or the disk stays too full.
   */
  async reserve(request: RoomRequest): Promise<Room> {
    const { promise, resolve, reject } = Promise.withResolvers<Room>();
    this.#waiting.push({ ...request, resolve, reject });
    void this.#start();
    return await promise;
  }

  /** Resolves when the cache is within them, as far as it can be now. */
  setBounds(bounds: Bounds): Promise<void> {
    this.#bounds = bounds;
    return this.#start();
  }

  /** To be called when blocks that could not be removed may have become free. Costs nothing while the limit is kept. */
  enforce(): void {
    if (this.#excess() > 0) void this.#start();
  }

  /** From now on room is made only for blocks that are to be written. Resolves when nothing else is being removed. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#work;
  }

  #start(): Promise<void> {
    if (!this.#isWorking) this.#work = this.#run();
    return this.#work;
  }

  async #run(): Promise<void> {
    this.#isWorking = true;
    try {
      // No await between a last look and the end: what arrives afterwards must find that nobody works any more.
      if (this.#bounds.minFree !== undefined) await this.#measure(this.#bounds.minFree);
      while (this.#lacksRoom()) {
        await this.#blocks.settleUses();
        if (!this.#lacksRoom()) return;
        const victims = this.#choose();
        if (victims.length === 0 && !this.#refuseFirst()) return;
        await this.#remove(victims);
        if (this.#bounds.minFree !== undefined) await this.#measureAfter(victims, this.#bounds.minFree);
      }
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    } finally {
      this.#isWorking = false;
    }
  }

  /** What is being written may be on the disk in part and counts twice: rather too little than too much. */
  async #measure(minFree: number): Promise<void> {
    const free = await this.#blocks.freeBytes();
    this.#diskLimit = free === undefined ? Infinity : this.#blocks.storedBytes() + free - minFree;
  }

  /** Where a file system gives space back late, or not at all, everything would be removed in vain. */
  async #measureAfter(victims: readonly IndexedBlock[], minFree: number): Promise<void> {
    const before = this.#diskLimit;
    await this.#measure(minFree);
    const removed = victims.reduce((sum, { bytes }) => sum + bytes, 0);
    // What is being written takes space, too.
    const isInVain = this.#diskLimit + this.#reserved < before - removed / 2;
    this.#inVain = isInVain ? this.#inVain + 1 : 0;
    if (this.#inVain < ROUNDS_IN_VAIN) return;
    this.#inVain = 0;
    throw this.#blocks.lacksSpace(minFree);
  }

  /** Lets in whoever fits, in order; true when room must be made for those that remain, or for none. */
  #lacksRoom(): boolean {
    const limit = this.#bounds.limit ?? Infinity;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.bytes > limit) {
        const sentence = `A block of ${next.bytes} bytes does not fit into a cache of at most ${limit} bytes.`;
        next.reject(new GhostError('CACHE_UNAVAILABLE', sentence));
      } else if (this.#excess(next) <= 0) next.resolve(this.#give(next));
      else return true;
      this.#waiting.shift();
    }
    return !this.#hasEnded && this.#excess() > 0;
  }

  #choose(): readonly IndexedBlock[] {
    const [first, ...others] = this.#waiting;
    let missing = first === undefined ? this.#excess() : this.#excess(first);
    for (const { bytes, replaced } of others) missing += Math.max(0, bytes - replaced);
    const victims: IndexedBlock[] = [];
    const take = (block: IndexedBlock): boolean => {
      victims.push(block);
      missing -= block.bytes;
      return missing > 0 && victims.length < REMOVALS_AT_ONCE;
    };
    // Those that a reader will reach, the one whose reader was seen longest ago first.
    let spared: readonly { readonly seen: number; readonly block: IndexedBlock }[] = [];
    const takeSpared = (before: number): boolean => {
      while (spared[0] !== undefined && spared[0].seen < before) {
        const [{ block }, ...others] = spared;
        spared = others;
        if (!take(block)) return false;
      }
      return true;
    };
    let goesOn = true;
    this.#blocks.leastRecentlyUsed(first?.use ?? Infinity, (block) => {
      // One that is busy may be waiting for this very room.
      if (this.#blocks.isBusy(block)) return true;
      const seen = this.#blocks.readerSeen(block);
      if (seen > block.lastUse) {
        spared = [...spared, { seen, block }].toSorted((one, other) => one.seen - other.seen);
        return true;
      }
      goesOn = takeSpared(block.lastUse) && take(block);
      return goesOn;
    });
    if (goesOn) takeSpared(Infinity);
    return victims;
  }

  async #remove(victims: readonly IndexedBlock[]): Promise<void> {
    const removals = await Promise.allSettled(victims.map((block) => this.#blocks.remove(block)));
    for (const removal of removals) if (removal.status === 'rejected') throw removal.reason;
  }

  /** False when nobody waits. */
  #refuseFirst(): boolean {
    const first = this.#waiting.shift();
    first?.reject(this.#refusal());
    return first !== undefined;
  }

  #refusal(): GhostError {
    const { limit = Infinity, minFree } = this.#bounds;
    let isAnyLeft = false;
    this.#blocks.leastRecentlyUsed(Infinity, () => {
      isAnyLeft = true;
      return false;
    });
    if (minFree !== undefined && this.#diskLimit < limit && !isAnyLeft)
      return this.#blocks.lacksSpace(minFree);
    const sentence =
      'The cache is full of blocks that are pinned or were used later than this one; it was not kept.';
    return new GhostError('CACHE_BUSY', sentence);
  }

  /** Bytes above what is allowed, once the block is let in. */
  #excess({ bytes, replaced }: Omit<RoomRequest, 'use'> = { bytes: 0, replaced: 0 }): number {
    const { limit = Infinity, minFree } = this.#bounds;
    const most = Math.min(limit, minFree === undefined ? Infinity : this.#diskLimit);
    return this.#blocks.storedBytes() + this.#reserved + bytes - replaced - most;
  }

  #give({ bytes, replaced }: RoomRequest): Room {
    let held = bytes - replaced;
    let isIntended = false;
    this.#reserved += held;
    const add = (more: number) => {
      held += more;
      this.#reserved += more;
    };
    return {
      intended: () => {
        if (!isIntended) add(replaced);
        isIntended = true;
      },
      release: () => {
        isIntended = true;
        add(-held);
      },
    };
  }
}
