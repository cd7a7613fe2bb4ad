/**
 * Opens a catalogue's file read-only and turns what SQLite throws into a GhostError with a sentence a person can act on.
 * Invariant: no connection opened here waits for a lock; a locked catalogue is CATALOGUE_BUSY at once.
 */
import { statSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { GhostError } from '../../errors.ts';
import { NOT_SQLITE, readFailure } from './catalogue-failures.ts';
import { ARTIFACT_COLUMNS } from './schema.ts';

/** https://www.sqlite.org/fileformat.html, "The Database Header". */
const SMALLEST_PAGE_BYTES = 512;

/** Opens an existing catalogue for reading. Throws NOT_FOUND, PERMISSION_DENIED, CATALOGUE_INVALID or CATALOGUE_BUSY. */
export function openCatalogueFile(path: string): Database.Database {
  // Absolute, so that ':memory:' and '' name files like any other path.
  const file = resolve(path);
  let stats: Stats;
  try {
    stats = statSync(file);
  } catch (cause) {
    const denied = codeOf(cause) === 'EACCES';
    throw new GhostError(
      denied ? 'PERMISSION_DENIED' : 'NOT_FOUND',
      denied
        ? `The catalogue ${file} may not be read; change its permissions or those of its directory.`
        : `The catalogue ${file} does not exist; check the path, or create it with "orbit-ghost publish".`,
      { cause },
    );
  }
  if (!stats.isFile()) {
    throw new GhostError(
      'CATALOGUE_INVALID',
      `The catalogue ${file} is not a file; name an SQLite database.`,
    );
  }
  // SQLite takes a file shorter than its smallest page for an empty database, and a writer would overwrite it.
  if (stats.size > 0 && stats.size < SMALLEST_PAGE_BYTES) {
    throw new GhostError('CATALOGUE_INVALID', `The catalogue ${file} ${NOT_SQLITE}`);
  }
  return guardCatalogue(file, () => {
    // A busy timeout of 0: the responder thread must never sleep inside SQLite.
    const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
    return closeOnError(database, () => {
      // Reads the header, so that a file that is no database is refused here and not at the first statement.
      database.pragma('schema_version');
      return database;
    });
  });
}

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** The columns of the catalogue's `artifacts`, whatever kind of table it is. Throws CATALOGUE_INVALID when some are missing. */
export function artifactColumns(database: Database.Database): readonly Column[] {
  const columns = database
    .prepare<[], Column>(`SELECT name, type FROM pragma_table_xinfo('artifacts')`)
    .all();
  if (columns.length === 0) {
    throw new GhostError(
      'CATALOGUE_INVALID',
      `The catalogue ${database.name} has no table "artifacts"; it is another program's database, or empty.`,
    );
  }
  const names = new Set(columns.map((column) => column.name.toLowerCase()));
  const missing = ARTIFACT_COLUMNS.filter((column) => !names.has(column));
  if (missing.length > 0) {
    throw new GhostError(
      'CATALOGUE_INVALID',
      `The table "artifacts" of ${database.name} lacks the column ${missing.join(', ')}; it was not written by Magnetar.`,
    );
  }
  return columns;
}

/** Whether the catalogue has a table or view of that name. */
export function hasTable(database: Database.Database, table: string): boolean {
  const found = database
    .prepare<[string]>(
      `SELECT 1 FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE`,
    )
    .get(table);
  return found !== undefined;
}

/** Runs `work`; an SQLite failure inside it leaves as a GhostError about reading the catalogue. */
export function guardCatalogue<T>(file: string, work: () => T, job?: number): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Database.SqliteError ? readFailure(error, file, job) : error;
  }
}

/** Runs `work`; closes the database when it throws. */
export function closeOnError<T>(database: Database.Database, work: () => T): T {
  try {
    return work();
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The system's error code of a thrown value, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
