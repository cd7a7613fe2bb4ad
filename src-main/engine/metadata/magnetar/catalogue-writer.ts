/**
 * Writes one finished job into a catalogue in a single short transaction, creating the file where there is none. Invariant:
 * a failure leaves the catalogue as it was; one that did not exist does not exist afterwards unless others use it by then.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { GhostError, messageOf } from '../../errors.ts';
import { MAC_ALGORITHM, type JobSecret } from '../../job-secret.ts';
import type { JobTotals } from '../metadata-oracle.ts';
import { writeFailure } from './catalogue-failures.ts';
import { artifactColumns, codeOf, guardCatalogue, hasTable, openCatalogueFile } from './catalogue-file.ts';
import { migrateCatalogue } from './schema.ts';
import { writeSeals } from './seals.ts';

export interface PublishedJob {
  readonly name: string;
  /** Best first; at least one. */
  readonly sources: readonly string[];
  readonly blockSize: number;
  readonly contentId: string;
  /** Unix seconds. */
  readonly publishedAt: number;
  readonly totals: JobTotals;
  /** Blocks of all files. */
  readonly blocks: number;
  /** With a secret its artifacts have MACs instead of digests, and the job is sealed. */
  readonly sealing?: { readonly keyId: string; readonly secret: JobSecret } | undefined;
}

export interface PublishedArtifact {
  readonly id: string;
  /** null for the root. */
  readonly parentId: string | null;
  readonly name: string;
  readonly isDirectory: boolean;
  readonly size: number;
  /** Unix seconds. */
  readonly mtime: number;
  /** SHA-256 of each block, or its MAC, concatenated; null for a directory. */
  readonly digests: Buffer | null;
}

/** How long the commit waits for readers in the middle of a statement; those of a mount take a millisecond. */
const COMMIT_WAIT_MS = 5_000;
/** Pages of a job of some hundred thousand artifacts stay in memory, so readers are shut out during the commit alone. */
const PAGE_CACHE_KIB = 64 * 1024;

/**
 * Refuses a path that `writeJob` could not write to, before hours are spent on reading. Throws CATALOGUE_INVALID,
 * PERMISSION_DENIED, NOT_FOUND (no such directory) or CATALOGUE_BUSY.
 */
export function checkWritable(path: string): void {
  const file = resolve(path);
  const exists = existsSync(file);
  if (!exists && lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
    throw new GhostError(
      'NOT_FOUND',
      `The catalogue ${file} is a symbolic link that leads nowhere; name the file itself.`,
    );
  }
  const directory = dirname(file);
  if (!existsSync(directory)) {
    throw new GhostError(
      'NOT_FOUND',
      `The directory ${directory} of the catalogue does not exist; create it first.`,
    );
  }
  try {
    // SQLite keeps its journal beside the file, so the directory counts too.
    accessSync(directory, constants.W_OK);
    if (exists) accessSync(file, constants.W_OK);
  } catch (cause) {
    throw new GhostError(
      'PERMISSION_DENIED',
      `The catalogue ${file} cannot be written; change the permissions of the file and its directory.`,
      { cause },
    );
  }
  if (!exists) return;
  const database = openCatalogueFile(file);
  try {
    guardCatalogue(file, () => {
      const empty = database.prepare('SELECT 1 FROM main.sqlite_schema LIMIT 1').get() === undefined;
      if (!empty) artifactColumns(database);
    });
  } finally {
    database.close();
  }
}

/**
 * Adds the job and its artifacts, parents before children; returns the new job's id. Throws like `checkWritable`;
 * CATALOGUE_BUSY at once when another program writes, and then it may be called again.
 */
export function writeJob(path: string, job: PublishedJob, artifacts: Iterable<PublishedArtifact>): number {
  const file = resolve(path);
  try {
    return write(file, job, artifacts);
  } catch (error) {
    throw error instanceof Database.SqliteError ? writeFailure(error, file) : error;
  }
}

function write(file: string, job: PublishedJob, artifacts: Iterable<PublishedArtifact>): number {
  const created = createExclusively(file);
  const opened = identityOf(file);
  const database = new Database(file, { timeout: 0 });
  try {
    database.pragma(`cache_size = -${PAGE_CACHE_KIB}`);
    return database
      .transaction(() => {
        // Whoever created this file may have removed it before it was locked here; the job would go down with it.
        if (opened === undefined || identityOf(file) !== opened) throw replaced(file);
        database.pragma(`busy_timeout = ${COMMIT_WAIT_MS}`);
        return insertAll(database, job, artifacts);
      })
      .immediate();
  } catch (error) {
    if (created) removeUnused(database, file, opened);
    throw error;
  } finally {
    database.close();
  }
}

/** Whether the file did not exist and is now there, empty; of several at the same time one alone gets true. */
function createExclusively(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx'));
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw new GhostError(
      'PERMISSION_DENIED',
      `The catalogue ${file} cannot be created (${messageOf(cause)}); check its directory and the disk.`,
      { cause },
    );
  }
}

/** Removes the file unless somebody else uses it: an empty catalogue does no harm, a job lost with it would. */
function removeUnused(database: Database.Database, file: string, created: string | undefined): void {
  try {
    database.pragma('busy_timeout = 0');
    // Nobody reads or writes while this is held; who only has it open sees in `write` that it is gone.
    database.exec('BEGIN EXCLUSIVE');
    if (identityOf(file) === created && statSync(file).size === 0) unlinkSync(file);
  } catch (error) {
    if (!(error instanceof Database.SqliteError) && codeOf(error) === undefined) throw error;
  }
}

/** Tells the file from any other that has been or will be at this path; undefined when there is none. */
function identityOf(file: string): string | undefined {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  // Inode numbers are used again; with the time of birth they are not.
  return stats && [stats.dev, stats.ino, stats.birthtimeNs].join(':');
}

function replaced(file: string): GhostError {
  return new GhostError(
    'CATALOGUE_BUSY',
    `The catalogue ${file} was removed or replaced while it was opened; let the other program finish, then try again.`,
  );
}

function insertAll(
  database: Database.Database,
  job: PublishedJob,
  artifacts: Iterable<PublishedArtifact>,
): number {
  migrateCatalogue(database);
  const id = insertJob(database, job);
  const now = timestamp(job.publishedAt);
  const insertArtifact = inserter(database, 'artifacts');
  const insertDigests = inserter(database, 'ghost_digests');
  const directories: string[] = [];
  for (const artifact of artifacts) {
    insertArtifact({
      id: artifact.id,
      job_id: id,
      parent_id: artifact.parentId,
      name: artifact.name,
      size: artifact.size,
      is_dir: artifact.isDirectory ? 1 : 0,
      mtime: artifact.mtime,
      created_at: now,
      updated_at: now,
    });
    if (artifact.isDirectory && job.sealing !== undefined) directories.push(artifact.id);
    if (artifact.digests === null) continue;
    insertDigests({
      job_id: id,
      artifact_id: artifact.id,
      block_size: job.blockSize,
      algorithm: job.sealing === undefined ? 'sha256' : MAC_ALGORITHM,
      digests: artifact.digests,
    });
  }
  if (job.sealing !== undefined) writeSeals(database, { ...job, id }, directories, job.sealing.secret);
  return id;
}

function insertJob(database: Database.Database, job: PublishedJob): number {
  const now = timestamp(job.publishedAt);
  const inserted = inserter(
    database,
    'jobs',
  )({
    source: job.sources[0] ?? null,
    destination: job.name,
    compress: 0,
    verify: 1,
    parallel: 1,
    status: 'completed',
    progress: 100,
    total_chunks: job.blocks,
    completed_chunks: job.blocks,
    failed_chunks: 0,
    created_at: now,
    updated_at: now,
  });
  const id = unusedJobId(database, inserted);
  for (const table of ['ghost_job', 'ghost_sources', 'ghost_digests', 'ghost_seals']) {
    if (hasTable(database, table)) database.prepare(`DELETE FROM ${table} WHERE job_id = ?`).run(id);
  }
  inserter(
    database,
    'ghost_job',
  )({
    job_id: id,
    block_size: job.blockSize,
    key_id: job.sealing?.keyId ?? null,
    published_at: job.publishedAt,
    content_id: job.contentId,
    ...job.totals,
  });
  const insertSource = inserter(database, 'ghost_sources');
  for (const [rank, uri] of job.sources.entries()) insertSource({ job_id: id, uri, rank });
  return id;
}

/** A catalogue of nothing but artifacts has jobs that no `jobs` table knew of; theirs are never given out again. */
function unusedJobId(database: Database.Database, inserted: number): number {
  const highest =
    database
      .prepare<[], number | null>(`SELECT max(job_id) FROM artifacts WHERE typeof(job_id) = 'integer'`)
      .pluck()
      .get() ?? 0;
  if (inserted > highest) return inserted;
  database.prepare('UPDATE jobs SET id = ? WHERE id = ?').run(highest + 1, inserted);
  return highest + 1;
}

type Values = Readonly<Record<string, string | number | Buffer | null>>;

/** Inserts values by column name, leaving out columns that this catalogue's table does not have; returns the row id. */
function inserter(database: Database.Database, table: string): (values: Values) => number {
  const columns = new Set(
    database.prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?)').pluck().all(table),
  );
  const prepared = new Map<string, Database.Statement>();
  return (values) => {
    const used = Object.keys(values).filter((column) => columns.has(column));
    const list = used.join(', ');
    const statement =
      prepared.get(list) ??
      database.prepare(
        `INSERT INTO ${table} (${list}) VALUES (${used.map((column) => `@${column}`).join(', ')})`,
      );
    prepared.set(list, statement);
    return Number(statement.run(values).lastInsertRowid);
  };
}

/** The form of SQLite's CURRENT_TIMESTAMP. */
function timestamp(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}
