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

interface Watch {
  readonly place: JobPlace;
  readonly path: string;
  readonly changes: BlockChanges;
  readonly changed: () => void;
  failure: GhostError | undefined;
}

export class BlockWatches {
  readonly #request: WatchRequest;
  readonly #watches = new Map<number, Watch>();
  #lastWatch = 0;

  constructor(request: WatchRequest) {
    this.#request = request;
  }

  /** Rejects as the engine does when there is no such file. */
  async open(place: JobPlace, path: string, changed: () => void): Promise<TopicStream<BlocksEvent>> {
    this.#lastWatch += 1;
    const watch = this.#lastWatch;
    const entry: Watch = { place, path, changes: new BlockChanges(), changed, failure: undefined };
    this.#watches.set(watch, entry);
    try {
      entry.changes.begin(await this.#request('watchBlocks', { ...place, path, watch }));
    } catch (error) {
      this.#watches.delete(watch);
      throw error;
    }
    return {
      next: () => {
        if (entry.failure !== undefined) throw entry.failure;
        return entry.changes.next();
      },
      close: () => {
        this.#watches.delete(watch);
        // Without an engine there is nothing to end.
        this.#request('unwatchBlocks', { watch }).catch(() => {});
      },
    };
  }

  report(watch: number, report: BlockReport): void {
    const entry = this.#watches.get(watch);
    if (entry === undefined) return;
    entry.changes.add(report);
    entry.changed();
  }

  /** The engine is gone, and what it watched with it. */
  interrupt(): void {
    for (const { changes } of this.#watches.values()) changes.interrupt();
  }

  /** Asks a new engine for all that is looked at. Never rejects: what cannot be watched any more ends with its reason. */
  async resume(): Promise<void> {
    for (const [watch, entry] of this.#watches) {
      const { place, path, changes, changed } = entry;
      try {
        changes.begin(await this.#request('watchBlocks', { ...place, path, watch }));
      } catch (error) {
        // When this engine is gone as well the next one is asked.
        if (!(error instanceof GhostError)) throw error;
        if (error.code === 'ENGINE_AWAY') return;
        entry.failure = error;
      }
      changed();
    }
  }
}
