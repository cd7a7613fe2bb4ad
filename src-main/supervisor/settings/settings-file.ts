/**
 * The settings file on disk: read as a whole, replaced as a whole. Invariant: a reader sees the old text or the new one,
 * never a part, and a symbolic link in its place stays one.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
} from 'node:fs';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { GhostError, messageOf } from '../../engine/errors.ts';
import { makeDirectory } from '../../engine/make-directory.ts';

const DIRECTORY_MODE = 0o700;
/** Paths can tell more than their owner would tell others. */
const FILE_MODE = 0o600;
const BYTE_ORDER_MARK = '\uFEFF';

export type FileContent =
  | { readonly ok: true; readonly text: string; readonly exists: boolean }
  /** Completes a sentence that starts with the file's name. */
  | { readonly ok: false; readonly complaint: string };

/** A file that is missing reads as empty. */
export function readSettingsFile(file: string): FileContent {
  try {
    // Anything else might never end.
    if (!statSync(file).isFile()) return { ok: false, complaint: 'is not a file' };
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
    return { ok: true, text, exists: true };
  } catch (error) {
    if (error instanceof TypeError) return { ok: false, complaint: 'is not UTF-8 text' };
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return { ok: true, text: '', exists: false };
    return { ok: false, complaint: `cannot be read (${messageOf(error)})` };
  }
}

/** Splits off what is no part of the text for a parser. */
export function withoutMark(text: string): readonly [mark: string, text: string] {
  return text.startsWith(BYTE_ORDER_MARK) ? [BYTE_ORDER_MARK, text.slice(1)] : ['', text];
}

/** Throws PERMISSION_DENIED with a sentence when it cannot be written; what was there stays then. */
export function writeSettingsFile(file: string, text: string): void {
  const target = targetOf(file);
  const draft = join(dirname(target), `.orbit-ghost-${process.pid}.new`);
  try {
    makeDirectory(dirname(target), DIRECTORY_MODE);
    const descriptor = openSync(draft, 'w', FILE_MODE);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, target);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new GhostError(
      'PERMISSION_DENIED',
      `The settings cannot be saved in ${file} (${messageOf(cause)}); nothing was changed.`,
      { cause },
    );
  }
}

/** Where the bytes are: behind a symbolic link, also behind one that leads to nothing yet. */
export function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    try {
      return resolve(dirname(file), readlinkSync(file));
    } catch {
      return file;
    }
  }
}
