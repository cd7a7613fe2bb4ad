/**
 * The index's tables, made by numbered steps: step n brings version n - 1 to version n, and a new index takes them all.
 * Invariant: a step that was ever released stays as it is, and triggers keep every total in step with the rows, so that no
 * caller can forget to.
 */
import type Database from 'better-sqlite3';

const TABLES = `
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

/** Totals of each namespace and each file, and the order in which blocks were used. */
const TOTALS_AND_ORDER = `
  DROP TRIGGER blocks_inserted;
  DROP TRIGGER blocks_updated;
  DROP TRIGGER blocks_deleted;
  ALTER TABLE cache ADD COLUMN pinned_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE namespaces ADD COLUMN blocks INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE namespaces ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE files (
    namespace INTEGER NOT NULL, artifact BLOB NOT NULL, blocks INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (namespace, artifact)
  ) WITHOUT ROWID;
  INSERT INTO files SELECT namespace, artifact, count(*), sum(bytes)
    FROM blocks WHERE state = 1 GROUP BY namespace, artifact;
  UPDATE namespaces SET
    blocks = (SELECT coalesce(sum(files.blocks), 0) FROM files WHERE files.namespace = namespaces.id),
    bytes = (SELECT coalesce(sum(files.bytes), 0) FROM files WHERE files.namespace = namespaces.id);
  CREATE INDEX blocks_by_use ON blocks (last_use) WHERE state = 1 AND pinned = 0;
  CREATE TRIGGER blocks_inserted AFTER INSERT ON blocks WHEN new.state = 1 BEGIN
    UPDATE cache SET blocks = blocks + 1, bytes = bytes + new.bytes,
      pinned_bytes = pinned_bytes + (new.pinned <> 0) * new.bytes;
    UPDATE namespaces SET blocks = blocks + 1, bytes = bytes + new.bytes WHERE id = new.namespace;
    INSERT INTO files VALUES (new.namespace, new.artifact, 1, new.bytes)
      ON CONFLICT DO UPDATE SET blocks = blocks + 1, bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER blocks_updated AFTER UPDATE OF state, bytes, pinned ON blocks
  WHEN old.state = 1 OR new.state = 1 BEGIN
    UPDATE cache SET blocks = blocks + (new.state = 1) - (old.state = 1),
      bytes = bytes + (new.state = 1) * new.bytes - (old.state = 1) * old.bytes,
      pinned_bytes = pinned_bytes + (new.state = 1) * (new.pinned <> 0) * new.bytes
        - (old.state = 1) * (old.pinned <> 0) * old.bytes;
    UPDATE namespaces SET blocks = blocks + (new.state = 1) - (old.state = 1),
      bytes = bytes + (new.state = 1) * new.bytes - (old.state = 1) * old.bytes WHERE id = new.namespace;
    INSERT INTO files VALUES (new.namespace, new.artifact, (new.state = 1) - (old.state = 1),
        (new.state = 1) * new.bytes - (old.state = 1) * old.bytes)
      ON CONFLICT DO UPDATE SET blocks = blocks + excluded.blocks, bytes = bytes + excluded.bytes;
    DELETE FROM files WHERE namespace = new.namespace AND artifact = new.artifact AND blocks = 0;
  END;
  CREATE TRIGGER blocks_deleted AFTER DELETE ON blocks WHEN old.state = 1 BEGIN
    UPDATE cache SET blocks = blocks - 1, bytes = bytes - old.bytes,
      pinned_bytes = pinned_bytes - (old.pinned <> 0) * old.bytes;
    UPDATE namespaces SET blocks = blocks - 1, bytes = bytes - old.bytes WHERE id = old.namespace;
    UPDATE files SET blocks = blocks - 1, bytes = bytes - old.bytes
      WHERE namespace = old.namespace AND artifact = old.artifact;
    DELETE FROM files WHERE namespace = old.namespace AND artifact = old.artifact AND blocks = 0;
  END;
`;

/** The digest of each block, null where it is not known, and which files are never to make room. */
const DIGESTS_AND_PINS = `
  ALTER TABLE blocks ADD COLUMN sha256 BLOB;
  CREATE TABLE pins (
    namespace INTEGER NOT NULL, artifact BLOB NOT NULL, bytes INTEGER NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (namespace, artifact)
  ) WITHOUT ROWID;
`;

/** Pins in the order of their paths, and when each was last found in its catalogue. */
const PINS_BY_PATH = `
  ALTER TABLE pins ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX pins_by_path ON pins (namespace, path, artifact);
`;

const STEPS: readonly string[] = [TABLES, TOTALS_AND_ORDER, DIGESTS_AND_PINS, PINS_BY_PATH];
export const SCHEMA_VERSION = STEPS.length;

/**
 * Gives an empty database its tables, and an index of an earlier version the steps it lacks, rows and all. A version of 0
 * means that a rebuild has not ended: a new index keeps it until its owner says that it is complete.
 */
export function migrate(database: Database.Database): void {
  const isNew = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  const version = database.pragma('user_version', { simple: true }) as number;
  const isOld = version > 0 && version < SCHEMA_VERSION;
  if (!isNew && !isOld) return;
  const takeSteps = database.transaction(() => {
    for (const step of STEPS.slice(version)) database.exec(step);
    if (isOld) database.pragma(`user_version = ${SCHEMA_VERSION}`);
  });
  takeSteps();
}
