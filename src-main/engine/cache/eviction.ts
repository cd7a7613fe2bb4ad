/**
 * Keeps the cache within its limit: a block that is to be written waits here, behind its readers' backs, until enough of the
 * least recently used ones are gone. Invariant: blocks stored and those being written are together within the limit; and no
 * block gives way to one that was asked for before its own last use, as a block just written would.
 */
import { GhostError } from '../errors.ts';
import type { IndexedBlock } from './cache-index-schema.ts';

/** Blocks removed at once: enough to keep the disk busy, few enough that a reader's request is not kept from it for long. */
export const REMOVALS_AT_ONCE = 16;

/** What eviction needs of a cache. */
export interface EvictableBlocks {
  storedBytes(): number;
  /** Makes the order of use known in full. Never rejects. */
  settleUses(): Promise<void>;
  /** Shows blocks that were last used before `use`, least recently used first, until `visit` answers false. */
  leastRecentlyUsed(use: number, visit: (block: IndexedBlock) => boolean): void;
  /** Whether it is being read, written or removed. */
  isBusy(block: IndexedBlock): boolean;
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

interface Waiting extends RoomRequest {
  readonly resolve: (room: Room) => void;
  readonly reject: (error: unknown) => void;
}

export class Eviction {
  readonly #blocks: EvictableBlocks;
  #limit: number | undefined;
  /** Bytes of room given and not stored yet. */
  #reserved = 0;
  /** In order of arrival. */
  readonly #waiting: Waiting[] = [];
  #isWorking = false;
  #hasEnded = false;
  #work: Promise<void> = Promise.resolve();

  constructor(blocks: EvictableBlocks, limit: number | undefined) {
    this.#blocks = blocks;
    this.#limit = limit;
  }

  /**
   * Resolves when the block may be written. Rejects with CACHE_BUSY when only newer ones could make room, with
   * CACHE_UNAVAILABLE when the block alone is above the limit or nothing can be removed.
   */
  async reserve(request: RoomRequest): Promise<Room> {
    const { promise, resolve, reject } = Promise.withResolvers<Room>();
    this.#waiting.push({ ...request, resolve, reject });
    void this.#start();
    return await promise;
  }

  /** Undefined: none. Resolves when the cache is within it, as far as it can be now. */
  setLimit(limit: number | undefined): Promise<void> {
    this.#limit = limit;
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
      while (this.#lacksRoom()) {
        await this.#blocks.settleUses();
        if (!this.#lacksRoom()) return;
        const victims = this.#choose();
        if (victims.length > 0) await this.#remove(victims);
        else if (!this.#refuseFirst()) return;
      }
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    } finally {
      this.#isWorking = false;
    }
  }

  /** Lets in whoever fits, in order; true when room must be made for those that remain, or for none. */
  #lacksRoom(): boolean {
    const limit = this.#limit ?? Infinity;
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
    this.#blocks.leastRecentlyUsed(first?.use ?? Infinity, (block) => {
      // One that is busy may be waiting for this very room.
      if (this.#blocks.isBusy(block)) return true;
      victims.push(block);
      missing -= block.bytes;
      return missing > 0 && victims.length < REMOVALS_AT_ONCE;
    });
    return victims;
  }

  async #remove(victims: readonly IndexedBlock[]): Promise<void> {
    const removals = await Promise.allSettled(victims.map((block) => this.#blocks.remove(block)));
    for (const removal of removals) if (removal.status === 'rejected') throw removal.reason;
  }

  #refuseFirst(): boolean {
    const first = this.#waiting.shift();
    const sentence = 'The cache is full of blocks that were used later than this one; it was not kept.';
    first?.reject(new GhostError('CACHE_BUSY', sentence));
    return first !== undefined;
  }

  /** Bytes above the limit, once the block is let in. */
  #excess({ bytes, replaced }: Omit<RoomRequest, 'use'> = { bytes: 0, replaced: 0 }): number {
    if (this.#limit === undefined) return -Infinity;
    return this.#blocks.storedBytes() + this.#reserved + bytes - replaced - this.#limit;
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
