/** Takes a cache directory: makes it, locks it, opens its index. Invariant: what could not be opened is left unlocked. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { GhostError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { BlockFiles } from './block-files.ts';
import { currentBoot, type Boot } from './boot.ts';
import { prepareCacheDirectory } from './cache-directory.ts';
import { lockDirectory, type DirectoryLock } from './directory-lock.ts';
import { openIndex, type OpenedIndex } from './index-recovery.ts';

export interface OpenedDirectory extends OpenedIndex {
  /** Absolute. */
  readonly directory: string;
  readonly lock: DirectoryLock;
  readonly files: BlockFiles;
}

export interface OpeningOptions {
  readonly logger: Logger;
  readonly boot?: Boot;
}

/** Throws CACHE_UNAVAILABLE with a sentence. */
export async function openDirectory(
  path: string,
  { logger, boot }: OpeningOptions,
): Promise<OpenedDirectory> {
  const directory = resolve(path);
  await prepareCacheDirectory(directory);
  const lock = await lockDirectory(directory);
  try {
    const token = randomBytes(6).toString('hex');
    const opened = await openIndex(directory, { token, boot: boot ?? (await currentBoot()), logger });
    return { ...opened, directory, lock, files: new BlockFiles(directory, token) };
  } catch (cause) {
    lock.release();
    if (cause instanceof GhostError) throw cause;
    const sentence = `The cache at ${directory} cannot be opened (${messageOf(cause)}); check the disk or choose another directory.`;
    throw new GhostError('CACHE_UNAVAILABLE', sentence, { cause });
  }
}
