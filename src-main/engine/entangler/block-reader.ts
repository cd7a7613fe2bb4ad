/** What a driver asks of the Entangler: bytes of a file, wherever they are now. */
import type { ArtifactId } from '../metadata/metadata-oracle.ts';
import type { CacheKey } from '../cache/block-cache.ts';

/** One version of one file, as an open handle sees it. */
export interface BlockFile {
  readonly id: ArtifactId;
  readonly key: CacheKey;
  readonly size: number;
  readonly mtime: number;
  readonly blockSize: number;
}

/** Who is served first; a person's read is `user`. */
export type Priority = 'user' | 'readahead' | 'warm' | 'background';

export interface ReadRequest {
  readonly file: BlockFile;
  readonly offset: number;
  /** Bytes; offset + length never exceeds file.size. */
  readonly length: number;
  readonly priority: Priority;
  /** Aborting ends the wait at once with INTERRUPTED and frees a fetch nobody else waits for. */
  readonly signal: AbortSignal;
}

export interface BlockReader {
  /** Slices, in order, that together are exactly the range. Rejects with a GhostError; never returns short. */
  read(request: ReadRequest): Promise<readonly Uint8Array[]>;
}

/** A BlockReader that learns from reads it did not have to serve, too. */
export interface ObservingBlockReader extends BlockReader {
  /** A handle's reads moved on to this block, the one after its last, and found it cached. */
  advanced(file: BlockFile, block: number): void;
}
