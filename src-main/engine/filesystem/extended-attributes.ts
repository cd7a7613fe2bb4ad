/**
 * The read-only extended attributes of an artifact. One comes from its row alone; the others tell of its blocks, which takes a
 * look into the cache's index: a driver has them answered where that may wait.
 */
import { GhostError } from '../errors.ts';
import type { Artifact } from '../metadata/metadata-oracle.ts';

/** The artifact's key in the catalogue, so that a path can be traced back to its row. */
const KEY = 'user.ghost.artifact';
const PINNED = 'user.ghost.pinned';

const OF_BLOCKS = ['user.ghost.cached', 'user.ghost.blocks', PINNED, 'user.ghost.digest'] as const;
export type BlockAttribute = (typeof OF_BLOCKS)[number];

/** What of an artifact its blocks follow from. */
export type ArtifactWithBlocks = Pick<Artifact, 'id' | 'isDirectory' | 'size' | 'mtime'>;

/** Whoever can tell of blocks. */
export interface BlockAttributeReader {
  read(name: BlockAttribute, artifact: ArtifactWithBlocks): Promise<Buffer>;
}

/** Attribute names, each ended by NUL: the form of listxattr(2). */
export function attributeList({ isDirectory }: Pick<Artifact, 'isDirectory'>): Buffer {
  const names = [KEY, ...OF_BLOCKS.filter((name) => hasAttribute(name, isDirectory))];
  return Buffer.from(names.map((name) => `${name}\0`).join(''));
}

/**
 * The value of an attribute, or its name and its artifact when it tells of blocks. Throws ATTRIBUTE_MISSING, and then mostly
 * without asking for the artifact: programs such as `ls -l` ask for several attributes of every file that nobody has.
 */
export function extendedAttribute(
  name: string,
  artifact: () => Artifact,
): Buffer | { readonly name: BlockAttribute; readonly artifact: ArtifactWithBlocks } {
  if (name === KEY) return Buffer.from(artifact().id);
  const ofBlocks = OF_BLOCKS.find((known) => known === name);
  if (ofBlocks !== undefined) {
    const { id, isDirectory, size, mtime } = artifact();
    if (hasAttribute(ofBlocks, isDirectory))
      return { name: ofBlocks, artifact: { id, isDirectory, size, mtime } };
  }
  throw new GhostError('ATTRIBUTE_MISSING', `There is no attribute ${name}.`);
}

/** Adding up what is below a directory is not cheap. */
function hasAttribute(name: BlockAttribute, isDirectory: boolean): boolean {
  return !isDirectory || name === PINNED;
}
