/**
 * Sees to the pins of one mounted job: what they mean in its catalogue now is noted, and what is missing in the cache is fetched
 * in the background. Invariant: it asks for blocks at the priority `warm` alone, and for none once the mount is over.
 */
import { stat } from 'node:fs/promises';
import type { DiskCache } from '../cache/disk-cache.ts';
import type { Pin } from '../cache/pin-list.ts';
import type { Clock } from '../clock.ts';
import { GhostError, messageOf } from '../errors.ts';
import type { GhostFs } from '../ghostfs.ts';
import { warm, type WarmPosition } from '../prefetch/warming.ts';
import type { CataloguePlace } from './catalogue-messages.ts';
import { amountBelow, filePages, type AskedCatalogues } from './file-pages.ts';
import { notePin } from './pin-notes.ts';

/** How often it looks whether its catalogue has changed or something is missing, and tries again what did not come. */
const ROUND_MS = 30_000;

export interface KeptJobParts {
  readonly place: CataloguePlace;
  readonly mount: Pick<GhostFs, 'cacheNamespace' | 'warm' | 'ended'>;
  readonly cache: DiskCache;
  readonly catalogues: AskedCatalogues;
  readonly clock: Clock;
}

/** Where fetching was given up, so that what does not come stands in the way of nothing behind it. */
interface Interrupted {
  readonly from: string | undefined;
  readonly position: WarmPosition;
}

export class KeptJob {
  readonly #parts: KeptJobParts;
  /** By path: the state of the catalogue in which it was noted last. */
  readonly #noted = new Map<string, string>();
  readonly #interrupted = new Map<string, Interrupted>();
  /** By path, from the end of its first round on: why something is missing; undefined when nothing is. */
  readonly #outcomes = new Map<string, string | undefined>();
  #hasEnded = false;
  #isChanged = false;
  #wake: () => void = () => {};

  /** Begins at once. */
  constructor(parts: KeptJobParts) {
    this.#parts = parts;
    void parts.mount.ended.then(() => this.#end());
    void this.#run();
  }

  /** Something was pinned or unpinned: looks at all of it anew. */
  changed(): void {
    this.#isChanged = true;
    this.#wake();
  }

  /** Why something of a pin is missing; undefined while it may still come. */
  problem(path: string): string | undefined {
    return this.#outcomes.get(path);
  }

  #end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  async #run(): Promise<void> {
    while (!this.#hasEnded) {
      this.#isChanged = false;
      const { cache, mount } = this.#parts;
      const pins = await cache.pins.all();
      for (const pin of pins.filter(({ namespace }) => namespace === mount.cacheNamespace)) {
        if (!this.#goesOn()) break;
        this.#outcomes.set(pin.path, await this.#keep(pin));
      }
      if (this.#goesOn()) await this.#pause();
    }
  }

  readonly #goesOn = (): boolean => !this.#hasEnded && !this.#isChanged;

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const cancel = this.#parts.clock.after(ROUND_MS, resolve);
    await promise;
    cancel();
  }

  /** Why something is missing; undefined when nothing is, or when it was called away. Never rejects. */
  async #keep(pin: Pin): Promise<string | undefined> {
    try {
      await this.#note(pin);
      const { bytes, cachedBytes } = await this.#parts.cache.pins.amountOf(pin);
      return cachedBytes < bytes ? await this.#fetch(pin) : undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Files that are new, or have changed, and those that are gone. */
  async #note(pin: Pin): Promise<void> {
    const { place, cache, catalogues } = this.#parts;
    const state = await stateOf(place.database);
    if (this.#noted.get(pin.path) === state) return;
    try {
      const { bytes } = await amountBelow(catalogues, { ...place, path: pin.path });
      await cache.pins.renew(pin, async () => {
        await cache.pins.assertRoom(pin, bytes, 'pinned');
        await notePin(cache, catalogues, place, pin);
      });
    } catch (error) {
      if (!(error instanceof GhostError && error.code === 'NOT_FOUND')) throw error;
      await cache.pins.renew(pin, () => cache.pins.dropOthers(pin));
      throw error;
    }
    this.#noted.set(pin.path, state);
  }

  async #fetch(pin: Pin): Promise<string | undefined> {
    const { place, mount, cache, catalogues } = this.#parts;
    const { figures } = cache;
    const before = this.#interrupted.get(pin.path);
    this.#interrupted.delete(pin.path);
    let position = before?.position;
    let missed = 0;
    for await (const page of filePages(catalogues, { ...place, path: pin.path }, before?.from)) {
      const parts = {
        fetch: async (...block: Parameters<typeof mount.warm>) => {
          const isCached = await mount.warm(...block);
          // Whatever stood in the way is gone.
          if (isCached) this.#outcomes.delete(pin.path);
          return isCached;
        },
        isCached: figures.has.bind(figures),
        cachedBytes: (key: Parameters<typeof figures.fileUsage>[0]) => figures.fileUsage(key).bytes,
        goesOn: this.#goesOn,
      };
      const warmed = await warm(page.files, parts, position);
      position = undefined;
      missed += warmed.missed;
      if (!this.#goesOn()) return undefined;
      if (!warmed.gaveUp) continue;
      if (warmed.next !== undefined) {
        this.#interrupted.set(pin.path, { from: page.from, position: warmed.next });
      }
      break;
    }
    if (missed === 0) return undefined;
    const files = missed === 1 ? 'One file' : `${missed} files`;
    return `${files} could not be fetched whole; that is tried again every ${ROUND_MS / 1_000} seconds.`;
  }
}

/** Differs whenever somebody has written to the catalogue. */
async function stateOf(database: string): Promise<string> {
  const parts = [database, `${database}-wal`].map(async (file) => {
    const found = await stat(file).catch(() => undefined);
    return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
  });
  return (await Promise.all(parts)).join(',');
}
