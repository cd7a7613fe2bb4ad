/**
 * The index's tables and every statement that touches them. Invariant: triggers keep the totals in step with the rows, so
 * no caller can forget to; numbers that stand in the database never change their meaning.
 */
import type Database from 'better-sqlite3';
import type { BlockName } from './cache-layout.ts';

export const SCHEMA_VERSION = 1;
/** SQLite cannot hold a boolean or an enum; these numbers are on disk and never change their meaning. */
export const RowState = { writing: 0, stored: 1, removing: 2 } as const;
const DigestState = { verified: 1, unproven: 0 } as const;
/** Rows handed out at once, so that memory stays bounded whatever the cache holds. */
const PAGE_ROWS = 1_000;

export const SCHEMA = `
  CREATE TABLE cache (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    blocks INTEGER NOT NULL, bytes INTEGER NOT NULL,
    session INTEGER NOT NULL, token TEXT NOT NULL, boot TEXT, clean INTEGER NOT NULL
  );
  INSERT INTO cache VALUES (1, 0, 0, 0, '', NULL, 0);
  CREATE TABLE namespaces (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE blocks (
    namespace INTEGER NOT NULL, artifact BLOB NOT NULL, block INTEGER NOT NULL,
    bytes INTEGER NOT NULL, last_use INTEGER NOT NULL, pinned INTEGER NOT NULL DEFAULT 0,
    digest INTEGER NOT NULL, state INTEGER NOT NULL,
    PRIMARY KEY (namespace, artifact, block)
  ) WITHOUT ROWID;
  CREATE INDEX blocks_unsettled ON blocks (state) WHERE state <> 1;
  CREATE TRIGGER blocks_inserted AFTER INSERT ON blocks WHEN new.state = 1 BEGIN
    UPDATE cache SET blocks = blocks + 1, bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER blocks_updated AFTER UPDATE OF state, bytes ON blocks BEGIN
    UPDATE cache SET blocks = blocks + (new.state = 1) - (old.state = 1),
      bytes = bytes + (new.state = 1) * new.bytes - (old.state = 1) * old.bytes;
  END;
  CREATE TRIGGER blocks_deleted AFTER DELETE ON blocks WHEN old.state = 1 BEGIN
    UPDATE cache SET blocks = blocks - 1, bytes = bytes - old.bytes;
  END;
`;

export interface IndexedBlock extends BlockName {
  readonly bytes: number;
  readonly state: number;
}

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(database: Database.Database) {
  type Key = { namespace: number; artifact: Buffer; block: number };
  type State = {
    blocks: number;
    bytes: number;
    session: number;
    token: string;
    boot: string | null;
    clean: number;
  };
  const same = 'namespace = @namespace AND artifact = @artifact AND block = @block';
  const select = `SELECT name AS namespace, lower(hex(artifact)) AS artifact, block, bytes, state
    FROM blocks JOIN namespaces ON namespaces.id = blocks.namespace`;
  const insert = `INSERT INTO blocks (namespace, artifact, block, bytes, last_use, digest, state)
    VALUES (@namespace, @artifact, @block, @bytes, @lastUse,`;
  const replace =
    'ON CONFLICT DO UPDATE SET bytes = excluded.bytes, digest = excluded.digest, state = excluded.state';
  return {
    state: database.prepare<[], State>('SELECT * FROM cache'),
    start: database.prepare(
      'UPDATE cache SET session = session + 1, token = @token, boot = @boot, clean = 0',
    ),
    stop: database.prepare('UPDATE cache SET clean = 1'),
    addNamespace: database.prepare<[string]>(
      'INSERT INTO namespaces (name) VALUES (?) ON CONFLICT DO NOTHING',
    ),
    namespaceId: database.prepare<[string], { id: number }>('SELECT id FROM namespaces WHERE name = ?'),
    bytes: database.prepare<[Key], { bytes: number }>(
      `SELECT bytes FROM blocks WHERE ${same} AND state = ${RowState.stored}`,
    ),
    intend: database.prepare(
      `${insert} ${DigestState.verified}, ${RowState.writing}) ${replace}, last_use = excluded.last_use`,
    ),
    adopt: database.prepare(`${insert} ${DigestState.unproven}, ${RowState.stored}) ${replace}`),
    confirm: database.prepare(`UPDATE blocks SET state = ${RowState.stored} WHERE ${same}`),
    remove: database.prepare(`UPDATE blocks SET state = ${RowState.removing} WHERE ${same}`),
    forget: database.prepare(`DELETE FROM blocks WHERE ${same}`),
    touch: database.prepare(`UPDATE blocks SET last_use = @lastUse WHERE ${same}`),
    unsettled: database.prepare<[], IndexedBlock>(
      `${select} WHERE state <> ${RowState.stored} LIMIT ${PAGE_ROWS}`,
    ),
    anyStored: database.prepare<[], IndexedBlock>(
      `${select} WHERE state = ${RowState.stored} LIMIT ${PAGE_ROWS}`,
    ),
    storedIn: database.prepare<[number], IndexedBlock>(
      `${select} WHERE blocks.namespace = ? AND state = ${RowState.stored} LIMIT ${PAGE_ROWS}`,
    ),
    lastBefore: database.prepare<[number], { modified: number | null }>(
      'SELECT max(last_use) AS modified FROM blocks WHERE last_use < ?',
    ),
    between: database.prepare<[number, number], IndexedBlock>(
      `${select} WHERE last_use > ? AND last_use < ? LIMIT ${PAGE_ROWS}`,
    ),
  };
}
