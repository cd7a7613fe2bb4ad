/**
 * The filesystem's operations, without a mount and without waiting: catalogue in, attributes and cached bytes out. Both
 * drivers are shells around it. It runs in whichever thread a driver chooses and never blocks on the network: bytes that
 * are not cached are reported as a miss, and the driver asks the Entangler for them.
 */
import { constants } from 'node:fs';
import { isUtf8 } from 'node:buffer';
import type { CachedBlockFiles } from '../cache/cached-block-files.ts';
import { blockLength } from '../entangler/block-range.ts';
import type { BlockFile } from '../entangler/block-reader.ts';
import { GhostError } from '../errors.ts';
import type { Artifact, ArtifactId, MetadataOracle } from '../metadata/metadata-oracle.ts';
import { attributesOf, type Attributes, type DescribedArtifact } from './attributes.ts';
import { OpenFiles, type FileHandle, type OpenFile } from './open-files.ts';
import type { MountSettings } from './mount-settings.ts';

/** Longest name the kernel passes and statfs reports, in bytes. */
export const NAME_MAX_BYTES = 255;

/** Unit of `statfs`, bytes. */
const STATFS_BLOCK_BYTES = 4096;
/** lseek(2) of Linux; Node has no names for them. */
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

export interface FilesystemTotals {
  readonly blockBytes: number;
  /** The job's size in blocks; nothing is ever free on a read-only tree. */
  readonly blocks: number;
  readonly files: number;
}

export class GhostFilesystem {
  readonly #oracle: MetadataOracle;
  readonly #settings: MountSettings;
  readonly #cache: CachedBlockFiles | undefined;
  readonly #files: OpenFiles;

  /** `epochMs` as in OpenFiles. */
  constructor(
    oracle: MetadataOracle,
    settings: MountSettings,
    { cache, epochMs }: { readonly cache?: CachedBlockFiles | undefined; readonly epochMs?: number } = {},
  ) {
    this.#oracle = oracle;
    this.#settings = settings;
    this.#cache = cache;
    this.#files = new OpenFiles(settings, cache, epochMs);
  }

  root(): Artifact {
    return this.#oracle.root();
  }

  /** Throws NOT_FOUND when the catalogue no longer has it. */
  artifact(id: ArtifactId): Artifact {
    const artifact = this.#oracle.byId(id);
    if (artifact === undefined) throw new GhostError('NOT_FOUND', 'The artifact is gone.', { artifact: id });
    return artifact;
  }

  attributes(artifact: DescribedArtifact): Attributes {
    return attributesOf(artifact, this.#settings);
  }

  /** The child of that name, or undefined. `name` is the kernel's bytes. Throws NAME_TOO_LONG. */
  lookup(parent: ArtifactId, name: Buffer): Artifact | undefined {
    if (name.length > NAME_MAX_BYTES) {
      throw new GhostError('NAME_TOO_LONG', `A name has at most ${NAME_MAX_BYTES} bytes.`, {
        artifact: parent,
      });
    }
    // Names that are not UTF-8 are hidden from listings, so none can be found.
    return isUtf8(name) ? this.#oracle.lookup(parent, name.toString('utf8')) : undefined;
  }

  /** See MetadataOracle.readdir. */
  readdir(parent: ArtifactId, after: number, visit: (child: Artifact) => boolean): void {
    this.#oracle.readdir(parent, after, visit);
  }

  /** Throws READ_ONLY when `flags` of open(2) ask for writing, IS_A_DIRECTORY for a directory. Moves no block. */
  open(artifact: Artifact, flags: number): FileHandle {
    const writes = constants.O_WRONLY | constants.O_RDWR | constants.O_TRUNC;
    if ((flags & writes) !== 0)
      throw new GhostError('READ_ONLY', 'The mount is read-only.', { artifact: artifact.id });
    if (artifact.isDirectory) {
      throw new GhostError('IS_A_DIRECTORY', 'A directory cannot be read.', { artifact: artifact.id });
    }
    return this.#files.open(artifact);
  }

  /**
   * The open file of a handle; `artifact` is asked for only when the handle is not in the table. Throws OBJECT_CHANGED for
   * one that was opened again in a newer version.
   */
  openFile(handle: FileHandle, artifact: () => Artifact): OpenFile {
    const open = this.#files.get(handle) ?? this.#files.recover(handle, artifact());
    this.#files.assertLatest(open);
    return open;
  }

  /** What an open file is, without the catalogue; undefined for an unknown handle or a file open in several versions. */
  settledFile(handle: FileHandle): BlockFile | undefined {
    return this.#files.settled(handle);
  }

  release(handle: FileHandle): void {
    this.#files.release(handle);
  }

  /** Lets go of block files that were removed from the cache, and tells which were served. */
  upkeep(): void {
    this.#cache?.upkeep();
  }

  /** Bytes a read of `size` at `offset` must deliver: less than `size` only at the end of the file. */
  readLength({ file }: OpenFile, offset: number, size: number): number {
    return Math.max(0, Math.min(size, file.size - offset));
  }

  /**
   * How many blocks further than before a handle reads in sequence with these bytes; `lastBlock` is then the last of them.
   * 0 when it stays in its block or goes elsewhere.
   */
  advance(open: OpenFile, offset: number, length: number): number {
    const { blockSize } = open.file;
    const first = Math.floor(offset / blockSize);
    const last = Math.floor((offset + length - 1) / blockSize);
    // A read of the block before came late: reads of several threads come in any order.
    if (last === open.lastBlock - 1) return 0;
    const inSequence = first === open.lastBlock || first === open.lastBlock + 1;
    const blocks = inSequence ? last - open.lastBlock : 0;
    open.lastBlock = last;
    return blocks;
  }

  /** Has a cached block brought closer that a reader in sequence will reach soon; there need be no such block. */
  prepare({ cached }: OpenFile, block: number): void {
    if (cached !== undefined) this.#cache?.prepare(cached, block);
  }

  /** Fills `target` from `targetOffset` with exactly `length` cached bytes; false when any block of them is missing. */
  readCached(
    { file, cached }: OpenFile,
    offset: number,
    length: number,
    target: Buffer,
    targetOffset: number,
  ): boolean {
    if (cached === undefined || this.#cache === undefined) return false;
    const { blockSize, size } = file;
    const end = offset + length;
    for (let at = offset; at < end;) {
      const block = Math.floor(at / blockSize);
      const position = at - block * blockSize;
      const bytes = Math.min(end - at, blockSize - position);
      const found = this.#cache.read(
        cached,
        block,
        blockLength(size, blockSize, block),
        target,
        targetOffset + at - offset,
        bytes,
        position,
      );
      if (!found) return false;
      at += bytes;
    }
    return true;
  }

  /** The offset lseek(2) answers: files have no holes but the one at their end. */
  seek({ file }: OpenFile, offset: number, whence: number): number {
    if (whence !== SEEK_DATA && whence !== SEEK_HOLE) {
      throw new GhostError('ARGUMENT_INVALID', `lseek does not know whence ${whence}.`, {
        artifact: file.id,
      });
    }
    if (offset >= file.size) {
      throw new GhostError('OFFSET_BEYOND_END', 'The offset is at or past the end.', { artifact: file.id });
    }
    return whence === SEEK_DATA ? offset : file.size;
  }

  /** Answered from the catalogue alone, so `df` works without a network. */
  statfs(): FilesystemTotals {
    const { files, directories, bytes } = this.#oracle.totals();
    return {
      blockBytes: STATFS_BLOCK_BYTES,
      blocks: Math.ceil(bytes / STATFS_BLOCK_BYTES),
      files: files + directories,
    };
  }

  close(): void {
    this.#oracle.close();
  }
}
