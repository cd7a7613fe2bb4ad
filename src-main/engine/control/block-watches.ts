/**
 * The files whose blocks somebody looks at. Gathers what the cache, the flights and the readers do to them and sends it on a
 * few times a second. Invariant: without a watch nothing is gathered.
 */
import type { CacheChange } from '../cache/cache-changes.ts';
import type { CacheKey } from '../cache/block-cache.ts';
import type { BlockUnderWay } from '../entangler/entangler.ts';
import { BlockState, LiveBlockMap, type WayState } from './block-map.ts';
import type { FoundFile } from './catalogue-messages.ts';
import type { BlockMap, EngineEvent, JobKey } from './protocol.ts';

export interface BlockStore {
  has(key: CacheKey, block: number): boolean;
  storedBlocks(key: CacheKey): Iterable<number>;
}

interface Watch {
  readonly number: number;
  readonly job: JobKey;
  readonly file: FoundFile;
  readonly map: LiveBlockMap;
}

type BlocksEvent = Extract<EngineEvent, { readonly event: 'blocks' }>;

export class BlockWatches {
  readonly #watches = new Map<number, Watch>();
  /** The same by file: changes come by the thousand, watches are few. */
  readonly #byFile = new Map<CacheKey, readonly Watch[]>();

  get isEmpty(): boolean {
    return this.#watches.size === 0;
  }

  /** Begins a watch under a number that its owner chose. */
  add(number: number, job: JobKey, file: FoundFile, store: BlockStore | undefined): BlockMap {
    const map = new LiveBlockMap(file.size, file.blockSize, store?.storedBlocks(file.key) ?? []);
    this.remove(number);
    this.#watches.set(number, { number, job, file, map });
    this.#index();
    return map.snapshot();
  }

  remove(number: number): void {
    if (this.#watches.delete(number)) this.#index();
  }

  changed({ kind, key, block }: CacheChange): void {
    for (const { map } of this.#byFile.get(key) ?? []) {
      switch (kind) {
        case 'stored':
          map.stored(block);
          break;
        case 'removed':
          map.removed(block);
          break;
        case 'corrupt':
          map.corrupt(block);
      }
    }
  }

  read(key: CacheKey, first: number, count: number): void {
    for (const { map } of this.#byFile.get(key) ?? []) map.read(first, count);
  }

  corrupt(job: JobKey, artifact: string, block: number): void {
    for (const watch of this.#watches.values()) {
      if (watch.job === job && watch.file.id === artifact) watch.map.corrupt(block);
    }
  }

  /** What to tell now. `underWay`: the blocks of a job on their way, none when it is not mounted. */
  tick(
    underWay: (job: JobKey) => Iterable<BlockUnderWay>,
    store: BlockStore | undefined,
  ): readonly BlocksEvent[] {
    const ways = new Map([...this.#byFile.keys()].map((key) => [key, new Map<number, WayState>()]));
    for (const job of new Set([...this.#watches.values()].map((watch) => watch.job))) {
      for (const { file, block, transfer } of underWay(job)) {
        const state = transfer?.source === undefined ? BlockState.queued : BlockState.fetching;
        ways.get(file.key)?.set(block, state);
      }
    }
    return [...this.#watches.values()].flatMap(({ number, file, map }) => {
      map.follow(ways.get(file.key) ?? new Map(), (block) => store?.has(file.key, block) === true);
      const delta = map.take();
      return delta === undefined ? [] : [{ event: 'blocks' as const, watch: number, ...delta }];
    });
  }

  #index(): void {
    this.#byFile.clear();
    for (const [key, watches] of Map.groupBy(this.#watches.values(), ({ file }) => file.key)) {
      this.#byFile.set(key, watches);
    }
  }
}
