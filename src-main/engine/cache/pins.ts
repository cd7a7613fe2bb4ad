/**
 * What stays in the cache whatever the limit asks for: the list of what people asked to keep, and in the index the files that it
 * means. Invariant: all pinned files together fitted into the cache when they were pinned, and a pinned file was never
 * unprotected while its pin stood.
 */
import { GhostError, messageOf } from '../errors.ts';
import { sizeText } from '../size-text.ts';
import { forEachOf, Turns } from '../turns.ts';
import type { CacheKey } from './block-cache.ts';
import type { CacheIndex } from './cache-index.ts';
import { blockName } from './cache-layout.ts';
import { PinFiles } from './pin-files.ts';
import { PinList, shown, type Pin, type PinPlace } from './pin-list.ts';

/** One version of a file that a pin means. */
export interface PinnedVersion {
  readonly key: CacheKey;
  /** Of the whole file, cached or not. */
  readonly bytes: number;
  /** Below the root of its job. */
  readonly path: string;
}

export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

export interface PinnedAmount extends Amount {
  readonly cachedBytes: number;
}

export interface PinsParts {
  readonly directory: string;
  readonly index: CacheIndex;
  readonly limit: () => number | undefined;
  /** Bytes that its disk has for blocks, those that are there included; undefined when it cannot be told. */
  readonly disk: () => Promise<number | undefined>;
  /** Blocks that were spared may go now. */
  readonly freed: () => void;
}

/** Files written at once: more than the disk of a laptop does at a time. */
const FILES_AT_ONCE = 16;

export class Pins {
  readonly #parts: PinsParts;
  readonly #list: PinList;
  readonly #files: PinFiles;
  /** One after the other: two at once could be more than the limit together. */
  readonly #turns = new Turns<'all'>();

  constructor(parts: PinsParts) {
    this.#parts = parts;
    this.#list = new PinList(parts.directory);
    this.#files = new PinFiles(parts.directory);
  }

  async all(): Promise<readonly Pin[]> {
    return await this.#list.all();
  }

  async covering(place: PinPlace): Promise<Pin | undefined> {
    return await this.#list.covering(place);
  }

  /** Whether this version of a file is spared. */
  has(key: CacheKey): boolean {
    return this.#parts.index.pins.has(blockName(key, 0));
  }

  /** What a pin means as far as it was noted, whether its job is mounted or not. */
  async amountOf({ namespace, path }: PinPlace): Promise<PinnedAmount> {
    let [files, bytes, cachedBytes] = [0, 0, 0];
    for await (const page of this.#parts.index.pins.below(namespace, path)) {
      files += page.length;
      for (const pin of page) {
        bytes += pin.bytes;
        // A block file may be longer than it should be until somebody reads it.
        cachedBytes += Math.min(pin.bytes, pin.cachedBytes);
      }
    }
    return { files, bytes, cachedBytes };
  }

  /** Rejects with ARGUMENT_INVALID when so much cannot be in the cache beside what else is pinned; `verb` names what is wanted. */
  async assertRoom(place: PinPlace, bytes: number, verb: 'pinned' | 'warmed'): Promise<void> {
    const { index, limit, disk } = this.#parts;
    const others = index.pins.totalBytes() - (await this.amountOf(place)).bytes;
    const [most, onDisk] = [limit() ?? Infinity, (await disk()) ?? Infinity];
    if (others + bytes <= Math.min(most, onDisk)) return;
    const beside = others === 0 ? '' : ` beside the ${sizeText(others)} that are pinned already`;
    const [where, remedy] =
      most <= onDisk
        ? [`a cache of at most ${sizeText(most)}`, 'Raise the limit of the cache or unpin something.']
        : [
            `the ${sizeText(onDisk)} that the disk of the cache has for it`,
            'Free some space or unpin something.',
          ];
    throw new GhostError(
      'ARGUMENT_INVALID',
      `${shown(place)} has ${sizeText(bytes)} and cannot be ${verb}: it does not fit into ${where}${beside}. ${remedy}`,
    );
  }

  /**
   * Notes a pin, and what it means with `note`. Twice is once. Rejects with ARGUMENT_INVALID when it does not fit, with
   * CACHE_UNAVAILABLE when it cannot be noted, or as `note`.
   */
  async add(pin: Pin, { bytes }: Pick<Amount, 'bytes'>, note: () => Promise<void>): Promise<void> {
    await this.#inTurn(pin, async () => {
      if ((await this.covering(pin)) === undefined) {
        await this.assertRoom(pin, bytes, 'pinned');
        await this.#list.add(pin);
      }
      await note();
    });
  }

  /** Does `note` unless the pin is gone. Rejects as `add`. */
  async renew(pin: Pin, note: () => Promise<void>): Promise<void> {
    await this.#inTurn(pin, async () => {
      if ((await this.covering(pin)) !== undefined) await note();
    });
  }

  /** Only for a `note`: these files are among those that a pin means. */
  async keep(namespace: string, files: readonly PinnedVersion[], round: number): Promise<void> {
    const { index } = this.#parts;
    const pinned = files.map(({ key, bytes, path }) => ({ ...blockName(key, 0), bytes, path }));
    const isNew = pinned.filter((file) => !index.pins.has(file));
    await forEachOf(isNew, FILES_AT_ONCE, (file) => this.#files.write(file));
    await index.pins.add(
      pinned.map(({ artifact, bytes, path }) => ({ namespace, artifact, bytes, path })),
      round,
    );
  }

  /** Only for a `note`: what is at a pin's path or below and was not kept in this round, or in none, is spared no more. */
  async dropOthers(place: PinPlace, round?: number): Promise<void> {
    await this.#drop(place, round);
  }

  /** What is pinned at a path and below. What is not is no error. Rejects with ARGUMENT_INVALID when a folder above it is pinned. */
  async remove(place: PinPlace): Promise<PinnedAmount> {
    return await this.#inTurn(place, async () => {
      const covering = await this.covering(place);
      if (covering !== undefined && covering.path !== place.path) {
        throw new GhostError(
          'ARGUMENT_INVALID',
          `${shown(place)} is pinned with ${covering.path === '' ? 'the whole job' : `the folder ${covering.path}`}; unpin that.`,
        );
      }
      const amount = await this.amountOf(place);
      await this.#drop(place);
      // Last: if it is not reached, the pin is still there for all to see.
      await this.#list.remove(place);
      return amount;
    });
  }

  async #drop({ namespace, path }: PinPlace, exceptRound?: number): Promise<void> {
    const { index, freed } = this.#parts;
    for await (const page of index.pins.below(namespace, path, exceptRound)) {
      await forEachOf(page, FILES_AT_ONCE, (file) => this.#files.remove(file));
      await index.pins.remove(page);
      freed();
    }
  }

  async #inTurn<T>({ namespace }: PinPlace, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#turns.take('all', work);
    } catch (cause) {
      if (cause instanceof GhostError) throw cause;
      const sentence = `The cache at ${this.#parts.directory} cannot note what is pinned (${messageOf(cause)}).`;
      throw new GhostError('CACHE_UNAVAILABLE', sentence, { job: Number.parseInt(namespace, 10), cause });
    }
  }
}
