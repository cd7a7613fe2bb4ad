/**
 * The file operations of the disk cache, all on the thread pool. Invariant: a block file gets its name only when all its
 * bytes are written, so no reader ever sees part of a block.
 */
import { constants } from 'node:fs';
import { mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blockPath, DIRECTORY_MODE, FILE_MODE, shardOf, temporaryPath } from './cache-layout.ts';
import type { BlockName } from './cache-layout.ts';
import { objectionTo } from './cache-directory.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

export class BlockFiles {
  readonly #directory: string;
  readonly #token: string;
  /** Folders that need no further look; 256 at most per namespace. */
  readonly #prepared = new Set<string>();

  constructor(directory: string, token: string) {
    this.#directory = directory;
    this.#token = token;
  }

  /** Rejects with the system's error after removing what it had written. */
  async write(name: BlockName, data: Uint8Array): Promise<void> {
    const temporary = join(this.#directory, temporaryPath(name, this.#token));
    try {
      await this.#writeNew(name, temporary, data);
      await rename(temporary, join(this.#directory, blockPath(name)));
    } catch (error) {
      // The first failure is the one worth telling; a temporary file that stays is removed at the next opening.
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** The whole block, or undefined when the file is not a plain file of `length` bytes. Rejects with the system's error. */
  async read(name: BlockName, length: number): Promise<Buffer | undefined> {
    const file = await open(join(this.#directory, blockPath(name)), O_RDONLY | O_NOFOLLOW);
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
      return data;
    } finally {
      await file.close();
    }
  }

  /** Missing is not an error. */
  async remove(name: BlockName): Promise<void> {
    await rm(join(this.#directory, blockPath(name)), { force: true });
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

  async #writeNew(name: BlockName, temporary: string, data: Uint8Array): Promise<void> {
    const shard = shardOf(name);
    await this.#prepare(shard);
    const file = await this.#create(temporary).catch(async (error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      // Somebody removed the folder since it was prepared.
      this.#prepared.delete(shard);
      await this.#prepare(shard);
      return await this.#create(temporary);
    });
    try {
      await file.writeFile(data);
    } finally {
      await file.close();
    }
  }

  #create(path: string) {
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
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
