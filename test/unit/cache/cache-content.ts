/** Keys and bytes for the cache's tests, also in processes and threads of their own. */
import { artifactKey, cacheNamespace } from '../../../src-main/engine/cache/artifact-key.ts';
import type { CacheKey } from '../../../src-main/engine/cache/block-cache.ts';

export const NAMESPACE = cacheNamespace(7, ['content']);
const BLOCK_SIZE = 65_536;

export function keyOf(id: string, namespace = NAMESPACE): CacheKey {
  return artifactKey(namespace, { id, size: 10_000_000, mtime: 1_700_000_000 }, BLOCK_SIZE);
}

/** Bytes that tell which block they belong to, wherever they are cut. */
export function content(seed: number, length: number): Buffer {
  return Buffer.alloc(length, (seed % 255) + 1);
}
