/** What the extended attributes of a mount's files tell of their blocks, from the cache's index. Runs in the event loop. */
import { setImmediate as turn } from 'node:timers/promises';
import { artifactKey } from './cache/artifact-key.ts';
import type { CacheKey } from './cache/block-cache.ts';
import type { DiskCache } from './cache/disk-cache.ts';
import { blockCount } from './entangler/block-range.ts';
import type {
  ArtifactWithBlocks,
  BlockAttribute,
  BlockAttributeReader,
} from './filesystem/extended-attributes.ts';
import type { MetadataOracle } from './metadata/metadata-oracle.ts';

/** Blocks looked at between two turns of the event loop: about a millisecond. */
const BLOCKS_PER_TURN = 256;

export interface BlockAttributesParts {
  readonly oracle: MetadataOracle;
  /** Undefined without a cache: nothing is cached then. */
  readonly cache: Pick<DiskCache, 'figures' | 'pins'> | undefined;
  readonly cacheNamespace: string;
  readonly blockSize: number;
}

export class BlockAttributes implements BlockAttributeReader {
  readonly #parts: BlockAttributesParts;

  constructor(parts: BlockAttributesParts) {
    this.#parts = parts;
  }

  async read(name: BlockAttribute, artifact: ArtifactWithBlocks): Promise<Buffer> {
    return Buffer.from(await this.#text(name, artifact));
  }

  async #text(name: BlockAttribute, artifact: ArtifactWithBlocks): Promise<string> {
    const { cache, cacheNamespace, blockSize } = this.#parts;
    const key = artifactKey(cacheNamespace, artifact, blockSize);
    const usage = cache?.figures.fileUsage(key) ?? { blocks: 0, bytes: 0 };
    switch (name) {
      case 'user.ghost.cached':
        return String(usage.bytes);
      case 'user.ghost.blocks':
        return `${usage.blocks}/${blockCount(artifact.size, blockSize)}`;
      case 'user.ghost.pinned':
        return (await this.#isPinned(artifact, key)) ? '1' : '0';
      case 'user.ghost.digest':
        return await this.#digestState(artifact, key);
    }
  }

  async #isPinned({ id, isDirectory }: ArtifactWithBlocks, key: CacheKey): Promise<boolean> {
    const { cache, oracle, cacheNamespace: namespace } = this.#parts;
    if (cache === undefined) return false;
    if (!isDirectory) return cache.pins.has(key);
    const isRoot = oracle.root().id === id;
    const path = isRoot ? '' : oracle.sourcePath(id).join('/');
    return (await cache.pins.covering({ namespace, path })) !== undefined;
  }

  async #digestState({ id }: ArtifactWithBlocks, key: CacheKey): Promise<'none' | 'verified' | 'unverified'> {
    const { cache, oracle } = this.#parts;
    if (oracle.digests(id) === undefined) return 'none';
    let blocks = 0;
    for (const block of cache?.figures.storedBlocks(key) ?? []) {
      if (cache?.figures.isReady(key, block) !== true) return 'unverified';
      blocks += 1;
      if (blocks % BLOCKS_PER_TURN === 0) await turn();
    }
    return blocks === 0 ? 'unverified' : 'verified';
  }
}
