/**
 * Every statement that touches the index's tables (see cache-index-migrations.ts). Invariant: numbers that stand in the
 * database never change their meaning.
 */
import type Database from 'better-sqlite3';
import type { BlockName, FileName } from './cache-layout.ts';

/** SQLite cannot hold a boolean or an enum; these numbers are on disk and never change their meaning. */
export const RowState = { writing: 0, stored: 1, removing: 2 } as const;
const DigestState = { verified: 1, unproven: 0 } as const;
/** Rows handed out at once, so that memory stays bounded whatever the cache holds. */
export const PAGE_ROWS = 1_000;

export interface IndexedBlock extends BlockName {
  readonly bytes: number;
  readonly state: number;
}

export interface UsedBlock extends IndexedBlock {
  /** See CacheIndex.nextUse. */
  readonly lastUse: number;
}

export interface CacheUsage {
  readonly blocks: number;
  readonly bytes: number;
}

export interface NamespaceUsage extends CacheUsage {
  readonly namespace: string;
}

/** A stored block as it is to be. */
export interface StoredBlock {
  readonly bytes: number;
  /** Undefined where nobody knows it. */
  readonly digest: Buffer | undefined;
}

export interface PinnedFile extends FileName {
  /** Of the whole file. */
  readonly bytes: number;
  /** Below the root of its job. */
  readonly path: string;
}

/** A pinned file as the index has it. */
export interface IndexedPin extends PinnedFile {
  readonly cachedBytes: number;
}

/** A stretch of pins in the order of their paths, after the one of this path and artifact. */
export interface PinRange {
  readonly namespace: number;
  /** The file itself, or the folder above; empty: all. */
  readonly path: string;
  /** Above the path of everything in the folder. */
  readonly end: string;
  readonly after: string;
  readonly afterArtifact: Buffer;
  /** Those last seen in this round are left out; -1: none. */
  readonly exceptRound: number;
}

/** Where a walk over all blocks stands; the zeroth block of the first namespace is after START. */
export interface IndexPosition {
  readonly namespace: number;
  readonly artifact: Buffer;
  readonly block: number;
}

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(database: Database.Database) {
  type FileKey = { namespace: number; artifact: Buffer };
  type Key = FileKey & { block: number };
  type State = {
    blocks: number;
    bytes: number;
    pinned_bytes: number;
    session: number;
    token: string;
    boot: string | null;
    clean: number;
  };
  const ofFile = 'namespace = @namespace AND artifact = @artifact';
  const same = `${ofFile} AND block = @block`;
  const select = `SELECT name AS namespace, lower(hex(artifact)) AS artifact, block, blocks.bytes, state
    FROM blocks JOIN namespaces ON namespaces.id = blocks.namespace`;
  const insert = `INSERT INTO blocks (namespace, artifact, block, bytes, last_use, sha256, pinned, digest, state)
    VALUES (@namespace, @artifact, @block, @bytes, @lastUse, @sha256,
      (SELECT count(*) FROM pins WHERE namespace = @namespace AND artifact = @artifact),`;

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
    namespaceUsage: database.prepare<[string], CacheUsage>(
      'SELECT blocks, bytes FROM namespaces WHERE name = ?',
    ),
    namespaces: database.prepare<[], NamespaceUsage>(
      'SELECT name AS namespace, blocks, bytes FROM namespaces WHERE blocks > 0 ORDER BY name',
    ),
    fileUsage: database.prepare<[FileKey], CacheUsage>(
      'SELECT blocks, bytes FROM files WHERE namespace = @namespace AND artifact = @artifact',
    ),
    storedAfter: database
      .prepare<[Key], number>(
        `SELECT block FROM blocks WHERE namespace = @namespace AND artifact = @artifact AND block > @block
        AND state = ${RowState.stored} ORDER BY block LIMIT ${PAGE_ROWS}`,
      )
      .pluck(),
    stored: database.prepare<[Key], { bytes: number; sha256: Buffer | null }>(
      `SELECT bytes, sha256 FROM blocks WHERE ${same} AND state = ${RowState.stored}`,
    ),
    intend: database.prepare(
      `${insert} ${DigestState.verified}, ${RowState.writing}) ON CONFLICT DO UPDATE SET bytes = excluded.bytes,
        last_use = excluded.last_use, sha256 = excluded.sha256, digest = excluded.digest, state = excluded.state`,
    ),
    adopt: database.prepare(`${insert} ${DigestState.unproven}, ${RowState.stored}) ON CONFLICT DO NOTHING`),
    learn: database.prepare(`UPDATE blocks SET sha256 = @sha256 WHERE ${same} AND sha256 IS NULL`),
    confirm: database.prepare(
      `UPDATE blocks SET state = ${RowState.stored}, last_use = @lastUse, sha256 = @sha256 WHERE ${same}`,
    ),
    remove: database.prepare(`UPDATE blocks SET state = ${RowState.removing} WHERE ${same}`),
    forget: database.prepare(`DELETE FROM blocks WHERE ${same}`),
    // A use is told late and may be older than what the row knows.
    touch: database.prepare(`UPDATE blocks SET last_use = @lastUse WHERE ${same} AND last_use < @lastUse`),
    // SQLite counts the rows of neither table, so it is told what to begin with.
    leastRecentlyUsed: database.prepare<[number], UsedBlock>(
      `SELECT name AS namespace, lower(hex(artifact)) AS artifact, block, blocks.bytes, state, last_use AS lastUse
      FROM blocks INDEXED BY blocks_by_use CROSS JOIN namespaces ON namespaces.id = blocks.namespace
      WHERE state = ${RowState.stored} AND pinned = 0 AND last_use < ? ORDER BY last_use`,
    ),
    unsettled: database.prepare<[], IndexedBlock>(
      `${select} WHERE state <> ${RowState.stored} LIMIT ${PAGE_ROWS}`,
    ),
    anyStored: database.prepare<[], IndexedBlock>(
      `${select} WHERE state = ${RowState.stored} AND pinned = 0 LIMIT ${PAGE_ROWS}`,
    ),
    storedIn: database.prepare<[number], IndexedBlock>(
      `${select} WHERE blocks.namespace = ? AND state = ${RowState.stored} AND pinned = 0 LIMIT ${PAGE_ROWS}`,
    ),
    following: database.prepare<[IndexPosition & { limit: number }], IndexedBlock & { id: number }>(
      `SELECT name AS namespace, lower(hex(artifact)) AS artifact, block, blocks.bytes, state, namespace AS id
      FROM blocks CROSS JOIN namespaces ON namespaces.id = blocks.namespace
      WHERE (namespace, artifact, block) > (@namespace, @artifact, @block) AND state = ${RowState.stored}
      ORDER BY namespace, artifact, block LIMIT @limit`,
    ),
    pin: database.prepare(
      `INSERT INTO pins (namespace, artifact, bytes, path, round) VALUES (@namespace, @artifact, @bytes, @path, @round)
      ON CONFLICT DO UPDATE SET bytes = excluded.bytes, path = excluded.path, round = excluded.round`,
    ),
    unpin: database.prepare<[FileKey]>(`DELETE FROM pins WHERE ${ofFile}`),
    isPinned: database.prepare<[FileKey]>(`SELECT 1 FROM pins WHERE ${ofFile}`),
    // Between a folder's path and those below it stand others, such as "a-b" between "a" and "a/b".
    pinsBelow: database.prepare<[PinRange], Omit<IndexedPin, 'namespace'>>(
      `SELECT lower(hex(pins.artifact)) AS artifact, pins.bytes, path, coalesce(files.bytes, 0) AS cachedBytes
      FROM pins INDEXED BY pins_by_path LEFT JOIN files USING (namespace, artifact)
      WHERE namespace = @namespace AND (path, artifact) > (@after, @afterArtifact) AND path < @end
        AND (path = @path OR @path = '' OR substr(path, 1, length(@path) + 1) = @path || '/')
        AND round <> @exceptRound
      ORDER BY path, artifact LIMIT ${PAGE_ROWS}`,
    ),
    pinTotal: database.prepare<[], { bytes: number }>('SELECT coalesce(sum(bytes), 0) AS bytes FROM pins'),
    lastOfPage: database.prepare<[FileKey & { after: number }], { block: number | null }>(
      `SELECT max(block) AS block FROM
      (SELECT block FROM blocks WHERE ${ofFile} AND block > @after ORDER BY block LIMIT ${PAGE_ROWS})`,
    ),
    mark: database.prepare<[FileKey & { after: number; last: number; pinned: number }]>(
      `UPDATE blocks SET pinned = @pinned WHERE ${ofFile} AND block > @after AND block <= @last AND pinned <> @pinned`,
    ),
    lastBefore: database.prepare<[number], { modified: number | null }>(
      'SELECT max(last_use) AS modified FROM blocks WHERE last_use < ?',
    ),
    between: database.prepare<[number, number], IndexedBlock>(
      `${select} WHERE last_use > ? AND last_use < ? LIMIT ${PAGE_ROWS}`,
    ),
  };
}
