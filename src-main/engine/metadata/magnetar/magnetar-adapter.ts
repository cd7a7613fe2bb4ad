/**
 * MetadataOracle over a Magnetar catalogue: one read-only connection, one job. Stands between the filesystem and SQLite;
 * each thread opens its own. Invariant: an operation either answers at once or throws, and never leaves a statement open,
 * so a visitor may call back into the oracle.
 */
import type Database from 'better-sqlite3';
import { systemClock, type Clock } from '../../clock.ts';
import { GhostError } from '../../errors.ts';
import type { JobSecret } from '../../job-secret.ts';
import type {
  Artifact,
  ArtifactId,
  BlockDigests,
  JobDescription,
  JobTotals,
  MetadataOracle,
  Ordinal,
} from '../metadata-oracle.ts';
import { closeOnError, guardCatalogue, hasTable, openCatalogueFile } from './catalogue-file.ts';
import { prepareDigests } from './digest-reader.ts';
import { readJob, type JobRecord } from './job-description.ts';
import { openArtifactTable, type ArtifactTable } from './mirror.ts';
import { nameFault } from './row-rules.ts';
import { SealCheck } from './seal-check.ts';
import {
  navigationSql,
  populatedSql,
  totalsSql,
  type ArtifactRow,
  type NavigationName,
} from './statements.ts';

/** Rows of the first and of the largest page of a listing: a small kernel buffer must not pay for a large page. */
const FIRST_PAGE_ROWS = 32;
const LARGEST_PAGE_ROWS = 256;
/** What SQLite text that is not UTF-8 turns into on its way to a string. */
const REPLACEMENT_CHARACTER = '\uFFFD';
const NO_NAME = Buffer.alloc(0);

/**
 * Opens one job of a catalogue. Throws NOT_FOUND (no such file or job), PERMISSION_DENIED, CATALOGUE_INVALID (no Magnetar
 * catalogue, damaged, job without rows or root) or CATALOGUE_BUSY (locked; try again). `secretOf` gives the secret of a job that
 * was published with a key, or throws; without one its tree is not compared with its seals and its digests cannot be had.
 */
export function openMagnetar(
  path: string,
  job: number,
  clock: Clock = systemClock,
  secretOf: SecretOf = () => undefined,
): MagnetarAdapter {
  const database = openCatalogueFile(path);
  return closeOnError(database, () =>
    guardCatalogue(database.name, () => new MagnetarAdapter(database, job, clock, secretOf), job),
  );
}

type SecretOf = (job: JobDescription) => JobSecret | undefined;

export class MagnetarAdapter implements MetadataOracle {
  readonly job: JobDescription;
  /** Undefined: nothing is compared with seals. */
  readonly secret: JobSecret | undefined;
  readonly #database: Database.Database;
  readonly #table: ArtifactTable;
  readonly #record: JobRecord;
  readonly #statements: Readonly<Record<NavigationName, Database.Statement<unknown[], ArtifactRow>>>;
  readonly #digests: ((artifact: Artifact) => BlockDigests | undefined) | undefined;
  /** Of a job with a secret. */
  readonly #seals: SealCheck | undefined;
  #rootId: ArtifactId | undefined;
  #totals: JobTotals | undefined;

  constructor(database: Database.Database, job: number, clock: Clock, secretOf: SecretOf) {
    this.#database = database;
    this.#table = openArtifactTable(database, job, clock);
    this.#record = readJob(database, job);
    this.job = this.#record.description;
    this.#totals = this.#record.totals;
    const sql = navigationSql(this.#table.scope);
    const prepare = (name: NavigationName) => database.prepare<unknown[], ArtifactRow>(sql[name]).raw();
    this.#statements = {
      byId: prepare('byId'),
      byOrdinal: prepare('byOrdinal'),
      lookup: prepare('lookup'),
      page: prepare('page'),
      rootById: prepare('rootById'),
      rootWithNull: prepare('rootWithNull'),
      rootWithEmpty: prepare('rootWithEmpty'),
    };
    const secret = secretOf(this.job);
    this.secret = secret;
    this.#digests = hasTable(database, 'ghost_digests') ? prepareDigests(database, job, secret) : undefined;
    if (secret !== undefined) {
      const sealed = { id: job, blockSize: this.job.blockSize, totals: this.#record.totals };
      this.#seals = new SealCheck(database, this.#table.scope, sealed, secret);
    }
    const { id } = this.root();
    this.#run(() => this.#seals?.directory(id));
  }

  root(): Artifact {
    return this.#run(() => {
      const row = this.#rootRow();
      if (row === undefined) throw this.#rootless();
      const root = asArtifact(row, NO_NAME);
      this.#rootId = root.id;
      return root;
    });
  }

  byId(id: ArtifactId): Artifact | undefined {
    return this.#childOrRoot('byId', id, (root) => root.id === id);
  }

  byOrdinal(ordinal: Ordinal): Artifact | undefined {
    return this.#childOrRoot('byOrdinal', ordinal, (root) => root.ordinal === ordinal);
  }

  lookup(parent: ArtifactId, name: string): Artifact | undefined {
    if (this.byId(parent)?.isDirectory !== true) return undefined;
    return this.#run(() => {
      // A name that is not there may have been taken away.
      this.#seals?.directory(parent);
      return this.#shown(this.#statements.lookup.get(parent, name));
    });
  }

  readdir(parent: ArtifactId, after: number, visit: (child: Artifact) => boolean): void {
    if (this.byId(parent)?.isDirectory !== true) return;
    let last = after;
    for (let rows = FIRST_PAGE_ROWS; ; rows = Math.min(rows * 2, LARGEST_PAGE_ROWS)) {
      const page = this.#run(() => {
        this.#seals?.directory(parent);
        const found = this.#statements.page.all(parent, last, rows);
        return found.map((row) => ({ ordinal: row[0], child: this.#shown(row) }));
      });
      for (const { ordinal, child } of page) {
        last = ordinal;
        if (child !== undefined && !visit(child)) return;
      }
      if (page.length < rows) return;
    }
  }

  totals(): JobTotals {
    this.#totals ??= this.#run(() =>
      this.#database.prepare<[], JobTotals>(totalsSql(this.#table.scope)).get(),
    );
    return this.#totals ?? { files: 0, directories: 0, bytes: 0 };
  }

  sourcePath(id: ArtifactId): readonly string[] {
    const root = this.root();
    if (id === root.id) return [];
    const names: string[] = [];
    const visited = new Set<string>();
    for (let current: string = id; !visited.has(current);) {
      visited.add(current);
      const { row, artifact } = this.#run(() => {
        const found = this.#statements.byId.get(current);
        return { row: found, artifact: this.#shown(found) };
      });
      if (row === undefined || artifact === undefined || (names.length > 0 && !artifact.isDirectory)) break;
      names.push(artifact.name.toString());
      current = row[6] ?? '';
      if (current === root.id) return names.toReversed();
    }
    throw new GhostError(
      'NOT_FOUND',
      `No path leads from the root of job ${this.job.id} to the artifact ${JSON.stringify(id)}; its directory is missing or hidden.`,
      { job: this.job.id, artifact: id },
    );
  }

  digests(id: ArtifactId): BlockDigests | undefined {
    const artifact = this.#digests === undefined ? undefined : this.byId(id);
    return artifact === undefined ? undefined : this.#run(() => this.#digests?.(artifact));
  }

  close(): void {
    this.#database.close();
  }

  #run<T>(work: () => T): T {
    return guardCatalogue(
      this.#database.name,
      () => {
        this.#table.refresh();
        return this.#seals === undefined ? work() : this.#inSnapshot(this.#seals, work);
      },
      this.job.id,
    );
  }

  /** What is compared with the seals and what `work` reads are of one version. */
  #inSnapshot<T>(seals: SealCheck, work: () => T): T {
    const transaction = this.#database.transaction(() => {
      seals.begin(this.#table.version(), () => this.#rootRow()?.[1]);
      return work();
    });
    return transaction();
  }

  #childOrRoot(
    statement: 'byId' | 'byOrdinal',
    key: string | number,
    isRoot: (root: Artifact) => boolean,
  ): Artifact | undefined {
    const child = this.#run(() => this.#shown(this.#statements[statement].get(key)));
    if (child !== undefined) return child;
    const root = this.root();
    return isRoot(root) ? root : undefined;
  }

  #rootRow(): ArtifactRow | undefined {
    const known = this.#rootId === undefined ? undefined : this.#statements.rootById.get(this.#rootId);
    return known ?? this.#lowestRoot();
  }

  #lowestRoot(): ArtifactRow | undefined {
    const candidates = [this.#statements.rootWithNull.get(), this.#statements.rootWithEmpty.get()];
    return candidates
      .filter((row) => row !== undefined)
      .reduce<ArtifactRow | undefined>(
        (low, row) => (low === undefined || row[0] < low[0] ? row : low),
        undefined,
      );
  }

  /** The row as an artifact unless its name or key cannot be shown. Throws CATALOGUE_INVALID where a seal is broken. */
  #shown(row: ArtifactRow | undefined): Artifact | undefined {
    if (row === undefined) return undefined;
    this.#seals?.directory(row[6] ?? '');
    const name = typeof row[2] === 'string' ? Buffer.from(row[2]) : row[2];
    if (nameFault(name) !== undefined) return undefined;
    // A key of bytes that are no text cannot be asked for again; a key that really holds this character can.
    if (row[1].includes(REPLACEMENT_CHARACTER) && this.#statements.byId.get(row[1])?.[0] !== row[0])
      return undefined;
    return asArtifact(row, name);
  }

  #rootless(): GhostError {
    const { id } = this.job;
    const file = this.#database.name;
    const populated = this.#database.prepare(populatedSql(this.#table.scope)).get() !== undefined;
    if (!populated && !this.#record.listed) {
      return new GhostError(
        'NOT_FOUND',
        `The catalogue ${file} has no job ${id}; "orbit-ghost jobs" lists those it has.`,
        {
          job: id,
        },
      );
    }
    const lack = populated
      ? 'has no root, which is a directory without a parent; repair its rows or publish it again.'
      : 'has no artifacts yet; wait until Magnetar has listed them or publish it again.';
    return new GhostError('CATALOGUE_INVALID', `Job ${id} of the catalogue ${file} ${lack}`, { job: id });
  }
}

function asArtifact(row: ArtifactRow, name: Buffer): Artifact {
  return {
    id: row[1] as ArtifactId,
    ordinal: row[0] as Ordinal,
    name,
    isDirectory: row[3] === 1,
    size: row[4],
    mtime: row[5],
  };
}
