/**
 * The memory that blocks of all mounts may take together, counted from before the first byte of a fetch until nobody keeps the
 * block. Invariants: the ceiling is passed by one block at most, and only where no fetch could move otherwise; part of it is
 * left to readers.
 */
import { DEFAULT_MEMORY_BYTES } from '../config.ts';
import type { Priority } from '../entangler/block-reader.ts';

/** What work below `user` may fill; with the least memory that can be set the rest still holds the largest block. */
const BACKGROUND_SHARE = 0.75;

/** The memory of one block. Whoever holds it gives it back, once; more often changes nothing. */
export interface Lease {
  readonly bytes: number;
  /** The block is not in memory any more. */
  release(): void;
  /** The block may be taken back when room is needed: then `drop` is called, once, and the lease is over. */
  lend(drop: () => void): void;
  /** It may not be taken back from now on. */
  keep(): void;
}

export class BlockMemory {
  /** The ceiling. */
  readonly bytes: number;
  readonly #onRoom: () => void;
  /** What may be taken back, lent longest ago first. */
  readonly #lent = new Map<Lease, () => void>();
  readonly #leases = new Set<Lease>();
  #used = 0;
  #lentBytes = 0;

  /** `onRoom` hears when more can be had than before. */
  constructor(onRoom: () => void, bytes = DEFAULT_MEMORY_BYTES) {
    this.bytes = bytes;
    this.#onRoom = onRoom;
  }

  /** Bytes of all leases, lent ones included. */
  get used(): number {
    return this.#used;
  }

  /** Bytes of those that may not be taken back. */
  get inUse(): number {
    return this.#used - this.#lentBytes;
  }

  /** Room for a block, made by dropping lent ones where that is enough; undefined when it is not. */
  take(bytes: number, priority: Priority): Lease | undefined {
    const limit = priority === 'user' ? this.bytes : this.bytes * BACKGROUND_SHARE;
    if (this.inUse + bytes > limit) return undefined;
    return this.#takeBelow(limit, bytes);
  }

  /** For a fetch that is the only one: a block larger than what is free must move all the same. */
  takeAnyway(bytes: number): Lease {
    return this.#takeBelow(this.bytes, bytes);
  }

  #takeBelow(limit: number, bytes: number): Lease {
    for (const [lease, drop] of this.#lent) {
      if (this.#used + bytes <= limit) break;
      this.#end(lease);
      drop();
    }
    const lease: Lease = {
      bytes,
      release: () => {
        if (this.#end(lease)) this.#onRoom();
      },
      lend: (drop) => {
        if (!this.#leases.has(lease)) return;
        this.#unlend(lease);
        this.#lent.set(lease, drop);
        this.#lentBytes += bytes;
        this.#onRoom();
      },
      keep: () => this.#unlend(lease),
    };
    this.#leases.add(lease);
    this.#used += bytes;
    return lease;
  }

  #unlend(lease: Lease): void {
    if (this.#lent.delete(lease)) this.#lentBytes -= lease.bytes;
  }

  /** False when it was over already. */
  #end(lease: Lease): boolean {
    if (!this.#leases.delete(lease)) return false;
    this.#unlend(lease);
    this.#used -= lease.bytes;
    return true;
  }
}
