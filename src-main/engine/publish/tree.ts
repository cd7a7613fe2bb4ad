/**
 * What `publish` needs of a place that holds a tree of files: one pass over its entries, and each file's bytes. Two
 * implementations, a local directory and an HTTP listing; everything behind them is shared.
 */

export interface TreeEntry {
  /** Names below the root; empty for the root itself. Each is a valid file name in UTF-8. */
  readonly path: readonly string[];
  readonly isDirectory: boolean;
  /** Bytes; undefined when only reading the file tells. */
  readonly size: number | undefined;
  /** Unix seconds; 0 when the place does not tell. */
  readonly mtime: number;
}

/** One reading of a file, from opening to the check that it did not change meanwhile. */
export interface FileReading {
  /** Bytes in order; a chunk is valid until the next one is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** After the last chunk: what was read, or undefined when the file changed while it was read. */
  settle(bytesRead: number): Promise<{ readonly size: number; readonly mtime: number } | undefined>;
  close(): Promise<void>;
}

/**
 * Why something is left out: `failed` is data that should have been published and could not be, `excluded` what is never
 * published, such as a device.
 */
export type SkipKind = 'failed' | 'excluded';

/** Told of everything that is left out, with a reason that completes the sentence "left out, because ...". */
export type SkipReporter = (path: string, reason: string, kind: SkipKind) => void;

export interface Tree {
  /** Where readers find the bytes unless told otherwise. */
  readonly source: string;
  /** Every directory before what is in it; the root first. Throws when the root itself cannot be listed. */
  entries(skip: SkipReporter, signal: AbortSignal): AsyncIterable<TreeEntry>;
  /** Throws SkipError when this file cannot be read; anything else it throws ends the publication. */
  open(path: readonly string[], signal: AbortSignal): Promise<FileReading>;
  close(): Promise<void>;
}

/** One entry is not published, the rest is. */
export class SkipError extends Error {
  readonly kind: SkipKind;

  constructor(reason: string, options: { readonly kind?: SkipKind; readonly cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.kind = options.kind ?? 'failed';
  }
}

/** NAME_MAX of Linux and macOS, in bytes; a mount could not show a longer one. */
const NAME_BYTES_MAX = 255;

/** Why a decoded name from a remote listing cannot be a file name, or undefined. */
export function unusableName(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    return 'the name cannot be a file name';
  }
  return Buffer.byteLength(name) > NAME_BYTES_MAX ? 'the name is longer than 255 bytes' : undefined;
}
