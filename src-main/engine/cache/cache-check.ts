/**
 * Compares every stored block with its digest, a stretch at a time, while the cache is used. Keeps nothing between two stretches:
 * who asks says where to go on. A block that is wrong is removed, as when a reader had found it.
 */
import { GhostError } from '../errors.ts';
import type { CacheKey } from './block-cache.ts';
import type { BlockProof, Finding } from './block-proof.ts';
import type { CacheIndex } from './cache-index.ts';
import type { IndexedBlock, IndexPosition } from './cache-index-schema.ts';
import { blockPath, cacheKey } from './cache-layout.ts';
import { INDEX_START } from './index-figures.ts';
import type { WriteQueue } from './write-queue.ts';

/** Blocks read at once: the other half of the thread pool is for readers. */
const AT_ONCE = 2;
/** Bytes of one stretch: a fraction of a second on most disks, so that whoever asked can show how far it is. */
const STRETCH_BYTES = 128 * 1024 * 1024;
/** Blocks of one stretch, for those that are small. */
const STRETCH_BLOCKS = 512;

export interface WrongBlock {
  readonly key: CacheKey;
  readonly block: number;
  /** Completes "its file". */
  readonly why: string;
}

export interface CheckedStretch {
  /** Where to go on; undefined when all was checked. */
  readonly next: string | undefined;
  readonly blocks: number;
  readonly bytes: number;
  readonly wrong: readonly WrongBlock[];
}

export interface CacheCheckParts {
  readonly index: CacheIndex;
  readonly proof: BlockProof;
  readonly queue: WriteQueue;
}

/** Where the catalogue has a digest and the index none, the block is compared when it is read. */
const NOBODY_KNOWS = () => Promise.resolve(undefined);

/** Goes on after `from`, from the beginning when it is undefined. Throws ARGUMENT_INVALID for a place that is none. */
export async function checkStretch(
  { index, proof, queue }: CacheCheckParts,
  from: string | undefined,
): Promise<CheckedStretch> {
  const rows = index.figures.storedFollowing(positionOf(from), STRETCH_BLOCKS);
  const wrong: WrongBlock[] = [];
  let blocks = 0;
  let bytes = 0;
  while (blocks < rows.length && bytes < STRETCH_BYTES) {
    const some = rows.slice(blocks, blocks + AT_ONCE);
    const findings = await Promise.all(
      some.map((row) => queue.inOrder(blockPath(row), () => proof.read(row, NOBODY_KNOWS, true))),
    );
    for (const [at, row] of some.entries()) {
      bytes += row.bytes;
      note(row, findings[at], wrong);
    }
    blocks += some.length;
  }
  const last = rows[blocks - 1];
  const isEnd = last === undefined || (blocks === rows.length && rows.length < STRETCH_BLOCKS);
  return { next: isEnd ? undefined : placeOf(last.position), blocks, bytes, wrong };
}

function note(row: IndexedBlock, finding: Finding | undefined, wrong: WrongBlock[]): void {
  if (finding?.kind === 'wrong') wrong.push({ key: cacheKey(row), block: row.block, why: finding.why });
}

function placeOf({ namespace, artifact, block }: IndexPosition): string {
  return `${namespace}-${artifact.toString('hex')}-${block}`;
}

function positionOf(place: string | undefined): IndexPosition {
  if (place === undefined) return INDEX_START;
  const [, namespace, artifact, block] = /^(\d{1,15})-([0-9a-f]{32})-(\d{1,15})$/.exec(place) ?? [];
  if (artifact === undefined) throw new GhostError('ARGUMENT_INVALID', `${place} is no place in the cache.`);
  return { namespace: Number(namespace), artifact: Buffer.from(artifact, 'hex'), block: Number(block) };
}
