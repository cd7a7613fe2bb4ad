/**
 * Decides whether the adapter can navigate the catalogue's own table, and if not keeps an indexed temporary copy of one
 * job's rows that the same statements run against. Invariant: ordinals depend on the catalogue's content alone, so every
 * connection and every restarted engine derives the same ones.
 */
import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { Clock } from '../../clock.ts';
import { artifactColumns, type Column } from './catalogue-file.ts';
import { ORDINAL_MAX } from './row-rules.ts';
import { navigationSql, plansToIndexes, type SqlScope } from './statements.ts';

const MIRROR_TABLE = 'temp.ghost_mirror';
const MIRROR_INDEXES = [
  { name: 'ghost_mirror_id', columns: 'id' },
  { name: 'ghost_mirror_parent', columns: 'parent_id' },
  { name: 'ghost_mirror_parent_name', columns: 'parent_id, name' },
] as const;
const KEEP_FIRST_OF_KEY =
  `DELETE FROM ${MIRROR_TABLE} AS a WHERE EXISTS ` +
  `(SELECT 1 FROM ${MIRROR_TABLE} b WHERE b.id = a.id AND b.ordinal < a.ordinal)`;
/** SQLite's own 2 MiB would make the copy of a million rows wait for the disk at every step. */
const MIRROR_CACHE_KIB = 64 * 1024;
/** A catalogue that changes all the time may cost at most this part of the thread's time in copying. */
const REFRESH_SHARE = 0.1;

export interface ArtifactTable {
  readonly scope: SqlScope;
  /** Follows changes of the catalogue; to be called before every operation. */
  readonly refresh: () => void;
  /** Another number when the rows may be others; undefined when that is not known. */
  readonly version: () => number | undefined;
}

/** The table the statements run against: `main.artifacts` as it is where its shape allows, else a mirror. */
export function openArtifactTable(database: Database.Database, job: number, clock: Clock): ArtifactTable {
  const columns = artifactColumns(database);
  const utf8 = database.pragma('encoding', { simple: true }) === 'UTF-8';
  const direct: SqlScope = { table: 'main.artifacts', job, utf8 };
  if (hasOrdinalRowids(database, columns) && hasMagnetarTypes(columns)) {
    const statements = Object.values(navigationSql(direct));
    if (statements.every((sql) => plansToIndexes(database, sql))) {
      const version = dataVersion(database);
      return { scope: direct, refresh: () => {}, version: () => version.get() };
    }
  }
  return openMirror(database, job, clock);
}

/** An indexed temporary copy of the job's rows, filled by the first `refresh`. */
export function openMirror(database: Database.Database, job: number, clock: Clock): ArtifactTable {
  const rowids = hasOrdinalRowids(database, artifactColumns(database));
  const utf8 = database.pragma('encoding', { simple: true }) === 'UTF-8';
  return { scope: { table: MIRROR_TABLE, job, utf8 }, ...createMirror(database, job, rowids, clock) };
}

function createMirror(
  database: Database.Database,
  job: number,
  rowids: boolean,
  clock: Clock,
): Omit<ArtifactTable, 'scope'> {
  // Affinities turn the text of an imported CSV into numbers; `name` keeps whatever type it was stored with.
  database.exec(`
    CREATE TABLE ${MIRROR_TABLE} (ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL, job_id INTEGER, parent_id TEXT, name,
      size INTEGER, is_dir NUMERIC, mtime NUMERIC);
  `);
  database.pragma(`temp.cache_size = -${MIRROR_CACHE_KIB}`);
  database.function('ghost_ordinal', { deterministic: true }, ordinalOf);
  const version = dataVersion(database);
  const fill = database.transaction(() => {
    // Indexes are built after the rows are in: sorting once is many times faster than a million insertions at random places.
    for (const { name } of MIRROR_INDEXES) database.exec(`DROP INDEX IF EXISTS temp.${name}`);
    database.exec(`DELETE FROM ${MIRROR_TABLE}`);
    copyRows(database, job, rowids ? 'rowid' : 'ghost_ordinal(key, 0)', 'TRUE');
    for (const { name, columns } of MIRROR_INDEXES)
      database.exec(`CREATE INDEX temp.${name} ON ghost_mirror(${columns})`);
    if (rowids) database.exec(KEEP_FIRST_OF_KEY);
    else placeCollisions(database, job);
  });
  let copied: number | undefined;
  let notBefore = 0;
  const refresh = (): void => {
    const current = version.get();
    if (current === copied || (copied !== undefined && clock.now() < notBefore)) return;
    const started = clock.now();
    fill();
    copied = current;
    notBefore = clock.now() + (clock.now() - started) / REFRESH_SHARE;
  };
  return { refresh, version: () => copied };
}

/** Another number after each change that another connection made. */
function dataVersion(database: Database.Database): Database.Statement<[], number> {
  return database.prepare<[], number>('PRAGMA main.data_version').pluck();
}

/** Rows whose hashes collide are placed with another salt, until all have a place. */
function placeCollisions(database: Database.Database, job: number): void {
  const unplaced = `NOT EXISTS (SELECT 1 FROM ${MIRROR_TABLE} m WHERE m.id = key)`;
  for (let salt = 1; copyRows(database, job, `ghost_ordinal(key, ${salt})`, unplaced) > 0; salt += 1);
}

/** Of rows with one ordinal the one with the lowest key comes first, so that all connections agree. */
function copyRows(database: Database.Database, job: number, ordinal: string, condition: string): number {
  const columns = 'job_id, parent_id, name, size, is_dir, mtime';
  const source =
    `SELECT ${ordinal === 'rowid' ? 'rowid, ' : ''}CASE WHEN typeof(id) IN ('text', 'integer') THEN CAST(id AS TEXT) END AS key, ` +
    `${columns} FROM main.artifacts WHERE job_id = CAST(${job} AS INTEGER)`;
  const sql =
    `INSERT OR IGNORE INTO ${MIRROR_TABLE} (ordinal, id, ${columns}) ` +
    `SELECT ${ordinal}, key, ${columns} FROM (${source}) WHERE key IS NOT NULL AND ${condition} ORDER BY 1, 2, name`;
  return database.prepare(sql).run().changes;
}

/** 48 bits of a hash of the key, plus 1: unlike a position in key order it does not shift when a row is inserted. */
function ordinalOf(key: unknown, salt: unknown): number {
  return hash('sha256', `${String(salt)}:${String(key)}`, 'buffer').readUIntBE(0, 6) + 1;
}

function hasOrdinalRowids(database: Database.Database, columns: readonly Column[]): boolean {
  const kind = database
    .prepare<[], { readonly type: string; readonly wr: number }>(
      `SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = 'artifacts' COLLATE NOCASE`,
    )
    .get();
  if (kind?.type !== 'table' || kind.wr !== 0) return false;
  if (columns.some((column) => column.name.toLowerCase() === 'rowid')) return false;
  const outside = database
    .prepare<[], number | null>(
      `SELECT (SELECT min(rowid) FROM main.artifacts) < 1 OR (SELECT max(rowid) FROM main.artifacts) > ${ORDINAL_MAX}`,
    )
    .pluck()
    .get();
  return outside !== 1;
}

/** Whether comparisons in the catalogue's own columns behave as with the types that Magnetar declares. */
function hasMagnetarTypes(columns: readonly Column[]): boolean {
  const textual = new Set(['id', 'parent_id', 'name']);
  const numeric = new Set(['job_id', 'size', 'is_dir', 'mtime']);
  return columns.every(({ name, type }) => {
    const column = name.toLowerCase();
    if (textual.has(column)) return /CHAR|CLOB|TEXT/i.test(type) && !/INT/i.test(type);
    if (numeric.has(column)) return type !== '' && (/INT/i.test(type) || !/CHAR|CLOB|TEXT|BLOB/i.test(type));
    return true;
  });
}
