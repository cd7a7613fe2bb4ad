/** Tells whoever wants to know which blocks came and went. A listener that fails harms neither the cache nor the others. */
import type { Logger } from '../log.ts';
import type { CacheKey } from './block-cache.ts';
import { cacheKey } from './cache-layout.ts';
import type { BlockName } from './cache-layout.ts';

export interface CacheChange {
  /** `corrupt`: it was found to be wrong, and is removed. */
  readonly kind: 'stored' | 'removed' | 'corrupt';
  readonly key: CacheKey;
  readonly block: number;
}

export type CacheListener = (change: CacheChange) => void;

export class CacheChanges {
  readonly #logger: Logger;
  readonly #listeners = new Set<{ readonly tell: CacheListener }>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The returned function ends it. */
  subscribe(listener: CacheListener): () => void {
    const entry = { tell: listener };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  tell(kind: CacheChange['kind'], name: BlockName): void {
    if (this.#listeners.size === 0) return;
    const change = { kind, key: cacheKey(name), block: name.block };
    for (const { tell } of this.#listeners) {
      try {
        tell(change);
      } catch (error) {
        this.#logger.error('Telling of a change in the cache failed', error);
      }
    }
  }
}
