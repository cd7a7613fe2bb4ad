/**
 * A small file beside the blocks for each pinned file, so that pins outlive an index that is lost. Its content says what was
 * pinned, in the words of a person. The index is what counts while there is one.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DIRECTORY_MODE, FILE_MODE, pinPath, shardOf, temporaryPinPath } from './cache-layout.ts';
import type { FileName } from './cache-layout.ts';
import type { PinnedFile } from './cache-index-schema.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Paths of catalogues can be long; nothing of ours is longer. Bytes. */
const MAX_BYTES = 1024 * 1024;

export class PinFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** On the disk for certain when it resolves. Rejects with the system's error. */
  async write({ bytes, path, ...file }: PinnedFile): Promise<void> {
    await mkdir(join(this.#directory, shardOf(file)), { recursive: true, mode: DIRECTORY_MODE });
    const place = join(this.#directory, pinPath(file));
    const token = randomBytes(6).toString('hex');
    const temporary = join(this.#directory, temporaryPinPath(file, token));
    const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
    try {
      await handle.writeFile(JSON.stringify({ bytes, path }));
      await handle.sync();
      await rename(temporary, place);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    } finally {
      await handle.close();
    }
  }

  /** Undefined when there is none, or none that can be understood. */
  async read(file: FileName): Promise<PinnedFile | undefined> {
    try {
      const place = join(this.#directory, pinPath(file));
      const handle = await open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        if ((await handle.stat()).size > MAX_BYTES) return undefined;
        const said: unknown = JSON.parse(await handle.readFile('utf8'));
        return isPin(said) ? { ...file, bytes: said.bytes, path: said.path } : undefined;
      } finally {
        await handle.close();
      }
    } catch {
      return undefined;
    }
  }

  /** Missing is not an error. */
  async remove(file: FileName): Promise<void> {
    await rm(join(this.#directory, pinPath(file)), { force: true });
  }
}

function isPin(said: unknown): said is Pick<PinnedFile, 'bytes' | 'path'> {
  if (typeof said !== 'object' || said === null || !('bytes' in said) || !('path' in said)) return false;
  return Number.isSafeInteger(said.bytes) && Number(said.bytes) >= 0 && typeof said.path === 'string';
}
