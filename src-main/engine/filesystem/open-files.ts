/** The table of open handles. A handle keeps the version of the file it opened, whatever the catalogue says later. */
import { artifactKey } from '../cache/artifact-key.ts';
import type { CachedBlockFiles, CachedFile } from '../cache/cached-block-files.ts';
import type { BlockFile } from '../entangler/block-reader.ts';
import type { Artifact } from '../metadata/metadata-oracle.ts';
import type { MountSettings } from './mount-settings.ts';

export type FileHandle = number & { readonly brand: 'FileHandle' };

/** A handle without a table entry: each read finds its file by node id again. */
const STATELESS = 0 as FileHandle;

const NO_BLOCK = -2;

/** Opens that can follow each other in one millisecond without two processes ever giving out the same handle. */
const HANDLES_PER_MILLISECOND = 1024;

export interface OpenFile {
  readonly file: BlockFile;
  /** Undefined when the mount has no cache. */
  readonly cached: CachedFile | undefined;
  /** Block of the handle's latest read; -2 before the first, so that no block is its neighbour. */
  lastBlock: number;
}

export class OpenFiles {
  readonly #settings: MountSettings;
  readonly #cache: CachedBlockFiles | undefined;
  readonly #files = new Map<FileHandle, OpenFile>();
  /** Undefined: this table hands out stateless handles only. */
  #next: number | undefined;

  /** `epochMs`: wall clock at start, so that handles of an earlier process on the same mount are never given again. */
  constructor(settings: MountSettings, cache: CachedBlockFiles | undefined, epochMs: number | undefined) {
    this.#settings = settings;
    this.#cache = cache;
    this.#next = epochMs === undefined ? undefined : epochMs * HANDLES_PER_MILLISECOND;
  }

  open(artifact: Artifact): FileHandle {
    if (this.#next === undefined) return STATELESS;
    const handle = this.#next++ as FileHandle;
    this.#adopt(handle, artifact);
    return handle;
  }

  get(handle: FileHandle): OpenFile | undefined {
    return this.#files.get(handle);
  }

  /** The file of a handle this table does not know: one of an earlier process, or a stateless one. */
  recover(handle: FileHandle, artifact: Artifact): OpenFile {
    return handle === STATELESS || this.#next === undefined
      ? { file: this.#describe(artifact), cached: undefined, lastBlock: NO_BLOCK }
      : this.#adopt(handle, artifact);
  }

  #adopt(handle: FileHandle, artifact: Artifact): OpenFile {
    const file = this.#describe(artifact);
    const open = { file, cached: this.#cache?.openFile(file.key), lastBlock: NO_BLOCK };
    this.#files.set(handle, open);
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
    if (open?.cached !== undefined) this.#cache?.closeFile(open.cached);
    this.#files.delete(handle);
  }
}
