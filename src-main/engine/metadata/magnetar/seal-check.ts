/**
 * Compares what a sealed job's catalogue says with its seals, each directory when something in it is first asked for and again
 * when the catalogue has changed. Invariant: no row is shown that is not as it was published.
 */
import { timingSafeEqual } from 'node:crypto';
import type Database from 'better-sqlite3';
import { GhostError } from '../../errors.ts';
import type { JobSecret } from '../../job-secret.ts';
import { hasTable } from './catalogue-file.ts';
import { prepareStoredSeal, Seals, type SealedJob } from './seals.ts';
import type { SqlScope } from './statements.ts';

/** Directories known to be right: more than are in use at a time, in some megabytes. */
const MAX_KNOWN = 50_000;

export class SealCheck {
  readonly #database: Database.Database;
  readonly #job: SealedJob;
  readonly #seals: Seals;
  readonly #stored: (directory?: string) => unknown;
  readonly #known = new Set<string>();
  /** Of the rows, when they were last found to be right. */
  #version: number | undefined;

  /** Throws CATALOGUE_INVALID when the catalogue has no seals. */
  constructor(database: Database.Database, scope: SqlScope, job: SealedJob, secret: JobSecret) {
    this.#database = database;
    this.#job = job;
    if (!hasTable(database, 'ghost_seals')) throw this.#broken('has lost its seals');
    this.#seals = new Seals(database, scope, secret);
    this.#stored = prepareStoredSeal(database, job.id);
  }

  /** Before anything is read of rows of that version. Throws CATALOGUE_INVALID. */
  begin(version: number | undefined, rootOf: () => string | undefined): void {
    if (version !== undefined && version === this.#version) return;
    this.#known.clear();
    this.#version = undefined;
    const root = rootOf();
    if (root === undefined || !isSame(this.#seals.job(this.#job, root), this.#stored())) {
      throw this.#broken('is not as it was published');
    }
    this.#version = version;
  }

  /** Everything in the directory is as it was published. Throws CATALOGUE_INVALID otherwise. */
  directory(id: string): void {
    if (this.#known.has(id)) return;
    if (!isSame(this.#seals.directory(id), this.#stored(id))) {
      throw this.#broken('has a directory that is not as it was published', id);
    }
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.add(id);
  }

  #broken(complaint: string, artifact?: string): GhostError {
    const { id } = this.#job;
    return new GhostError(
      'CATALOGUE_INVALID',
      `Job ${id} of the catalogue ${this.#database.name} ${complaint}: somebody or something changed the catalogue. Get a sound copy of it or publish the job again.`,
      { job: id, ...(artifact !== undefined && { artifact }) },
    );
  }
}

function isSame(seal: Buffer, stored: unknown): boolean {
  return Buffer.isBuffer(stored) && stored.length === seal.length && timingSafeEqual(seal, stored);
}
