/** What can be asked of the cache by name: its report, clearing, comparing, and what is to be in it. */
import type { CacheKey } from '../cache/block-cache.ts';
import type { DiskCache } from '../cache/disk-cache.ts';
import type { Clock } from '../clock.ts';
import { GhostError } from '../errors.ts';
import type { GhostFs } from '../ghostfs.ts';
import { cacheReport } from './cache-report.ts';
import type { AskedCatalogues } from './file-pages.ts';
import type { PinKeeper } from './pin-keeper.ts';
import type { EngineRequests, JobKey } from './protocol.ts';
import { warmStretch } from './warm-stretch.ts';

type CacheRequestName = 'cacheReport' | 'clearCache' | 'checkCache' | 'pin' | 'unpin' | 'pins' | 'warm';

export type CacheHandlers = {
  readonly [Name in CacheRequestName]: (
    input: EngineRequests[Name]['input'],
  ) => Promise<EngineRequests[Name]['output']>;
};

export interface CacheHandlersParts {
  /** Resolves to undefined without a cache, and throws CACHE_UNAVAILABLE. */
  readonly open: () => Promise<DiskCache | undefined>;
  readonly catalogues: AskedCatalogues;
  readonly keeper: PinKeeper;
  readonly mountOf: (key: JobKey) => GhostFs | undefined;
  readonly clock: Clock;
}

export function cacheHandlers({
  open,
  catalogues,
  keeper,
  mountOf,
  clock,
}: CacheHandlersParts): CacheHandlers {
  const opened = async (): Promise<DiskCache> => {
    const cache = await open();
    if (cache !== undefined) return cache;
    throw new GhostError('CACHE_UNAVAILABLE', 'There is no cache: nothing is kept on disk.');
  };
  return {
    cacheReport: async () => await cacheReport(open),
    clearCache: async ({ namespace }) => await (await opened()).clear(namespace),
    checkCache: async ({ from }) => {
      const cache = await opened();
      const { next, blocks, bytes, wrong } = await cache.check(from);
      return {
        next,
        blocks,
        bytes,
        total: cache.usage().blocks,
        wrong: wrong.map(({ key, block, why }) => ({ namespace: namespaceOf(key), key, block, why })),
      };
    },
    pin: async (place) => {
      await keeper.pin(await opened(), place);
    },
    unpin: async (place) => await keeper.unpin(await opened(), place),
    pins: async () => await keeper.list(await opened()),
    warm: async ({ key, from, ...place }) => {
      const cache = await opened();
      const mount = mountOf(key);
      if (mount !== undefined) return await warmStretch({ cache, catalogues, clock, mount }, place, from);
      throw new GhostError('MOUNT_FAILED', `Job ${place.job} is not mounted; mount it first.`, {
        job: place.job,
      });
    },
  };
}

/** A key begins with it, see artifact-key.ts. */
function namespaceOf(key: CacheKey): string {
  return key.slice(0, key.indexOf('/'));
}
