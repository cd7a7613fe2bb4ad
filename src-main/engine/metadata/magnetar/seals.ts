/**
 * What is sealed of a job that was published with a key: the job's own facts, and for each directory everything in it, so that
 * nothing can be added, removed, renamed, moved or resized. Written and checked over the rows as one and the same statement
 * yields them.
 */
import type Database from 'better-sqlite3';
import { sealOf, type JobSecret } from '../../job-secret.ts';
import type { JobTotals } from '../metadata-oracle.ts';
import type { SqlScope } from './statements.ts';

/** In the place of a directory's id: the seal of the job itself. No artifact has an empty id. */
const JOB_ITSELF = '';

/** The facts of a job that are sealed beside its tree. Its sources are not: whoever has a mirror may name it. */
export interface SealedJob {
  readonly id: number;
  readonly blockSize: number | undefined;
  readonly totals: JobTotals | undefined;
}

/** Id, name as stored bytes (text in a UTF-16 catalogue), is a directory (0 or 1), size, mtime. */
type SealedRow = readonly [id: unknown, name: unknown, isDirectory: number, size: unknown, mtime: unknown];

/** Computes seals of one job over the rows of one table. */
export class Seals {
  readonly #secret: JobSecret;
  readonly #rows: Database.Statement<[string], SealedRow>;
  readonly #mtime: Database.Statement<[string]>;

  constructor(database: Database.Database, { table, job, utf8 }: SqlScope, secret: JobSecret) {
    this.#secret = secret;
    const name = utf8 ? 'CAST(a.name AS BLOB)' : 'a.name';
    // The unary plus keeps the planner from walking all rows of the job through the index on job_id.
    this.#rows = database
      .prepare<[string], SealedRow>(
        `SELECT a.id, ${name}, a.is_dir IS TRUE, a.size, a.mtime FROM ${table} a ` +
          `WHERE +a.job_id = ${job} AND a.parent_id = ? COLLATE BINARY ORDER BY a.name COLLATE BINARY`,
      )
      .raw();
    this.#mtime = database
      .prepare<[string]>(
        `SELECT a.mtime FROM ${table} a WHERE +a.job_id = ${job} AND a.id = ? COLLATE BINARY`,
      )
      .pluck();
  }

  job({ id, blockSize, totals }: SealedJob, root: string): Buffer {
    const { files, directories, bytes } = totals ?? {};
    const facts = [id, blockSize, files, directories, bytes, plain(this.#mtime.get(root))];
    return sealOf(this.#secret, `job;${facts.join(';')};${root}`).digest();
  }

  /** Takes time in the number of its entries: a quarter of a second for 100,000. */
  directory(id: string): Buffer {
    const seal = sealOf(this.#secret, `directory;${framed(id)}`);
    for (const [child, name, isDirectory, size, mtime] of this.#rows.iterate(id)) {
      const bytes = Buffer.isBuffer(name) ? name : Buffer.from(plain(name));
      seal.update(`${isDirectory};${plain(size)};${plain(mtime)};${framed(plain(child))}${bytes.length}:`);
      seal.update(bytes);
    }
    return seal.digest();
  }
}

/** Stores the seals of a job that is complete; `directories` are the ids of all of them, the root first. */
export function writeSeals(
  database: Database.Database,
  job: SealedJob,
  directories: readonly string[],
  secret: JobSecret,
): void {
  const utf8 = database.pragma('encoding', { simple: true }) === 'UTF-8';
  const seals = new Seals(database, { table: 'main.artifacts', job: job.id, utf8 }, secret);
  const insert = database.prepare<[number, string, Buffer]>(
    'INSERT INTO ghost_seals (job_id, artifact_id, seal) VALUES (?, ?, ?)',
  );
  insert.run(job.id, JOB_ITSELF, seals.job(job, directories[0] ?? ''));
  for (const id of directories) insert.run(job.id, id, seals.directory(id));
}

/** Reads seals as they are stored: of a directory, or of the job itself without one. */
export function prepareStoredSeal(database: Database.Database, job: number): (directory?: string) => unknown {
  const statement = database
    .prepare<[number, string]>('SELECT seal FROM main.ghost_seals WHERE job_id = ? AND artifact_id = ?')
    .pluck();
  return (directory = JOB_ITSELF) => statement.get(job, directory);
}

function framed(text: string): string {
  return `${Buffer.byteLength(text)}:${text};`;
}

/** A number is not the text of that number. */
function plain(value: unknown): string {
  return typeof value === 'string' ? `"${value}` : String(value);
}
