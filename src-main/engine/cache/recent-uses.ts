/**
 * Gathers uses of blocks on their way to the index, where each would cost a write. Invariant: the index knows all of them when
 * somebody asks for the order of use, and memory holds no more than a batch.
 */
import type { BlockUse, CacheIndex } from './cache-index.ts';
import { blockPath } from './cache-layout.ts';
import type { BlockName } from './cache-layout.ts';

/** Uses per transaction: about a millisecond of the event loop. */
const BATCH = 256;

export class RecentUses {
  readonly #index: CacheIndex;
  readonly #failed: (error: unknown) => void;
  #uses = new Map<string, BlockUse>();
  #settling: Promise<void> = Promise.resolve();

  /** `failed` is told when uses could not be written; they are lost then, and nothing else is. */
  constructor(index: CacheIndex, failed: (error: unknown) => void) {
    this.#index = index;
    this.#failed = failed;
  }

  note(name: BlockName): void {
    this.#uses.set(blockPath(name), { name, use: this.#index.nextUse() });
    if (this.#uses.size >= BATCH) void this.settle();
  }

  /** Resolves when the index knows them all. Never rejects. */
  async settle(): Promise<void> {
    if (this.#uses.size > 0) {
      const uses = [...this.#uses.values()];
      this.#uses = new Map();
      this.#settling = this.#index.touch(uses).catch(this.#failed);
    }
    await this.#settling;
  }
}
