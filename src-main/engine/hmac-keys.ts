/**
 * Reads the key files of a person and finds the one that a job was published with. Invariant: a key that others may read or
 * could have put there is refused, and no sentence tells more of a key than where it is and what it is called.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { GhostError, messageOf } from './errors.ts';
import { jobSecret, keyIdOf, type JobSecret } from './job-secret.ts';
import type { JobDescription } from './metadata/metadata-oracle.ts';

export interface HmacKeys {
  /** Absolute paths of key files, and of directories that hold such. */
  readonly files: readonly string[];
  /** A job that was published without a key is not mounted: one whose key was taken out of the catalogue would be such a job. */
  readonly required: boolean;
}

export interface HmacKey {
  readonly id: string;
  secretOf(contentId: string): JobSecret;
}

/** As strong as the MAC itself. */
const MIN_KEY_BYTES = 32;
/** Whatever is larger was named by mistake. */
const MAX_KEY_BYTES = 4096;
const OTHERS = 0o077;
/** More would hide the sentence. */
const MAX_COMPLAINTS = 3;

/** Throws NOT_FOUND, PERMISSION_DENIED or ARGUMENT_INVALID. */
export function readHmacKey(path: string): HmacKey {
  const key = readKey(path);
  return { id: keyIdOf(key), secretOf: (contentId) => jobSecret(key, contentId) };
}

/**
 * The secret of a job that was published with a key; undefined for one that was not. Throws NOT_FOUND when no key file has its
 * key, CATALOGUE_INVALID when it has none although that is required.
 */
export function secretFor(
  { id, keyId, contentId }: JobDescription,
  database: string,
  { files, required }: HmacKeys,
): JobSecret | undefined {
  const where = `Job ${id} of the catalogue ${database}`;
  if (keyId === undefined) {
    if (!required) return undefined;
    throw new GhostError(
      'CATALOGUE_INVALID',
      `${where} was not published with an HMAC key, and only a job that was is to be mounted; publish it again with --hmac-key-file, or mount it without --hmac-key-file and hmac.required.`,
      { job: id },
    );
  }
  if (!/^[0-9a-f]{32}$/.test(keyId) || contentId === undefined) {
    throw new GhostError(
      'CATALOGUE_INVALID',
      `${where} does not say properly which HMAC key it was published with; restore the catalogue or publish it again.`,
      { job: id },
    );
  }
  const complaints: string[] = [];
  for (const file of files.flatMap(keyFilesAt)) {
    try {
      const key = readHmacKey(file);
      if (key.id === keyId) return key.secretOf(contentId);
      complaints.push(`${file} holds another key.`);
    } catch (error) {
      complaints.push(messageOf(error));
    }
  }
  throw new GhostError(
    'NOT_FOUND',
    [
      `${where} was published with the HMAC key ${keyId} and is not mounted without it; name its file with --hmac-key-file or in the setting hmac.key-files.`,
      ...complaints.slice(0, MAX_COMPLAINTS),
    ].join(' '),
    { job: id },
  );
}

/** The files of a directory; anything else is a file, as far as it is there. */
export function keyFilesAt(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => join(path, name));
  } catch {
    return [path];
  }
}

function readKey(path: string): KeyObject {
  const descriptor = openKey(path);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw unusable(path, 'is not a file; name a file of random bytes');
    const user = process.geteuid?.();
    if (user !== undefined && stats.uid !== user) {
      throw denied(path, 'belongs to another user; use a copy that is yours alone');
    }
    if (user !== undefined && (stats.mode & OTHERS) !== 0) {
      throw denied(path, `is open to other users; type: chmod 600 ${path}`);
    }
    if (stats.size < MIN_KEY_BYTES || stats.size > MAX_KEY_BYTES) {
      throw unusable(
        path,
        `has ${stats.size} bytes; a key has ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES}, which must be random`,
      );
    }
    const bytes = Buffer.alloc(stats.size);
    const length = readSync(descriptor, bytes);
    if (length !== stats.size) throw unusable(path, 'changed while it was read; try again');
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return key;
  } finally {
    closeSync(descriptor);
  }
}

function openKey(path: string): number {
  try {
    // A pipe would be waited for.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new GhostError('NOT_FOUND', `The HMAC key file ${path} does not exist; check the path.`, {
        cause,
      });
    }
    throw denied(path, `cannot be opened (${String(code)}); check its permissions`);
  }
}

function denied(path: string, complaint: string): GhostError {
  return new GhostError('PERMISSION_DENIED', `The HMAC key file ${path} ${complaint}.`);
}

function unusable(path: string, complaint: string): GhostError {
  return new GhostError('ARGUMENT_INVALID', `The HMAC key file ${path} ${complaint}.`);
}
