/**
 * Reads every staged file once and stores its digests or MACs, a few files at a time. Invariant: what is stored is the digest of
 * one consistent version of the file; a file without one is removed from the job and reported.
 */
import { blockKey, type JobSecret } from '../job-secret.ts';
import { BlockDigester } from './block-digester.ts';
import type { StagedFile, Staging } from './staging.ts';
import { SkipError, type FileReading, type SkipReporter, type Tree } from './tree.ts';

/**
 * Files read at once. Hashing fills one core; the others hide the latency of opening small files and of a network.
 * Past four, a local disk gains nothing.
 */
const FILES_AT_ONCE = 4;
/** A file that changes while it is read is given one more chance. */
const READINGS_PER_FILE = 2;

export interface DigestTask {
  readonly tree: Tree;
  readonly staging: Staging;
  readonly blockSize: number;
  /** For MACs instead of digests. */
  readonly secret: JobSecret | undefined;
  readonly signal: AbortSignal;
  /** Bytes more (or fewer, when a reading was in vain) and files more than before. */
  readonly advance: (bytes: number, files: number, path: string) => void;
  readonly skip: SkipReporter;
  /** Takes a sentence about something that was put right. */
  readonly notice: (sentence: string) => void;
}

/** Rejects with the first error that is not about a single file, after the other readings have stopped. */
export async function digestFiles(task: DigestTask): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([task.signal, stop.signal]);
  const work = async (): Promise<void> => {
    try {
      for (let file = task.staging.takeFile(); file !== undefined; file = task.staging.takeFile()) {
        signal.throwIfAborted();
        await digestFile({ ...task, signal }, file);
      }
    } catch (error) {
      stop.abort(error);
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, work));
  signal.throwIfAborted();
}

async function digestFile(task: DigestTask, file: StagedFile): Promise<void> {
  const path = file.path.join('/');
  try {
    for (let reading = 1; reading <= READINGS_PER_FILE; reading += 1) {
      if (await digestOnce(task, file, path)) return;
      if (reading < READINGS_PER_FILE)
        task.notice(`${path} changed while it was read; it is read once more.`);
    }
    throw new SkipError('it changed each time it was read');
  } catch (error) {
    if (!(error instanceof SkipError)) throw error;
    task.staging.remove(file);
    task.skip(path, error.message, error.kind);
  }
}

/** Whether the file was read without changing meanwhile, and is complete in the staging. */
async function digestOnce(task: DigestTask, file: StagedFile, path: string): Promise<boolean> {
  const { blockSize, secret } = task;
  const keyOf = secret && ((block: number) => blockKey(secret, file.id, blockSize, block));
  const digester = new BlockDigester(blockSize, keyOf);
  let settled = false;
  const reading: FileReading = await task.tree.open(file.path, task.signal);
  try {
    for await (const chunk of reading.chunks) {
      task.signal.throwIfAborted();
      digester.update(chunk);
      task.advance(chunk.length, 0, path);
    }
    const read = await reading.settle(digester.bytes);
    if (read === undefined) return false;
    task.staging.complete(file, read, digester.finish());
    task.advance(0, 1, path);
    settled = true;
    return true;
  } finally {
    if (!settled) task.advance(-digester.bytes, 0, path);
    await reading.close();
  }
}
