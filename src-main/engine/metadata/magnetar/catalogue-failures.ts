/**
 * Puts what SQLite says of a catalogue into a code and a sentence, for its readers and for its writer: the same code means
 * different things to them. Pure. Invariant: every sentence states a fact and a remedy, and promises nothing.
 */
import type Database from 'better-sqlite3';
import { GhostError, type GhostErrorCode } from '../../errors.ts';

type SqliteError = InstanceType<Database.SqliteError>;

export const NOT_SQLITE = 'is not an SQLite database; name the file that Magnetar writes.';
const BUSY = 'is locked by another program; let that program finish or end it, then try again.';
const DAMAGED =
  'is damaged or truncated; restore it, or recover it with the command "sqlite3 FILE .recover".';

/** A failure while the catalogue was read. */
export function readFailure(cause: SqliteError, file: string, job: number | undefined): GhostError {
  const context = job === undefined ? { cause } : { cause, job };
  const where = job === undefined ? `The catalogue ${file}` : `The catalogue ${file} (job ${job})`;
  return isBusy(cause.code)
    ? new GhostError('CATALOGUE_BUSY', `${where} ${BUSY}`, context)
    : new GhostError('CATALOGUE_INVALID', `${where} ${readComplaint(cause)}`, context);
}

/** A failure while a job was written; the transaction it ended left the catalogue as it was. */
export function writeFailure(cause: SqliteError, file: string): GhostError {
  const [code, complaint] = isBusy(cause.code) ? (['CATALOGUE_BUSY', BUSY] as const) : writeComplaint(cause);
  return new GhostError(code, `The catalogue ${file} ${complaint}`, { cause });
}

function isBusy(code: string): boolean {
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED') || code === 'SQLITE_PROTOCOL';
}

function readComplaint({ code, message }: SqliteError): string {
  if (code === 'SQLITE_NOTADB') return NOT_SQLITE;
  if (code.startsWith('SQLITE_CORRUPT')) return DAMAGED;
  if (code.startsWith('SQLITE_READONLY')) {
    return 'was left in the middle of a write; open it once with a program that may write it, then try again.';
  }
  if (code.startsWith('SQLITE_CANTOPEN')) {
    return 'cannot be opened; check its permissions, and for a database in WAL mode those of its directory.';
  }
  return `could not be read (${code}: ${message}); check the file and the disk it is on.`;
}

function writeComplaint({ code, message }: SqliteError): readonly [GhostErrorCode, string] {
  if (code === 'SQLITE_NOTADB') return ['CATALOGUE_INVALID', NOT_SQLITE];
  if (code.startsWith('SQLITE_CORRUPT')) return ['CATALOGUE_INVALID', DAMAGED];
  if (code === 'SQLITE_FULL') {
    return [
      'CATALOGUE_INVALID',
      'could not be written, because the disk it is on is full, and is as it was; free some space, then try again.',
    ];
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code === 'SQLITE_PERM') {
    return [
      'PERMISSION_DENIED',
      'cannot be written; change the permissions of the file and its directory, and check that the disk is not read-only.',
    ];
  }
  return [
    'CATALOGUE_INVALID',
    `could not be written (${code}: ${message}) and is as it was; check the file and the disk it is on.`,
  ];
}
