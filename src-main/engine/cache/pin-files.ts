/**
 * A small file beside the blocks for each pinned file, so that its blocks are spared also while an index that was lost is made
 * anew. Its content says what was pinned, in the words of a person. The index is what counts while there is one.
 */
import { constants } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DIRECTORY_MODE, FILE_MODE, pinPath } from './cache-layout.ts';
import type { FileName } from './cache-layout.ts';
import type { PinnedFile } from './cache-index-schema.ts';

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

/** Paths of catalogues can be long; nothing of ours is longer. Bytes. */
const MAX_BYTES = 1024 * 1024;

export class PinFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Rejects with the system's error. As quick as can be, there may be 100,000: one that a crash leaves half-written is as good as
   * none, and is written again when its job is mounted next.
   */
  async write({ bytes, path, ...file }: PinnedFile): Promise<void> {
    const place = join(this.#directory, pinPath(file));
    const content = JSON.stringify({ bytes, path });
    const options = { flag: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: FILE_MODE };
    try {
      await writeFile(place, content, options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // Mostly its folder is there.
      await mkdir(dirname(place), { recursive: true, mode: DIRECTORY_MODE });
      await writeFile(place, content, options);
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
