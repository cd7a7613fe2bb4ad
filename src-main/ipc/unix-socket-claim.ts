/**
 * Who may listen at the control socket. Invariant: whoever holds the lock beside the socket is the one supervisor of this
 * user; the kernel frees the lock with its process, so a crash leaves nothing to clear up by hand.
 */
import { closeSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { GhostError, messageOf } from '../engine/errors.ts';
import { makeDirectory } from '../engine/make-directory.ts';
import { assertPrivateDirectory, assertSocketPath } from './unix-socket-place.ts';

const LOCK_FILE = 'control.lock';
const DIRECTORY_MODE = 0o700;
export const SOCKET_MODE = 0o600;

export interface SocketClaim {
  release(): void;
}

/**
 * Takes the place at `path` for this process and removes a socket that nobody listens to. Undefined when another process
 * has it. Of several that start at once exactly one gets it.
 */
export async function claimSocket(path: string): Promise<SocketClaim | undefined> {
  assertSocketPath(path);
  const directory = dirname(path);
  preparePrivateDirectory(directory);
  const claim = lock(join(directory, LOCK_FILE));
  if (claim === undefined) return undefined;
  try {
    if (await isFree(path)) return claim;
    claim.release();
    return undefined;
  } catch (error) {
    claim.release();
    throw error;
  }
}

function preparePrivateDirectory(directory: string): void {
  try {
    makeDirectory(directory, DIRECTORY_MODE);
  } catch (cause) {
    const sentence = `${directory}, the place of the control socket, cannot be made (${messageOf(cause)}).`;
    throw new GhostError('PERMISSION_DENIED', sentence, { cause });
  }
  assertPrivateDirectory(directory);
}

/** An exclusive transaction on an empty database is a kernel file lock. */
function lock(path: string): SocketClaim | undefined {
  let database: Database.Database | undefined;
  try {
    createLockFile(path);
    database = new Database(path, { timeout: 0, fileMustExist: true });
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return { release: () => void held.close() };
  } catch (cause) {
    database?.close();
    if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')) return undefined;
    throw new GhostError(
      'PERMISSION_DENIED',
      `The lock file ${path} cannot be used (${messageOf(cause)}); remove it if Orbit GhostFS is not running.`,
      { cause },
    );
  }
}

/** SQLite would make it readable for others. Never opens one that is there: closing it would drop this process's lock. */
function createLockFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', SOCKET_MODE));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Whether nobody listens at `path`; a dead socket is removed. The caller holds the lock, so nobody replaces it meanwhile. */
async function isFree(path: string): Promise<boolean> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return true;
  if (!stats.isSocket()) {
    throw new GhostError('PERMISSION_DENIED', `${path} is not the control socket; move it away.`);
  }
  const failure = await connectionFailure(path);
  if (failure === undefined) return false;
  if (codeOf(failure) !== 'ECONNREFUSED' && codeOf(failure) !== 'ENOENT') {
    throw new GhostError(
      'PERMISSION_DENIED',
      `The control socket ${path} cannot be used (${failure.message}); remove it if Orbit GhostFS is not running.`,
      { cause: failure },
    );
  }
  unlinkSync(path);
  return true;
}

/** Undefined when somebody listens. */
function connectionFailure(path: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', resolve);
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
