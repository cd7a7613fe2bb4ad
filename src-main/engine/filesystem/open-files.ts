/** The table of open handles. A handle keeps the version of the file it opened, whatever the catalogue says later. */
import { artifactKey } from '../cache/artifact-key.ts';
import type { CachedBlockFiles, CachedFile } from '../cache/cached-block-files.ts';
import type { CacheKey } from '../cache/block-cache.ts';
import type { BlockFile } from '../entangler/block-reader.ts';
import type { Artifact, ArtifactId, Ordinal } from '../metadata/metadata-oracle.ts';
import { GhostError } from '../errors.ts';
import type { MountSettings } from './mount-settings.ts';

export type FileHandle = number & { readonly brand: 'FileHandle' };

/** Handles from here on carry the version they opened, 52 bits of its cache key, instead of a place in a table. */
const FIRST_VERSION_HANDLE = 2 ** 52;
const VERSION_HEX_DIGITS = 13;
/** Other handles are a number of which no two open ones are equal, and above it 20 bits of that key. */
const NUMBERS = 2 ** 32;
const CHECK_HEX_DIGITS = 5;

const NO_BLOCK = -2;

/** Opens that can follow each other in one millisecond without two processes ever giving out the same handle. */
const HANDLES_PER_MILLISECOND = 1024;

export interface OpenFile {
  readonly file: BlockFile;
  readonly ordinal: Ordinal;
  /** Undefined when the mount has no cache. */
  readonly cached: CachedFile | undefined;
  /** Block of the handle's latest read; -2 before the first, so that no block is its neighbour. */
  lastBlock: number;
}

interface Latest {
  key: CacheKey;
  /** Handles of the artifact, in whatever version. */
  handles: number;
}

export class OpenFiles {
  readonly #settings: MountSettings;
  readonly #cache: CachedBlockFiles | undefined;
  readonly #files = new Map<FileHandle, OpenFile>();
  /** The version each open artifact was last opened in. */
  readonly #latest = new Map<ArtifactId, Latest>();
  /** Undefined: this table hands out version handles and keeps nothing. */
  #next: number | undefined;

  /** `epochMs`: wall clock at start, so that handles of an earlier process on the same mount are not given again. */
  constructor(settings: MountSettings, cache: CachedBlockFiles | undefined, epochMs: number | undefined) {
    this.#settings = settings;
    this.#cache = cache;
    this.#next = epochMs === undefined ? undefined : epochMs * HANDLES_PER_MILLISECOND;
  }

  open(artifact: Artifact): FileHandle {
    const file = this.#describe(artifact);
    if (this.#next === undefined) return versionHandle(file);
    const handle = (checkOf(file) * NUMBERS + (this.#next % NUMBERS)) as FileHandle;
    this.#next += 1;
    this.#adopt(handle, file, artifact.ordinal);
    return handle;
  }

  get(handle: FileHandle): OpenFile | undefined {
    return this.#files.get(handle);
  }

  /**
   * The file of a handle this table does not know: one of an earlier process, or a version handle. Throws OBJECT_CHANGED
   * when the artifact is no longer the version that was opened.
   */
  recover(handle: FileHandle, artifact: Artifact): OpenFile {
    const file = this.#describe(artifact);
    const isVersion = handle >= FIRST_VERSION_HANDLE;
    const opened = isVersion
      ? handle === versionHandle(file)
      : Math.floor(handle / NUMBERS) === checkOf(file);
    if (!opened) throw changed(file);
    return this.#next === undefined
      ? { file, ordinal: artifact.ordinal, cached: undefined, lastBlock: NO_BLOCK }
      : this.#adopt(handle, file, artifact.ordinal);
  }

  /**
   * Throws OBJECT_CHANGED for a file that was opened again in a newer version. The kernel keeps one set of pages for both:
   * what the old handle read would be served to the new one.
   */
  assertLatest({ file }: OpenFile): void {
    const latest = this.#latest.get(file.id);
    if (latest !== undefined && latest.key !== file.key) throw changed(file);
  }

  #adopt(handle: FileHandle, file: BlockFile, ordinal: Ordinal): OpenFile {
    const open = { file, ordinal, cached: this.#cache?.openFile(file.key), lastBlock: NO_BLOCK };
    this.#files.set(handle, open);
    const latest = this.#latest.get(file.id);
    this.#latest.set(file.id, { key: file.key, handles: (latest?.handles ?? 0) + 1 });
    return open;
  }

  #describe({ id, size, mtime }: Artifact): BlockFile {
    const { cacheNamespace, blockSize } = this.#settings;
    return { id, key: artifactKey(cacheNamespace, { id, size, mtime }, blockSize), size, mtime, blockSize };
  }

  /** The file of a handle unless it is unknown, or open in another version too: then only the catalogue knows the newest. */
  settled(handle: FileHandle): BlockFile | undefined {
    const file = this.#files.get(handle)?.file;
    const versions = [...this.#files.values()].filter((open) => open.file.id === file?.id);
    return versions.every((open) => open.file.key === file?.key) ? file : undefined;
  }

  release(handle: FileHandle): void {
    const open = this.#files.get(handle);
    if (open === undefined) return;
    if (open.cached !== undefined) this.#cache?.closeFile(open.cached);
    this.#files.delete(handle);
    const latest = this.#latest.get(open.file.id);
    if (latest === undefined) return;
    latest.handles -= 1;
    if (latest.handles === 0) this.#latest.delete(open.file.id);
  }
}

function checkOf(file: BlockFile): number {
  return Number.parseInt(file.key.slice(-CHECK_HEX_DIGITS), 16);
}

function versionHandle(file: BlockFile): FileHandle {
  return (FIRST_VERSION_HANDLE + Number.parseInt(file.key.slice(-VERSION_HEX_DIGITS), 16)) as FileHandle;
}

function changed(file: BlockFile): GhostError {
  return new GhostError('OBJECT_CHANGED', 'The file changed in the catalogue since it was opened.', {
    artifact: file.id,
  });
}
