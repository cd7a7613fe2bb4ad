/**
 * All files below a folder of a catalogue, a page at a time, in any number. What is needed to go on is a text that the asker
 * keeps, so nothing is held in between. Invariant: a page is bounded by what is looked at, not by what is found.
 */
import { GhostError } from '../errors.ts';
import type { Artifact, ArtifactId, MetadataOracle } from '../metadata/metadata-oracle.ts';

export interface Found {
  readonly artifact: Artifact;
  /** Below the root of the job. */
  readonly path: string;
}

export interface Page {
  readonly found: readonly Found[];
  /** Undefined at the end. */
  readonly next: string | undefined;
}

/** A folder that is being listed: its id, the ordinal of the entry looked at last, its path. */
type Level = [id: string, after: number, path: string];

/** `top` is a folder. `from` is the `next` of the page before. Throws ARGUMENT_INVALID for one that is none. */
export function filesBelow(
  oracle: Pick<MetadataOracle, 'readdir'>,
  top: Found,
  from: string | undefined,
  limit: number,
): Page {
  const levels: Level[] = from === undefined ? [[top.artifact.id, 0, top.path]] : levelsOf(from);
  const found: Found[] = [];
  let left = limit;
  for (;;) {
    const level = levels.at(-1);
    if (level === undefined || left <= 0) break;
    const [id, after, folder] = level;
    const below: Level[] = [];
    oracle.readdir(id as ArtifactId, after, (artifact) => {
      const path = folder === '' ? artifact.name.toString() : `${folder}/${artifact.name.toString()}`;
      level[1] = artifact.ordinal;
      left -= 1;
      if (artifact.isDirectory) below.push([artifact.id, 0, path]);
      else found.push({ artifact, path });
      return below.length === 0 && left > 0;
    });
    if (below.length > 0) levels.push(...below);
    else if (left > 0) levels.pop();
  }
  return { found, next: levels.length === 0 ? undefined : JSON.stringify(levels) };
}

function levelsOf(text: string): Level[] {
  try {
    const said: unknown = JSON.parse(text);
    if (Array.isArray(said) && said.every(isLevel)) return said;
  } catch {
    // As wrong as any other.
  }
  throw new GhostError('ARGUMENT_INVALID', 'This is not where an earlier answer ended.');
}

function isLevel(said: unknown): said is Level {
  if (!Array.isArray(said) || said.length !== 3) return false;
  const [id, after, path] = said as readonly unknown[];
  return typeof id === 'string' && Number.isSafeInteger(after) && typeof path === 'string';
}
