/** What the engine needs of a cache of verified blocks. Blocks are immutable: a changed artifact has another key. */
import type { ExpectedDigest } from '../verify.ts';

/** Identity of one version of one artifact's blocks: safe as a relative directory-and-file prefix (see artifact-key.ts). */
export type CacheKey = string & { readonly brand: 'CacheKey' };

export interface BlockCache {
  /**
   * The block's bytes, or undefined when it is not there or not what was stored (then it is discarded). `known` is asked for its
   * digest or MAC when the cache does not know its digest; when that fails, the block is as good as not there.
   */
  read(
    key: CacheKey,
    block: number,
    length: number,
    known?: () => Promise<ExpectedDigest | undefined>,
  ): Promise<Buffer | undefined>;
  /** Stores a verified block behind the reader's back. Rejects with CACHE_UNAVAILABLE; the read it came from is unaffected. */
  commit(key: CacheKey, block: number, data: Buffer): Promise<void>;
  /** Removes a block found to be wrong; missing is not an error. */
  discard(key: CacheKey, block: number): Promise<void>;
  /** Exact number of committed blocks and their bytes. */
  usage(): { readonly blocks: number; readonly bytes: number };
  close(): Promise<void>;
}
