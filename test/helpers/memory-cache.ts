/** The cache disk in memory: its commits can be held up, as a slow disk does, or made to fail, as a full one does. */
import { blockFileName } from '../../src-main/engine/cache/artifact-key.ts';
import type { BlockCache, CacheKey } from '../../src-main/engine/cache/block-cache.ts';
import { GhostError } from '../../src-main/engine/errors.ts';

export interface PendingCommit {
  readonly name: string;
  finish(): void;
  fail(): void;
  /** As when too much waits for the disk. */
  refuse(): void;
}

export class MemoryCache implements BlockCache {
  readonly blocks = new Map<string, Buffer>();
  /** Names of the blocks looked up, in order. */
  readonly reads: string[] = [];
  /** Commits under way; they end by themselves unless `slow`. */
  readonly pending: PendingCommit[] = [];
  slow = false;
  /** Makes reads fail as a broken disk does. */
  broken = false;
  /** Makes reads wait for a call of the functions in `heldReads`. */
  holdReads = false;
  readonly heldReads: (() => void)[] = [];

  async read(key: CacheKey, block: number, length: number): Promise<Buffer | undefined> {
    const name = blockFileName(key, block);
    this.reads.push(name);
    if (this.broken) throw new Error('EIO: i/o error, read');
    if (this.holdReads) {
      await new Promise<void>((resolve) => {
        this.heldReads.push(resolve);
      });
    }
    const data = this.blocks.get(name);
    return data?.length === length ? data : undefined;
  }

  commit(key: CacheKey, block: number, data: Buffer): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = (error: GhostError): void => {
      this.pending.splice(this.pending.indexOf(commit), 1);
      reject(error);
    };
    const commit: PendingCommit = {
      name: blockFileName(key, block),
      finish: () => {
        this.pending.splice(this.pending.indexOf(commit), 1);
        this.blocks.set(commit.name, data);
        resolve();
      },
      fail: () => end(new GhostError('CACHE_UNAVAILABLE', 'no space left on the cache disk')),
      refuse: () => end(new GhostError('CACHE_BUSY', 'the disk is behind')),
    };
    this.pending.push(commit);
    if (!this.slow) commit.finish();
    return promise;
  }

  /** Ends every commit under way. */
  finishAll(): void {
    for (let next = this.pending[0]; next !== undefined; next = this.pending[0]) next.finish();
  }

  discard(key: CacheKey, block: number): Promise<void> {
    this.blocks.delete(blockFileName(key, block));
    return Promise.resolve();
  }

  usage(): { readonly blocks: number; readonly bytes: number } {
    let bytes = 0;
    for (const data of this.blocks.values()) bytes += data.length;
    return { blocks: this.blocks.size, bytes };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
