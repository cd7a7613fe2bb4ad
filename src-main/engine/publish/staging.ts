/**
 * The job being published, kept in a private temporary database until it is complete. Stands between the walk, the hashing
 * and the catalogue, so that the catalogue is locked for one short transaction and memory stays constant. Invariant: what
 * it yields at the end is a closed tree, parents before children.
 */
import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import { GhostError } from '../errors.ts';
import type { JobTotals } from '../metadata/metadata-oracle.ts';
import type { PublishedArtifact } from '../metadata/magnetar/catalogue-writer.ts';
import type { TreeEntry } from './tree.ts';

/** A file whose digests are still to be computed. */
export interface StagedFile {
  readonly sequence: number;
  /** Of the artifact to be. */
  readonly id: string;
  readonly path: readonly string[];
}

interface StagedRow {
  readonly id: string;
  readonly parent_id: string | null;
  readonly name: string;
  readonly is_dir: number;
  readonly size: number;
  readonly mtime: number;
  readonly digests: Buffer | null;
}

const SCHEMA = `
  CREATE TABLE entry (
    sequence INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, id TEXT NOT NULL, parent_id TEXT, name TEXT NOT NULL,
    is_dir INTEGER NOT NULL, size INTEGER, mtime INTEGER NOT NULL, digests BLOB
  );
`;

export class Staging {
  // An empty name is SQLite's private database on disk, deleted when closed.
  readonly #database = new Database('').exec(SCHEMA);
  readonly #insert = this.#database.prepare<
    [string, string, string | null, string, number, number | null, number]
  >(
    'INSERT INTO entry (path, id, parent_id, name, is_dir, size, mtime) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO NOTHING',
  );
  readonly #idOf = this.#database.prepare<[string], string>('SELECT id FROM entry WHERE path = ?').pluck();
  readonly #next = this.#database.prepare<
    [number],
    { readonly sequence: number; readonly id: string; readonly path: string }
  >('SELECT sequence, id, path FROM entry WHERE sequence > ? AND is_dir = 0 ORDER BY sequence LIMIT 1');
  readonly #complete = this.#database.prepare<[number, number, Buffer, number]>(
    'UPDATE entry SET size = ?, mtime = ?, digests = ? WHERE sequence = ?',
  );
  readonly #remove = this.#database.prepare<[number]>('DELETE FROM entry WHERE sequence = ?');
  #lastParent: { readonly path: string; readonly id: string } | undefined;
  #cursor = 0;

  constructor() {
    // One transaction that is never committed: the file is thrown away, so nothing needs to reach the disk.
    this.#database.exec('BEGIN');
  }

  /** Whether it is new: a directory that changes while it is listed may show a name twice. */
  add(entry: TreeEntry): boolean {
    const name = entry.path.at(-1) ?? '';
    const size = entry.isDirectory ? 0 : (entry.size ?? null);
    return guard(() => {
      const parent = entry.path.length === 0 ? null : this.#parentId(entry.path.slice(0, -1).join('/'));
      const path = entry.path.join('/');
      const isDirectory = entry.isDirectory ? 1 : 0;
      return this.#insert.run(path, randomUUID(), parent, name, isDirectory, size, entry.mtime).changes === 1;
    });
  }

  /** The next file in the order of the walk, each once; undefined after the last. */
  takeFile(): StagedFile | undefined {
    const row = guard(() => this.#next.get(this.#cursor));
    if (row === undefined) return undefined;
    this.#cursor = row.sequence;
    return { ...row, path: row.path.split('/') };
  }

  complete(file: StagedFile, read: { readonly size: number; readonly mtime: number }, digests: Buffer): void {
    guard(() => this.#complete.run(read.size, read.mtime, digests, file.sequence));
  }

  remove(file: StagedFile): void {
    guard(() => this.#remove.run(file.sequence));
  }

  /** Bytes is undefined while some file's size is unknown. */
  totals(): Omit<JobTotals, 'bytes'> & { readonly bytes: number | undefined } {
    const row = guard(() =>
      this.#database
        .prepare<[], { files: number; directories: number; bytes: number; unknown: number }>(
          `SELECT coalesce(sum(is_dir = 0), 0) AS files, coalesce(sum(is_dir), 0) AS directories,
             coalesce(sum(size), 0) AS bytes, coalesce(sum(size IS NULL), 0) AS unknown FROM entry`,
        )
        .get(),
    );
    const { files = 0, directories = 0, bytes = 0, unknown = 0 } = row ?? {};
    return { files, directories, bytes: unknown === 0 ? bytes : undefined };
  }

  /** Digests of all files, counted. */
  blocks(): number {
    const sql = 'SELECT coalesce(sum(length(digests)), 0) / 32 FROM entry';
    return guard(() => this.#database.prepare<[], number>(sql).pluck().get() ?? 0);
  }

  *artifacts(): Generator<PublishedArtifact> {
    const sql = 'SELECT * FROM entry ORDER BY sequence';
    const rows = guard(() => this.#database.prepare<[], StagedRow>(sql).iterate());
    try {
      for (let next = guard(() => rows.next()); next.done !== true; next = guard(() => rows.next())) {
        const { id, parent_id: parentId, name, is_dir: isDirectory, size, mtime, digests } = next.value;
        yield { id, parentId, name, isDirectory: isDirectory === 1, size, mtime, digests };
      }
    } finally {
      // An iterator left open would keep the database from being closed.
      rows.return?.();
    }
  }

  close(): void {
    this.#database.close();
  }

  #parentId(path: string): string {
    // Siblings come one after another, so the last parent is nearly always the one asked for.
    if (this.#lastParent?.path !== path) this.#lastParent = { path, id: this.#required(path) };
    return this.#lastParent.id;
  }

  #required(path: string): string {
    const id = this.#idOf.get(path);
    if (id === undefined) throw new Error(`an entry came before its directory ${JSON.stringify(path)}`);
    return id;
  }
}

/** Runs `work`; a failure of the temporary database must not be taken for one of the catalogue. */
function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause;
    throw new GhostError(
      'INTERNAL',
      `The temporary file of the publication failed (${cause.code}: ${cause.message}); free some space in the temporary directory or name another in SQLITE_TMPDIR, then publish again.`,
      { cause },
    );
  }
}
