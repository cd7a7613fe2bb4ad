/**
 * The engine's view of a catalogue: one job's tree of artifacts. Implementations are synchronous because the responder
 * thread answers metadata without leaving its loop; one that cannot answer at once (a locked database) throws
 * `CATALOGUE_BUSY`, and the caller retries elsewhere. Invariant: an oracle never returns an artifact of another job.
 */

/** Primary key of an artifact: arbitrary text, never to be used as a path. */
export type ArtifactId = string & { readonly brand: 'ArtifactId' };

/**
 * Position of an artifact in its catalogue: a positive integer below 2^52, unique in the job, the same for every
 * connection and after a restart. Node ids and directory offsets derive from it, so neither needs to be persisted.
 */
export type Ordinal = number & { readonly brand: 'Ordinal' };

export interface Artifact {
  readonly id: ArtifactId;
  readonly ordinal: Ordinal;
  /** The name as the catalogue's bytes: valid UTF-8, 1 to 255 bytes, no '/', no NUL, not '.' or '..'. Empty for the root. */
  readonly name: Buffer;
  readonly isDirectory: boolean;
  /** Bytes, 0 to 2^53 - 1; 0 for a directory. */
  readonly size: number;
  /** Unix seconds, 0 when the catalogue's value makes no sense. */
  readonly mtime: number;
}

/** Expected digests of an artifact's blocks, or their MACs. */
export interface BlockDigests {
  readonly algorithm: 'sha256' | 'hmac-sha256';
  readonly blockSize: number;
  /** Concatenated digests in block order, 32 bytes each. */
  readonly digests: Buffer;
  /** The key of a block's MAC; for `hmac-sha256` alone. */
  readonly keyOf?: (block: number) => Uint8Array;
}

export interface JobTotals {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
}

/** What the catalogue says of a job beside its tree. */
export interface JobDescription {
  readonly id: number;
  /** Sources by rank, best first: URIs or plain paths. Empty when the catalogue names none. */
  readonly sources: readonly string[];
  /** Bytes per block, or undefined when the catalogue leaves it to us. */
  readonly blockSize: number | undefined;
  /** Identity of the published content; undefined for catalogues that `publish` did not write. */
  readonly contentId: string | undefined;
  /** Names the key it was published with; undefined for a job that was published without. */
  readonly keyId?: string | undefined;
}

export interface MetadataOracle {
  readonly job: JobDescription;
  root(): Artifact;
  /** The artifact of this job with that key, or undefined. */
  byId(id: ArtifactId): Artifact | undefined;
  /** Reverse of `Artifact.ordinal`, or undefined. */
  byOrdinal(ordinal: Ordinal): Artifact | undefined;
  /** The visible child of `parent` with that name, or undefined. */
  lookup(parent: ArtifactId, name: string): Artifact | undefined;
  /**
   * Visits the visible children of `parent` whose ordinal is greater than `after` (0 = from the start), in ordinal order,
   * until `visit` returns false. Memory is constant in the size of the directory.
   */
  readdir(parent: ArtifactId, after: number, visit: (child: Artifact) => boolean): void;
  totals(): JobTotals;
  /** Names from below the root down to the artifact: the path a source knows it by. Throws NOT_FOUND for an unreachable one. */
  sourcePath(id: ArtifactId): readonly string[];
  /** Digests the catalogue holds for the artifact, or undefined. */
  digests(id: ArtifactId): BlockDigests | undefined;
  close(): void;
}
