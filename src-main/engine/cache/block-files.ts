/**
 * The file operations of the disk cache, all on the thread pool. Invariant: a block file gets its name only when all its
 * bytes are written, so no reader ever sees part of a block.
 */
import { constants } from 'node:fs';
import { mkdir, open, rename, rm, rmdir, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blockPath, DIRECTORY_MODE, FILE_MODE, shardOf, temporaryPath } from './cache-layout.ts';
import type { BlockName } from './cache-layout.ts';
import { objectionTo } from './cache-directory.ts';
import { identityOf, isSameFile, type FileIdentity } from './proven-blocks.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

export interface ReadBlock {
  readonly data: Buffer;
  /** Of the file that these bytes are all of; undefined when it changed while it was read. */
  readonly identity: FileIdentity | undefined;
}

export class BlockFiles {
  readonly #directory: string;
  readonly #token: string;
  /** Folders that need no further look; 256 at most per namespace. */
  readonly #prepared = new Set<string>();

  constructor(directory: string, token: string) {
    this.#directory = directory;
    this.#token = token;
  }

  /** The file that has the name then. Rejects with the system's error after removing what it had written. */
  async write(name: BlockName, data: Uint8Array): Promise<FileIdentity> {
    const temporary = join(this.#directory, temporaryPath(name, this.#token));
    try {
      const file = await this.#createIn(shardOf(name), temporary);
      try {
        await file.writeFile(data);
        await rename(temporary, join(this.#directory, blockPath(name)));
        return identityOf(await file.stat());
      } finally {
        await file.close();
      }
    } catch (error) {
      // The first failure is the one worth telling; a temporary file that stays is removed at the next opening.
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** The whole block, or undefined when the file is not a plain file of `length` bytes. Rejects with the system's error. */
  async read(name: BlockName, length: number): Promise<ReadBlock | undefined> {
    // Not to wait for a writer of a pipe that somebody put there.
    const file = await open(join(this.#directory, blockPath(name)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size !== length) return undefined;
      const data = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await file.read(data, filled, length - filled, filled);
        if (bytesRead === 0) return undefined;
        filled += bytesRead;
      }
      const before = identityOf(stats);
      return { data, identity: isSameFile(before, identityOf(await file.stat())) ? before : undefined };
    } finally {
      await file.close();
    }
  }

  /** Missing is not an error. Its disk space is free then, whoever still has it open. */
  async remove(name: BlockName): Promise<void> {
    const path = join(this.#directory, blockPath(name));
    // What cannot be emptied can mostly be removed all the same.
    await empty(path).catch(() => undefined);
    await rm(path, { force: true });
  }

  /** Removes the folder of a block, and its namespace, when nothing is left in them. */
  async removeEmptyFolders(shard: string): Promise<void> {
    this.#prepared.delete(shard);
    try {
      await rmdir(join(this.#directory, shard));
      await rmdir(join(this.#directory, dirname(shard)));
    } catch {
      // Not empty, or gone already: both are fine.
    }
  }

  async #createIn(shard: string, path: string): Promise<FileHandle> {
    await this.#prepare(shard);
    try {
      return await create(path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      // Somebody removed the folder since it was prepared.
      this.#prepared.delete(shard);
      await this.#prepare(shard);
      return await create(path);
    }
  }

  async #prepare(shard: string): Promise<void> {
    if (this.#prepared.has(shard)) return;
    const path = join(this.#directory, shard);
    await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
    for (const folder of [dirname(path), path]) {
      const reason = await objectionTo(folder);
      if (reason !== undefined) throw new Error(`The cache folder ${folder} is refused: ${reason}`);
    }
    this.#prepared.add(shard);
  }
}

function create(path: string): Promise<FileHandle> {
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
}

/** A reader of the file finds it too short then, and asks for the block again. A file with another name too stays whole. */
async function empty(path: string): Promise<void> {
  const file = await open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isFile() && stats.nlink === 1) await file.truncate(0);
  } finally {
    await file.close();
  }
}
