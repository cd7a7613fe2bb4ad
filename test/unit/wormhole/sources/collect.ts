/** What the tests of sources share: objects to ask for, and a reader that collects what a source delivers. */
import { stat, utimes, writeFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GhostError } from '../../../../src-main/engine/errors.ts';
import type { Source, SourceObject } from '../../../../src-main/engine/wormhole/source.ts';

/** Unix seconds every test file is dated. */
export const MTIME = 1_700_000_000;

export function objectOf(path: string, size: number, mtime = MTIME): SourceObject {
  return { id: `id of ${path}`, path: path.split('/'), size, mtime };
}

/** Writes a file below `root` and returns the object a catalogue would have for it. */
export async function place(root: string, path: string, content: Uint8Array): Promise<SourceObject> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  await utimes(file, MTIME, MTIME);
  return objectOf(path, (await stat(file)).size);
}

export interface Collected {
  readonly chunks: Uint8Array[];
  bytes(): Buffer;
  /** Resolves with the first chunk. */
  readonly begun: Promise<void>;
  readonly settled: Promise<void>;
}

const never = new AbortController().signal;

/** Starts a fetch and keeps what arrives, also of one that fails. */
export function collect(
  source: Source,
  object: SourceObject,
  offset: number,
  length: number,
  { signal = never, verified = false }: { readonly signal?: AbortSignal; readonly verified?: boolean } = {},
): Collected {
  const chunks: Uint8Array[] = [];
  const begun = Promise.withResolvers<void>();
  const sink = (chunk: Uint8Array): void => {
    // Copied as the engine does: a source may use its memory again.
    chunks.push(Uint8Array.from(chunk));
    begun.resolve();
  };
  const settled = source.fetch({ object, offset, length, signal, verified, sink });
  return { chunks, bytes: () => Buffer.concat(chunks), begun: begun.promise, settled };
}

export async function fetchRange(
  source: Source,
  object: SourceObject,
  offset = 0,
  length = object.size,
): Promise<Buffer> {
  const collected = collect(source, object, offset, length);
  await collected.settled;
  return collected.bytes();
}

/** The GhostError a promise ends with; anything else, also success, fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<GhostError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof GhostError) return error;
    throw error;
  }
  throw new Error('expected a failure, but it succeeded');
}
