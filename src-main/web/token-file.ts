/**
 * The secret that opens the browser screen: 256 random bits in a file of this user alone. Invariant: a token that others
 * could have read, or that was not made here, is never used.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { GhostError, messageOf } from '../engine/errors.ts';
import { makeDirectory } from '../engine/make-directory.ts';

const TOKEN_BYTES = 32;
/** As base64url writes 32 bytes. */
const TOKEN = /^[\w-]{43}\n?$/;
const MAX_FILE_BYTES = 64;
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
const FOR_OTHERS = 0o077;

/** Makes the file when it is missing. Throws PERMISSION_DENIED, saying what to do, when it is not to be trusted. */
export function readToken(path: string): string {
  try {
    return readTrusted(path) ?? makeToken(path);
  } catch (cause) {
    if (cause instanceof GhostError) throw cause;
    throw new GhostError(
      'PERMISSION_DENIED',
      `The token of the browser screen, ${path}, cannot be used (${messageOf(cause)}).`,
      { cause },
    );
  }
}

/** In a time that tells nothing of where they differ. */
export function isSameToken(offered: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(offered), digest(token));
}

function readTrusted(path: string): string | undefined {
  let descriptor: number;
  try {
    // A pipe in its place must not hold the start up.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(descriptor);
    const { getuid } = process;
    if (!stats.isFile()) throw untrusted(path, 'is not a plain file');
    if (getuid !== undefined && stats.uid !== getuid()) throw untrusted(path, 'belongs to another user');
    // Windows has no such bits; the person's profile is closed to others there.
    if (getuid !== undefined && (stats.mode & FOR_OTHERS) !== 0)
      throw untrusted(path, 'can be read by other users');
    const text = stats.size > MAX_FILE_BYTES ? '' : readFileSync(descriptor, 'utf8');
    if (!TOKEN.test(text)) throw untrusted(path, 'holds no token');
    return text.trimEnd();
  } finally {
    closeSync(descriptor);
  }
}

/** Whole or not at all, and never over one that came into being meanwhile. */
function makeToken(path: string): string {
  makeDirectory(dirname(path), DIRECTORY_MODE);
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, `${token}\n`, { mode: FILE_MODE, flag: 'wx' });
  try {
    linkSync(draft, path);
    return token;
  } finally {
    unlinkSync(draft);
  }
}

function untrusted(path: string, why: string): GhostError {
  return new GhostError(
    'PERMISSION_DENIED',
    `The token of the browser screen, ${path}, ${why}; remove the file and a new one is made at the next start.`,
  );
}
