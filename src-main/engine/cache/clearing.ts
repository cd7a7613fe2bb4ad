/** Empties a cache while it is used: what is not pinned goes, some at a time, so that readers are never kept waiting. */
import { NOTHING } from './cache-figures.ts';
import type { CacheUsage, IndexedBlock } from './cache-index-schema.ts';
import { shardOf } from './cache-layout.ts';
import { REMOVALS_AT_ONCE } from './eviction.ts';

export interface ClearableBlocks {
  /** Up to a page of those that may go; throws when the cache is closed. */
  some(): readonly IndexedBlock[];
  /** Bytes freed; undefined when it is gone already. Rejects with CACHE_UNAVAILABLE. */
  remove(block: IndexedBlock): Promise<number | undefined>;
  removeEmptyFolders(shard: string): Promise<void>;
}

/** What was removed. Rejects with CACHE_UNAVAILABLE when a file cannot be. */
export async function clearBlocks(blocks: ClearableBlocks): Promise<CacheUsage> {
  let freed = NOTHING;
  const shards = new Set<string>();
  for (let page = blocks.some(); page.length > 0; page = blocks.some()) {
    for (let at = 0; at < page.length; at += REMOVALS_AT_ONCE) {
      const rows = page.slice(at, at + REMOVALS_AT_ONCE);
      const removed = await Promise.all(rows.map((row) => blocks.remove(row)));
      for (const bytes of removed) {
        if (bytes !== undefined) freed = { blocks: freed.blocks + 1, bytes: freed.bytes + bytes };
      }
      for (const row of rows) shards.add(shardOf(row));
    }
  }
  for (const shard of shards) await blocks.removeEmptyFolders(shard);
  return freed;
}
