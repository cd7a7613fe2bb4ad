/**
 * What is kept offline, over all jobs: pins are taken and given back here, and those of mounted jobs are seen to. Invariant: a
 * pin that was answered is noted; what it lacks is fetched behind that.
 */
import type { DiskCache } from '../cache/disk-cache.ts';
import type { Pin, PinPlace } from '../cache/pin-list.ts';
import type { PinnedAmount } from '../cache/pins.ts';
import type { Clock } from '../clock.ts';
import type { GhostFs } from '../ghostfs.ts';
import { jobOf } from './cache-report.ts';
import { amountBelow, type AskedCatalogues, type FilesPlace } from './file-pages.ts';
import { KeptJob } from './kept-job.ts';
import { notePin } from './pin-notes.ts';
import type { PinReport } from './protocol.ts';

/** An amount over many files is counted anew when this many times as long has passed as counting took. */
const RECOUNT_AFTER = 20;

interface Counted {
  readonly amount: PinnedAmount;
  readonly until: number;
}

export interface PinKeeperParts {
  readonly catalogues: AskedCatalogues;
  readonly clock: Clock;
}

export class PinKeeper {
  readonly #parts: PinKeeperParts;
  /** By namespace. */
  readonly #jobs = new Map<string, KeptJob>();
  readonly #counted = new Map<string, Counted>();

  constructor(parts: PinKeeperParts) {
    this.#parts = parts;
  }

  /** From now on, until the mount ends, its pins are seen to. */
  mounted({ database, job }: Omit<FilesPlace, 'path'>, mount: GhostFs, cache: DiskCache): void {
    const namespace = mount.cacheNamespace;
    const kept = new KeptJob({ ...this.#parts, place: { database, job }, mount, cache });
    this.#jobs.set(namespace, kept);
    void mount.ended.then(() => {
      if (this.#jobs.get(namespace) === kept) this.#jobs.delete(namespace);
    });
  }

  /** Rejects with NOT_FOUND, ARGUMENT_INVALID when it does not fit, or CACHE_UNAVAILABLE. */
  async pin(cache: DiskCache, place: FilesPlace): Promise<void> {
    const { catalogues } = this.#parts;
    const { database, job } = place;
    const path = plain(place.path);
    const [amount, namespace] = await Promise.all([
      amountBelow(catalogues, { database, job, path }),
      catalogues.ask('namespace', { database, job }),
    ]);
    const pin = { namespace, path, kind: amount.kind };
    await cache.pins.add(pin, amount, () => notePin(cache, catalogues, { database, job }, pin));
    this.#changed(namespace);
  }

  /** What was pinned there. Rejects with ARGUMENT_INVALID or CACHE_UNAVAILABLE. */
  async unpin(cache: DiskCache, { namespace, path }: PinPlace): Promise<PinnedAmount> {
    const amount = await cache.pins.remove({ namespace, path: plain(path) });
    this.#changed(namespace);
    return amount;
  }

  async list(cache: DiskCache): Promise<readonly PinReport[]> {
    const pins = await cache.pins.all();
    for (const name of this.#counted.keys()) {
      if (!pins.some((pin) => nameOf(pin) === name)) this.#counted.delete(name);
    }
    return await Promise.all(pins.map((pin) => this.#report(cache, pin)));
  }

  async #report(cache: DiskCache, pin: Pin): Promise<PinReport> {
    const amount = await this.#amountOf(cache, pin);
    const job = this.#jobs.get(pin.namespace);
    const problem = job?.problem(pin.path);
    const isKept = amount.cachedBytes >= amount.bytes && problem === undefined;
    const isComing = job !== undefined && problem === undefined;
    const state = isKept ? 'kept' : isComing ? 'fetching' : 'waiting';
    return { ...pin, ...amount, job: jobOf(pin.namespace), state, problem };
  }

  async #amountOf(cache: DiskCache, pin: Pin): Promise<PinnedAmount> {
    const { clock } = this.#parts;
    const name = nameOf(pin);
    const known = this.#counted.get(name);
    const began = clock.now();
    if (known !== undefined && began < known.until) return known.amount;
    const amount = await cache.pins.amountOf(pin);
    const ended = clock.now();
    this.#counted.set(name, { amount, until: ended + (ended - began) * RECOUNT_AFTER });
    return amount;
  }

  #changed(namespace: string): void {
    this.#counted.clear();
    this.#jobs.get(namespace)?.changed();
  }
}

function nameOf({ namespace, path }: PinPlace): string {
  return `${namespace}/${path}`;
}

/** One way to write each path. */
export function plain(path: string): string {
  return path
    .split('/')
    .filter((name) => name !== '')
    .join('/');
}
