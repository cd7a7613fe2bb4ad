/** The read-only extended attributes of an artifact. */
import { GhostError } from '../errors.ts';
import type { Artifact } from '../metadata/metadata-oracle.ts';

const ATTRIBUTES: Readonly<Record<string, (artifact: Artifact) => Buffer>> = {
  /** The artifact's key in the catalogue, so that a path can be traced back to its row. */
  'user.ghost.artifact': (artifact) => Buffer.from(artifact.id),
};

/** Attribute names, each ended by NUL: the form of listxattr(2). */
export const ATTRIBUTE_LIST = Buffer.from(
  Object.keys(ATTRIBUTES)
    .map((name) => `${name}\0`)
    .join(''),
);

/**
 * The value of one attribute. Throws ATTRIBUTE_MISSING, and then without asking for the artifact: programs such as `ls -l`
 * ask for several attributes of every file that nobody has.
 */
export function extendedAttribute(name: string, artifact: () => Artifact): Buffer {
  const read = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined;
  if (read === undefined) throw new GhostError('ATTRIBUTE_MISSING', `There is no attribute ${name}.`);
  return read(artifact());
}
