/**
 * Which rows of a catalogue may be shown, said once: as SQL for the statements and as a function for what SQL cannot see.
 * Invariant: a row these rules refuse appears in no listing, lookup or reverse lookup, so it can never spoil a directory.
 */
import { isUtf8 } from 'node:buffer';

/** NAME_MAX of Linux and macOS, in bytes. */
const NAME_BYTES_MAX = 255;
/** A 255-byte UTF-8 name takes at most two bytes per byte in a UTF-16 catalogue; the exact check follows on the UTF-8 form. */
const STORED_NAME_BYTES_MAX = 2 * NAME_BYTES_MAX;
/** Node ids are ordinal + 1, and ids above 2^52 are kept for nodes whose ordinal + 1 is taken. */
export const ORDINAL_MAX = 2 ** 52 - 1;
/** 9999-12-31T23:59:59Z: a later time is a unit mistake (milliseconds, nanoseconds) or garbage. Unix seconds. */
const MTIME_MAX = 253_402_300_799;

export type NameFault =
  'name-not-text' | 'name-empty' | 'name-dot' | 'name-slash' | 'name-nul' | 'name-too-long' | 'name-not-utf8';

/** What is wrong with a name, judged by its bytes; undefined when a directory entry may carry it. */
export function nameFault(name: Buffer): NameFault | undefined {
  if (name.length === 0) return 'name-empty';
  if (name.length > NAME_BYTES_MAX) return 'name-too-long';
  if (name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e))) return 'name-dot';
  if (name.includes(0x2f)) return 'name-slash';
  if (name.includes(0)) return 'name-nul';
  // Checked here, not in SQL: SQLite stores whatever bytes it was given as text.
  if (!isUtf8(name)) return 'name-not-utf8';
  return undefined;
}

/**
 * SQL: the row has a key and, for a file, a size that a number holds exactly. The unary plus keeps the planner from taking
 * the range of ordinals for a way to find rows: it is the whole table.
 */
export function soundSql(alias: string): string {
  return (
    `typeof(${alias}.id) = 'text' AND ${alias}.id <> '' AND +${alias}.rowid BETWEEN 1 AND ${ORDINAL_MAX} AND ` +
    `(${alias}.is_dir IS TRUE OR (typeof(${alias}.size) = 'integer' AND ${alias}.size BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER}))`
  );
}

/** SQL: the name is text of a possible length, so that no page of rows can carry gigabytes of names. */
export function namedSql(alias: string): string {
  return `typeof(${alias}.name) = 'text' AND octet_length(${alias}.name) BETWEEN 1 AND ${STORED_NAME_BYTES_MAX}`;
}

/** SQL: the modification time makes sense. */
export function timedSql(alias: string): string {
  return `(typeof(${alias}.mtime) IN ('integer', 'real') AND ${alias}.mtime BETWEEN 0 AND ${MTIME_MAX})`;
}
