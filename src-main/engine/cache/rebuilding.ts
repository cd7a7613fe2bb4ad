/**
 * An index that is made anew while the cache is used. Invariant: a block that is removed meanwhile is not entered afterwards;
 * nothing new is stored before all is known, because nobody could say whether it fits.
 */
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { IndexedBlock } from './cache-index-schema.ts';
import { blockPath } from './cache-layout.ts';
import type { BlockName } from './cache-layout.ts';
import type { IndexRebuild } from './index-rebuild.ts';

export interface RebuildingParts {
  readonly rebuild: IndexRebuild;
  readonly directory: string;
  readonly logger: Logger;
  /** Removes a block, its file and its row. */
  readonly remove: (row: IndexedBlock) => Promise<void>;
  /** Called when the index is complete; the sentence that tells of it. */
  readonly completed: () => string;
}

export class Rebuilding {
  readonly #parts: RebuildingParts;
  readonly #gone = new Set<string>();
  readonly #ended: Promise<void>;
  #isStopped = false;
  #failure: string | undefined;
  #isComplete = false;

  constructor(parts: RebuildingParts) {
    this.#parts = parts;
    parts.logger.info(`${this.#progress()} Meanwhile it is used as far as its blocks can be verified.`);
    this.#ended = this.#run();
  }

  /** Why nothing new is kept; undefined when the index is complete. */
  get trouble(): string | undefined {
    if (this.#isComplete) return undefined;
    return this.#failure ?? `${this.#progress()} New blocks are not kept until that is done.`;
  }

  /** To be called before the file of a block is removed. */
  removes(name: BlockName): void {
    if (!this.#isComplete) this.#gone.add(blockPath(name));
  }

  /** Throws CACHE_BUSY until the index is complete. */
  refuse(): void {
    const { trouble } = this;
    if (trouble !== undefined) throw new GhostError('CACHE_BUSY', trouble);
  }

  /** Resolves when it has ended, well or not. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { rebuild, directory, logger, remove, completed } = this.#parts;
    try {
      this.#isComplete = await rebuild.run(Infinity, {
        isGone: (name) => this.#gone.has(blockPath(name)),
        isOver: () => this.#isStopped,
        remove,
      });
      if (this.#isComplete) logger.info(completed());
    } catch (error) {
      this.#failure = `The index of the cache at ${directory} cannot be rebuilt (${messageOf(error)}); new blocks are not kept. It is tried again at the next start.`;
      logger.warn(this.#failure, error);
    } finally {
      this.#gone.clear();
    }
  }

  #progress(): string {
    const { directory, rebuild } = this.#parts;
    return `The index of the cache at ${directory} is being rebuilt, ${rebuild.blocks} blocks so far.`;
  }
}
