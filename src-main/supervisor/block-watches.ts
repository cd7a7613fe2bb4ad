/**
 * Who looks at the block map of which file. Invariant: the engine watches exactly the files somebody looks at, a new engine
 * too; its looks survive it.
 */
import type { EngineRequests, JobPlace } from '../engine/control/protocol.ts';
import { GhostError } from '../engine/errors.ts';
import type { TopicStream } from '../ipc/handlers.ts';
import type { BlocksEvent } from '../ipc/contract.ts';
import { BlockChanges, type BlockReport } from './block-changes.ts';

type WatchRequest = <Name extends 'watchBlocks' | 'unwatchBlocks'>(
  name: Name,
  input: EngineRequests[Name]['input'],
) => Promise<EngineRequests[Name]['output']>;

interface Look {
  readonly place: JobPlace;
  readonly path: string;
  readonly changes: BlockChanges;
  readonly changed: () => void;
  /** The engine's watch, asked for or begun; each has a number of its own, so that an answer cannot be taken for another's. */
  watch: number;
  failure: GhostError | undefined;
}

export class BlockWatches {
  readonly #request: WatchRequest;
  /** Those that have begun: a new engine is asked for them. */
  readonly #looks = new Set<Look>();
  /** By the number the engine reports under. */
  readonly #byWatch = new Map<number, Look>();
  #lastWatch = 0;

  constructor(request: WatchRequest) {
    this.#request = request;
  }

  /** Rejects as the engine does when there is no such file. */
  async open(place: JobPlace, path: string, changed: () => void): Promise<TopicStream<BlocksEvent>> {
    const look: Look = { place, path, changes: new BlockChanges(), changed, watch: 0, failure: undefined };
    await this.#begin(look);
    this.#looks.add(look);
    return {
      next: () => {
        if (look.failure !== undefined) throw look.failure;
        return look.changes.next();
      },
      close: () => {
        this.#looks.delete(look);
        this.#end(look.watch);
      },
    };
  }

  report(watch: number, report: BlockReport): void {
    const look = this.#byWatch.get(watch);
    if (look === undefined) return;
    look.changes.add(report);
    look.changed();
  }

  /** The engine is gone, and what it watched with it. */
  interrupt(): void {
    this.#byWatch.clear();
    for (const { changes } of this.#looks) changes.interrupt();
  }

  /** Asks a new engine for all that is looked at. Never rejects: what cannot be watched any more ends with its reason. */
  async resume(): Promise<void> {
    // Not those that are opened meanwhile: they ask the new engine themselves.
    for (const look of this.#looks.values().toArray()) {
      if (!this.#looks.has(look)) continue;
      try {
        await this.#begin(look);
      } catch (error) {
        if (!(error instanceof GhostError)) throw error;
        // When this engine is gone as well the next one is asked.
        if (error.code === 'ENGINE_AWAY') return;
        look.failure = error;
      }
      look.changed();
    }
  }

  async #begin(look: Look): Promise<void> {
    const { place, path, changes } = look;
    this.#lastWatch += 1;
    const watch = this.#lastWatch;
    look.watch = watch;
    // Before the question: the first reports may come with its answer.
    this.#byWatch.set(watch, look);
    try {
      changes.begin(await this.#request('watchBlocks', { ...place, path, watch }));
    } catch (error) {
      // Also when only its answer was too late.
      this.#end(watch);
      throw error;
    }
  }

  #end(watch: number): void {
    this.#byWatch.delete(watch);
    // Without an engine there is nothing to end.
    this.#request('unwatchBlocks', { watch }).catch(() => {});
  }
}
