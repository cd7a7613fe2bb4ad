/**
 * The catalogue on disk: Magnetar's own tables as its writers create them, and our additive `ghost_*` tables with their
 * numbered migrations. Invariant: nothing here alters a table of Magnetar's; a catalogue stays readable by Orbit.
 */
import type Database from 'better-sqlite3';

/** Magnetar's tables and indexes. `mtime` is in Unix seconds; `parent_id` is NULL for the root of a job. */
const MAGNETAR_SCHEMA = `
  CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT,
    destination TEXT,
    compress BOOLEAN DEFAULT 0,
    verify BOOLEAN DEFAULT 0,
    parallel INTEGER,
    status TEXT,
    progress REAL DEFAULT 0,
    total_chunks INTEGER DEFAULT 0,
    completed_chunks INTEGER DEFAULT 0,
    failed_chunks INTEGER DEFAULT 0,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    source_star_id TEXT,
    dest_star_id TEXT
  );
  CREATE TABLE IF NOT EXISTS artifacts (
    id TEXT PRIMARY KEY,
    job_id INTEGER,
    parent_id TEXT,
    name TEXT,
    size INTEGER,
    is_dir BOOLEAN,
    mtime INTEGER,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
  );
  CREATE INDEX IF NOT EXISTS idx_artifacts_parent_id ON artifacts(parent_id);
  CREATE INDEX IF NOT EXISTS idx_artifacts_job_id ON artifacts(job_id);
  CREATE INDEX IF NOT EXISTS idx_artifacts_parent_name ON artifacts(parent_id, name);
`;

/** Columns without which a table cannot be an artifacts table. */
export const ARTIFACT_COLUMNS = ['id', 'job_id', 'parent_id', 'name', 'size', 'is_dir', 'mtime'] as const;

interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** Applied in order, each once; a released migration never changes, a new need is a new number. */
const GHOST_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE ghost_sources (
        job_id INTEGER NOT NULL,
        uri TEXT NOT NULL,
        rank INTEGER NOT NULL,
        options TEXT,
        PRIMARY KEY (job_id, rank)
      );
      CREATE TABLE ghost_digests (
        job_id INTEGER NOT NULL,
        artifact_id TEXT NOT NULL,
        block_size INTEGER NOT NULL,
        algorithm TEXT NOT NULL,
        digests BLOB NOT NULL,
        PRIMARY KEY (job_id, artifact_id)
      );
      CREATE TABLE ghost_job (
        job_id INTEGER PRIMARY KEY,
        block_size INTEGER,
        key_id TEXT,
        published_at INTEGER,
        content_id TEXT,
        files INTEGER,
        directories INTEGER,
        bytes INTEGER
      );
    `,
  },
  {
    version: 2,
    sql: `
      CREATE TABLE ghost_seals (
        job_id INTEGER NOT NULL,
        artifact_id TEXT NOT NULL,
        seal BLOB NOT NULL,
        PRIMARY KEY (job_id, artifact_id)
      );
    `,
  },
];

/** Brings a writable catalogue to the newest schema; call it inside the transaction that needs the tables. */
export function migrateCatalogue(database: Database.Database): void {
  database.exec(MAGNETAR_SCHEMA);
  database.exec('CREATE TABLE IF NOT EXISTS ghost_schema (version INTEGER PRIMARY KEY)');
  const applied = database.prepare<[], number>('SELECT max(version) FROM ghost_schema').pluck().get() ?? 0;
  const record = database.prepare<[number]>('INSERT INTO ghost_schema (version) VALUES (?)');
  for (const { version, sql } of GHOST_MIGRATIONS) {
    if (version <= applied) continue;
    database.exec(sql);
    record.run(version);
  }
}
