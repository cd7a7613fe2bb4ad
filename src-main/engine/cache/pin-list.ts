/**
 * What people asked to keep: files and folders of jobs by their paths, in a small file at the top of the cache directory, so
 * that it outlives the index. Invariant: none of them lies in another one.
 */
import { constants } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GhostError } from '../errors.ts';
import { FILE_MODE, isNamespace, PINS_FILE } from './cache-layout.ts';

/** Each is shown and looked after by itself; whoever wants more of them pins the folder they are in. */
const MAX_PINS = 1_000;

export interface PinPlace {
  readonly namespace: string;
  /** Below the root of the job, without a `/` at its ends; empty: all of the job. */
  readonly path: string;
}

/** What a person asked to keep. */
export interface Pin extends PinPlace {
  readonly kind: 'file' | 'directory';
}

export class PinList {
  readonly #file: string;
  readonly #loaded: Promise<void>;
  #pins: readonly Pin[] = [];

  /** One that cannot be read is as good as empty: what was pinned stays in the cache until it is unpinned. */
  constructor(directory: string) {
    this.#file = join(directory, PINS_FILE);
    this.#loaded = this.#load();
  }

  /** In the order of jobs and paths. */
  async all(): Promise<readonly Pin[]> {
    await this.#loaded;
    return this.#pins;
  }

  /** What keeps this place: a pin of itself or of a folder above. */
  async covering(place: PinPlace): Promise<Pin | undefined> {
    return (await this.all()).find((pin) => isWithin(place, pin));
  }

  /** Takes the place of those within it. On the disk for certain when it resolves. Rejects with ARGUMENT_INVALID. */
  async add(pin: Pin): Promise<void> {
    const others = (await this.all()).filter((other) => !isWithin(other, pin));
    if (others.length >= MAX_PINS) {
      throw new GhostError(
        'ARGUMENT_INVALID',
        `${shown(pin)} cannot be pinned: ${MAX_PINS} files and folders are, and that is the most. Pin the folder that they are in instead.`,
      );
    }
    await this.#save([...others, pin]);
  }

  /** Those at the place and within it. */
  async remove(place: PinPlace): Promise<void> {
    const all = await this.all();
    const left = all.filter((pin) => !isWithin(pin, place));
    if (left.length < all.length) await this.#save(left);
  }

  async #load(): Promise<void> {
    try {
      const said: unknown = JSON.parse(await readFile(this.#file, 'utf8'));
      this.#pins = Array.isArray(said) ? said.filter(isPin) : [];
    } catch {
      this.#pins = [];
    }
  }

  async #save(pins: readonly Pin[]): Promise<void> {
    const sorted = pins.toSorted((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
    const temporary = `${this.#file}.new`;
    // Of a process that was killed.
    await rm(temporary, { force: true });
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
    const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
    try {
      await handle.writeFile(JSON.stringify(sorted));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, this.#file);
    this.#pins = sorted;
  }
}

/** For a sentence. */
export function shown({ path }: Pick<PinPlace, 'path'>): string {
  return path === '' ? 'The whole job' : path;
}

function isWithin(place: PinPlace, { namespace, path }: PinPlace): boolean {
  if (place.namespace !== namespace) return false;
  return path === '' || place.path === path || place.path.startsWith(`${path}/`);
}

function orderOf({ namespace, path }: PinPlace): string {
  return `${namespace}/${path}`;
}

function isPin(said: unknown): said is Pin {
  if (typeof said !== 'object' || said === null) return false;
  if (!('namespace' in said) || !('path' in said) || !('kind' in said)) return false;
  const { namespace, path, kind } = said;
  return (
    typeof namespace === 'string' &&
    isNamespace(namespace) &&
    typeof path === 'string' &&
    (kind === 'file' || kind === 'directory')
  );
}
