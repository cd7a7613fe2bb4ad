/** What the cache holds, for a screen; also of a cache that cannot be opened. */
import type { DiskCache } from '../cache/disk-cache.ts';
import { messageOf } from '../errors.ts';
import type { CacheReport } from './protocol.ts';

/** Never rejects: why the cache cannot be used is part of the report. */
export async function cacheReport(open: () => Promise<DiskCache | undefined>): Promise<CacheReport> {
  try {
    const cache = await open();
    return cache === undefined ? nothing(undefined) : await reportOf(cache);
  } catch (error) {
    return nothing(messageOf(error));
  }
}

async function reportOf(cache: DiskCache): Promise<CacheReport> {
  const { figures } = cache;
  const freeDiskBytes = await figures.freeDiskBytes();
  const { bytes: usedBytes, blocks } = figures.usage();
  const evictableBytes = figures.evictableBytes();
  return {
    usedBytes,
    blocks,
    freeDiskBytes,
    pinnedBytes: usedBytes - evictableBytes,
    evictableBytes,
    trouble: cache.degraded,
    corruptBlocks: cache.corruptBlocks,
    namespaces: figures.namespaces().map((usage) => ({ ...usage, job: jobOf(usage.namespace) })),
  };
}

/** A namespace begins with the job's number (see artifact-key.ts). */
export function jobOf(namespace: string): number {
  return Number.parseInt(namespace, 10);
}

function nothing(trouble: string | undefined): CacheReport {
  return {
    usedBytes: 0,
    blocks: 0,
    freeDiskBytes: undefined,
    pinnedBytes: 0,
    evictableBytes: 0,
    trouble,
    corruptBlocks: 0,
    namespaces: [],
  };
}
