import { expect, it } from 'vitest';
import type { CacheKey } from '../../../src-main/engine/cache/block-cache.ts';
import { GhostFilesystem } from '../../../src-main/engine/filesystem/ghost-filesystem.ts';
import type { OpenFile } from '../../../src-main/engine/filesystem/open-files.ts';
import type {
  ArtifactId,
  MetadataOracle,
  Ordinal,
} from '../../../src-main/engine/metadata/metadata-oracle.ts';

const BLOCK = 1000;
const settings = { cacheNamespace: 'test', blockSize: BLOCK } as ConstructorParameters<
  typeof GhostFilesystem
>[1];
// What is tested here never asks the catalogue.
const filesystem = new GhostFilesystem({} as MetadataOracle, settings);

function opened(): OpenFile {
  const file = { id: 'a' as ArtifactId, key: 'k' as CacheKey, size: 1e9, mtime: 0, blockSize: BLOCK };
  return { file, ordinal: 1 as Ordinal, cached: undefined, lastBlock: -2 };
}

/** Blocks by which each of a series of reads, [offset, length], moves on. */
function follow(reads: readonly (readonly [number, number])[]): readonly number[] {
  const open = opened();
  return reads.map(([offset, length]) => filesystem.advance(open, offset, length));
}

it('counts the blocks by which reads in sequence move on', () => {
  expect(follow([[0, 500], [500, 500], [1000, 1000], [2000, 10], [2010, 10]])).toEqual([0, 0, 1, 1, 0]); // prettier-ignore
});

it('counts every block of a read that covers several', () => {
  expect(follow([[0, 1000], [1000, 2000], [3000, 2500], [5500, 1000]])).toEqual([0, 2, 3, 1]); // prettier-ignore
});

it('starts anew at a jump, and is not misled by a late read of the block before', () => {
  expect(follow([[9000, 10], [5000, 10], [6000, 10]])).toEqual([0, 0, 1]); // prettier-ignore
  expect(follow([[0, 10], [1000, 10], [900, 10], [2000, 10]])).toEqual([0, 1, 0, 1]); // prettier-ignore
});
