/**
 * From a path, as fuse-native passes it, to the artifact it names: a walk from the root. Directories are remembered for a
 * moment, so that a listing with attributes does not walk the same path once per entry. Invariant: memory is bounded.
 */
import type { Clock } from '../../clock.ts';
import { GhostError } from '../../errors.ts';
import type { GhostFilesystem } from '../../filesystem/ghost-filesystem.ts';
import type { Artifact, ArtifactId } from '../../metadata/metadata-oracle.ts';

/**
 * A tenth of the second for which the kernel believes attributes, since both add up before a change in the catalogue is
 * seen; still hundreds of lookups long.
 */
const VALID_MS = 100;
/** More directories than any program walks in 100 ms, in some ten kilobytes. */
const MAX_DIRECTORIES = 256;

interface KnownDirectory {
  readonly id: ArtifactId;
  readonly until: number;
}

export class PathResolver {
  readonly #filesystem: GhostFilesystem;
  readonly #clock: Clock;
  readonly #directories = new Map<string, KnownDirectory>();

  constructor(filesystem: GhostFilesystem, clock: Clock) {
    this.#filesystem = filesystem;
    this.#clock = clock;
  }

  /** `path` begins with a slash and has no empty components. Throws NOT_FOUND or NAME_TOO_LONG. */
  resolve(path: string): Artifact {
    if (path === '/') return this.#filesystem.root();
    let [parent, end] = this.#nearestKnown(path);
    for (;;) {
      const next = path.indexOf('/', end + 1);
      const child = this.#child(parent, path.slice(end + 1, next < 0 ? undefined : next));
      if (next < 0) return child;
      this.#remember(path.slice(0, next), child.id);
      [parent, end] = [child.id, next];
    }
  }

  /** The deepest directory above `path` that is still known, and where its name ends in `path`. */
  #nearestKnown(path: string): [ArtifactId, number] {
    const now = this.#clock.now();
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const known = this.#directories.get(path.slice(0, end));
      if (known !== undefined && now < known.until) return [known.id, end];
    }
    return [this.#filesystem.root().id, 0];
  }

  #child(parent: ArtifactId, name: string): Artifact {
    const child = this.#filesystem.lookup(parent, Buffer.from(name));
    if (child === undefined) throw new GhostError('NOT_FOUND', 'No such name.', { artifact: parent });
    return child;
  }

  #remember(path: string, id: ArtifactId): void {
    if (this.#directories.size >= MAX_DIRECTORIES) this.#directories.clear();
    this.#directories.set(path, { id, until: this.#clock.now() + VALID_MS });
  }
}
