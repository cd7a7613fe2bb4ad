/** What can be asked of the cache by name: its report, clearing, comparing, and which files are to stay in it. */
import type { CacheKey } from '../cache/block-cache.ts';
import type { DiskCache } from '../cache/disk-cache.ts';
import { GhostError } from '../errors.ts';
import { cacheReport, jobOf } from './cache-report.ts';
import type { Catalogues } from './catalogues.ts';
import type { EngineRequests } from './protocol.ts';

type CacheRequestName = 'cacheReport' | 'clearCache' | 'checkCache' | 'pin' | 'unpin' | 'pins';

export type CacheHandlers = {
  readonly [Name in CacheRequestName]: (
    input: EngineRequests[Name]['input'],
  ) => Promise<EngineRequests[Name]['output']>;
};

/** `open` resolves to undefined without a cache, and throws CACHE_UNAVAILABLE. */
export function cacheHandlers(
  open: () => Promise<DiskCache | undefined>,
  catalogues: Pick<Catalogues, 'ask'>,
): CacheHandlers {
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
    pin: async ({ database, job, path }) => {
      const [cache, { key, size }] = await Promise.all([
        opened(),
        catalogues.ask('file', { database, job, path }),
      ]);
      await cache.pins.add({ key, bytes: size, path: plain(path) });
    },
    unpin: async ({ database, job, path }) => {
      const [cache, namespace] = await Promise.all([
        opened(),
        catalogues.ask('namespace', { database, job }),
      ]);
      // Also versions of it that the catalogue does not have any more.
      const pins = cache.pins
        .all()
        .filter((pin) => namespaceOf(pin.key) === namespace && pin.path === plain(path));
      for (const { key } of pins) await cache.pins.remove(key);
    },
    pins: async () => {
      const cache = await opened();
      return cache.pins.all().map(({ key, bytes, path }) => ({
        namespace: namespaceOf(key),
        job: jobOf(namespaceOf(key)),
        path,
        bytes,
        cachedBytes: cache.figures.fileUsage(key).bytes,
      }));
    },
  };
}

/** A key begins with it, see artifact-key.ts. */
function namespaceOf(key: CacheKey): string {
  return key.slice(0, key.indexOf('/'));
}

/** One way to write each path. */
function plain(path: string): string {
  return path
    .split('/')
    .filter((name) => name !== '')
    .join('/');
}
