/** What the engine's event loop asks of the thread that looks into catalogues, and what that answers. */
import type { CacheKey } from '../cache/block-cache.ts';
import type { BlockFile } from '../entangler/block-reader.ts';
import type { ArtifactId } from '../metadata/metadata-oracle.ts';
import type { JobSummary } from '../publish/jobs.ts';

/** One job of a catalogue; `database` is an absolute path. */
export interface CataloguePlace {
  readonly database: string;
  readonly job: number;
}

export interface NamedJob extends JobSummary {
  /** Where the cache keeps its blocks; undefined for a job that cannot be mounted. */
  readonly namespace: string | undefined;
}

export interface FoundEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  readonly size: number;
  readonly mtime: number;
  /** Of a file's blocks; undefined for a directory. */
  readonly key: CacheKey | undefined;
}

export interface FoundFile {
  readonly id: ArtifactId;
  readonly key: CacheKey;
  readonly size: number;
  readonly blockSize: number;
}

/** A version of a file as a mount of its job opens it. */
export interface FileBelow extends BlockFile {
  /** Below the root of the job. */
  readonly path: string;
}

export interface FilesBelow {
  readonly kind: 'file' | 'directory';
  readonly files: readonly FileBelow[];
  /** Where to go on; undefined at the end. */
  readonly next: string | undefined;
}

export interface CatalogueRequests {
  readonly jobs: { readonly input: { readonly database: string }; readonly output: readonly NamedJob[] };
  readonly namespace: { readonly input: CataloguePlace; readonly output: string };
  /** A page of a directory, directories first, then in the order of people. `path` as in the contract. */
  readonly files: {
    readonly input: CataloguePlace & {
      readonly path: string;
      readonly offset: number;
      readonly limit: number;
    };
    readonly output: { readonly entries: readonly FoundEntry[]; readonly total: number };
  };
  readonly file: { readonly input: CataloguePlace & { readonly path: string }; readonly output: FoundFile };
  /** The next page of all files below a folder, or the file itself. `from` is the `next` of the page before. */
  readonly below: {
    readonly input: CataloguePlace & {
      readonly path: string;
      readonly from: string | undefined;
      readonly limit: number;
    };
    readonly output: FilesBelow;
  };
}
export type CatalogueRequestName = keyof CatalogueRequests;

export type ToCatalogues = {
  readonly [Name in CatalogueRequestName]: {
    readonly id: number;
    readonly name: Name;
    readonly input: CatalogueRequests[Name]['input'];
  };
}[CatalogueRequestName];

export type FromCatalogues =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: { readonly code: string; readonly sentence: string } };
