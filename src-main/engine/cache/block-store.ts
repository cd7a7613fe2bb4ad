/**
 * What happens to one block in the files and in the index, in an order that a crash at any step leaves settleable.
 * Invariant: a file exists only while the index names it. The caller sees to it that nothing else happens to the block meanwhile.
 */
import { GhostError } from '../errors.ts';
import { digestOf } from '../verify.ts';
import type { BlockFiles } from './block-files.ts';
import type { CacheChanges } from './cache-changes.ts';
import type { CacheHealth } from './cache-health.ts';
import type { CacheIndex } from './cache-index.ts';
import type { BlockName } from './cache-layout.ts';
import type { Room } from './eviction.ts';
import type { ProvenBlocks } from './proven-blocks.ts';
import type { Removals } from './removals.ts';
import type { WriteQueue } from './write-queue.ts';

export interface BlockStoreParts {
  readonly index: CacheIndex;
  readonly files: BlockFiles;
  readonly health: CacheHealth;
  readonly changes: CacheChanges;
  readonly removals: Removals;
  readonly proven: ProvenBlocks;
  readonly queue: WriteQueue;
  /** Told before a file is removed. */
  readonly removing: (name: BlockName) => void;
}

/** A block as its reader or fetcher knows it. */
export interface NewBytes {
  readonly data: Buffer;
  /** Computed unless given. */
  readonly digest: Buffer | undefined;
}

export class BlockStore {
  readonly #parts: BlockStoreParts;

  constructor(parts: BlockStoreParts) {
    this.#parts = parts;
  }

  /** `reserve` makes room, given the bytes that are replaced. Rejects with its error, or with CACHE_UNAVAILABLE. */
  async write(
    name: BlockName,
    { data, digest }: NewBytes,
    reserve: (replaced: number) => Promise<Room>,
  ): Promise<void> {
    const { index, files, health, changes, removals, proven, queue } = this.#parts;
    let room: Room | undefined;
    let replaced: number | undefined;
    try {
      replaced = index.storedBytes(name);
      room = await reserve(replaced ?? 0);
      await index.intend(name, data.length, room.intended);
      const [identity, known] = await Promise.all([
        queue.whenFree(() => files.write(name, data)),
        digest ?? digestOf(data),
      ]);
      proven.add(name, identity);
      if (replaced !== undefined) removals.announce();
      await index.confirm(name, known, room.release);
      health.succeeded();
    } catch (cause) {
      // No room, and so nothing touched.
      if (room === undefined && cause instanceof GhostError) throw cause;
      health.failed(cause);
      await this.#undo(name);
      if (replaced !== undefined) changes.tell('removed', name);
      throw health.refusal(name, cause);
    } finally {
      room?.release();
    }
    changes.tell('stored', name);
  }

  /** Missing is not an error. Rejects with CACHE_UNAVAILABLE. */
  async remove(name: BlockName): Promise<void> {
    const { index, files, health, changes, removals, removing } = this.#parts;
    const wasStored = this.#isStored(name);
    removing(name);
    // On a full disk the index may be unable to note the intent, and removing the file is what makes room.
    await index.intendRemoval(name).catch((error: unknown) => health.failed(error));
    try {
      await files.remove(name);
    } catch (cause) {
      health.failed(cause);
      throw health.refusal(name, cause);
    }
    // After the file is gone: a responder that looks later finds nothing, one that looked earlier looks again.
    removals.announce();
    await index.forget(name).catch((error: unknown) => health.failed(error));
    if (wasStored) changes.tell('removed', name);
  }

  /** Removes it if it is stored: the bytes freed, or undefined. Rejects with CACHE_UNAVAILABLE, also when its row stays. */
  async removeStored(name: BlockName): Promise<number | undefined> {
    const { index, health } = this.#parts;
    const bytes = index.storedBytes(name);
    if (bytes === undefined) return undefined;
    await this.remove(name);
    // Whoever removes one stored block after the other would be given this one for ever.
    if (index.storedBytes(name) === undefined) return bytes;
    throw health.refusal(name, new Error('the index cannot be written'));
  }

  /** What cannot be undone now keeps its row, and the next opening settles it. */
  async #undo(name: BlockName): Promise<void> {
    const { index, files, health, removals } = this.#parts;
    try {
      await files.remove(name);
      removals.announce();
      await index.forget(name);
    } catch (error) {
      health.failed(error);
    }
  }

  #isStored(name: BlockName): boolean {
    try {
      return this.#parts.index.storedBytes(name) !== undefined;
    } catch {
      // The removal finds out, too, and tells.
      return false;
    }
  }
}
