/**
 * One job of a catalogue, open for looking into: paths, directories in pages. Runs in the catalogue thread. Invariant: a
 * directory is walked once for all its pages, until the catalogue changes.
 */
import { realpathSync, statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { artifactKey } from '../cache/artifact-key.ts';
import type { CacheKey } from '../cache/block-cache.ts';
import { GhostError } from '../errors.ts';
import { blockSizeOf, namespaceOf } from '../job-layout.ts';
import { closeOnError, guardCatalogue, openCatalogueFile } from '../metadata/magnetar/catalogue-file.ts';
import { openMagnetar, type MagnetarAdapter } from '../metadata/magnetar/magnetar-adapter.ts';
import type { Artifact, ArtifactId, Ordinal } from '../metadata/metadata-oracle.ts';
import type { CataloguePlace, FilesBelow, FoundEntry, FoundFile } from './catalogue-messages.ts';
import { filesBelow } from './tree-walk.ts';

/** A person looks at few directories at a time. One of 100,000 entries is remembered in less than a megabyte. */
const MAX_LISTINGS = 8;

/** As people sort: `part 9` before `part 10`, whatever the case. */
const inOrder = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

export class OpenCatalogue {
  readonly namespace: string;
  readonly #place: CataloguePlace;
  readonly #oracle: MagnetarAdapter;
  readonly #blockSize: number;
  readonly #inode: number;
  /** A connection of its own: SQLite counts the changes that others made. */
  readonly #watch: Database.Database;
  readonly #version: Database.Statement<[], number>;
  #listed: number | undefined;
  /** Ordinals in the order shown, by directory; the one looked at longest ago first. */
  readonly #listings = new Map<ArtifactId, readonly Ordinal[]>();

  private constructor(place: CataloguePlace, oracle: MagnetarAdapter, watch: Database.Database) {
    this.#place = place;
    this.#oracle = oracle;
    this.#watch = watch;
    this.#version = watch.prepare<[], number>('PRAGMA data_version').pluck();
    this.#inode = statSync(place.database).ino;
    this.#blockSize = blockSizeOf(oracle.job);
    this.namespace = namespaceOf(oracle.job, realpathSync(place.database), oracle.job.sources);
  }

  /** Throws as openMagnetar. */
  static open(place: CataloguePlace): OpenCatalogue {
    const watch = openCatalogueFile(place.database);
    return closeOnError(
      watch,
      () => new OpenCatalogue(place, openMagnetar(place.database, place.job), watch),
    );
  }

  /** Whether the file at its path is another one by now. */
  get isReplaced(): boolean {
    return statSync(this.#place.database, { throwIfNoEntry: false })?.ino !== this.#inode;
  }

  /** Throws NOT_FOUND, NOT_A_DIRECTORY or what the catalogue throws. */
  files(path: string, offset: number, limit: number): { entries: readonly FoundEntry[]; total: number } {
    const directory = this.#resolve(path);
    if (!directory.isDirectory) {
      throw new GhostError('NOT_A_DIRECTORY', `${path} is a file.`, { job: this.#place.job });
    }
    const ordinals = this.#listing(directory.id);
    const entries = ordinals.slice(offset, offset + limit).flatMap((ordinal) => {
      const artifact = this.#oracle.byOrdinal(ordinal);
      return artifact === undefined ? [] : [this.#entry(artifact)];
    });
    return { entries, total: ordinals.length };
  }

  /** Throws NOT_FOUND, IS_A_DIRECTORY or what the catalogue throws. */
  file(path: string): FoundFile {
    const artifact = this.#resolve(path);
    if (artifact.isDirectory) {
      throw new GhostError('IS_A_DIRECTORY', `${path} is a folder.`, { job: this.#place.job });
    }
    const { id, size } = artifact;
    return { id, key: this.#keyOf(artifact), size, blockSize: this.#blockSize };
  }

  /** A page of all files below a folder, or the file itself. Throws NOT_FOUND or what the catalogue throws. */
  below(path: string, from: string | undefined, limit: number): FilesBelow {
    const artifact = this.#resolve(path);
    const top = { artifact, path };
    const { found, next } = artifact.isDirectory
      ? filesBelow(this.#oracle, top, from, limit)
      : { found: [top], next: undefined };
    const files = found.map(({ artifact: file, path: place }) => {
      const { id, size, mtime } = file;
      return { id, key: this.#keyOf(file), size, mtime, blockSize: this.#blockSize, path: place };
    });
    return { kind: artifact.isDirectory ? 'directory' : 'file', files, next };
  }

  close(): void {
    this.#oracle.close();
    this.#watch.close();
  }

  #resolve(path: string): Artifact {
    let artifact: Artifact | undefined = this.#oracle.root();
    for (const name of path.split('/')) {
      if (name === '') continue;
      artifact = this.#oracle.lookup(artifact.id, name);
      if (artifact === undefined) {
        throw new GhostError('NOT_FOUND', `There is no ${path} in job ${this.#place.job}.`, {
          job: this.#place.job,
        });
      }
    }
    return artifact;
  }

  #entry(artifact: Artifact): FoundEntry {
    const { name, isDirectory, size, mtime } = artifact;
    const key = isDirectory ? undefined : this.#keyOf(artifact);
    return { name: name.toString(), kind: isDirectory ? 'directory' : 'file', size, mtime, key };
  }

  #keyOf(artifact: Artifact): CacheKey {
    return artifactKey(this.namespace, artifact, this.#blockSize);
  }

  #listing(directory: ArtifactId): readonly Ordinal[] {
    const version = guardCatalogue(this.#watch.name, () => this.#version.get());
    if (version !== this.#listed) this.#listings.clear();
    this.#listed = version;
    const listing = this.#listings.get(directory) ?? this.#walk(directory);
    this.#listings.delete(directory);
    this.#listings.set(directory, listing);
    const [oldest] = this.#listings.keys();
    if (this.#listings.size > MAX_LISTINGS && oldest !== undefined) this.#listings.delete(oldest);
    return listing;
  }

  #walk(directory: ArtifactId): readonly Ordinal[] {
    const found: { readonly ordinal: Ordinal; readonly isDirectory: boolean; readonly name: string }[] = [];
    this.#oracle.readdir(directory, 0, ({ ordinal, isDirectory, name }) => {
      found.push({ ordinal, isDirectory, name: name.toString() });
      return true;
    });
    found.sort(
      (a, b) =>
        Number(b.isDirectory) - Number(a.isDirectory) ||
        inOrder.compare(a.name, b.name) ||
        a.ordinal - b.ordinal,
    );
    return found.map(({ ordinal }) => ordinal);
  }
}
