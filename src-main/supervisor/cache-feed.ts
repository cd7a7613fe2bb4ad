/**
 * The state of the cache, asked of the engine: once for a command, every second while a screen watches. Invariant: nobody is
 * asked while nobody watches.
 */
import type { Clock } from '../engine/clock.ts';
import type { EngineRequestName, EngineRequests, JobKey } from '../engine/control/protocol.ts';
import type { CacheStatus, Input, Output } from '../ipc/contract.ts';
import { CachePins, shownPin } from './cache-pins.ts';
import type { JobRecord, JobRecords } from './job-records.ts';

const INTERVAL_MS = 1_000;

type CacheRequestName = Extract<
  EngineRequestName,
  'cacheReport' | 'cacheNamespace' | 'clearCache' | 'checkCache' | 'pin' | 'unpin' | 'pins' | 'warm'
>;

export interface CacheFeedOptions {
  readonly clock: Clock;
  readonly request: <Name extends CacheRequestName>(
    name: Name,
    input: EngineRequests[Name]['input'],
  ) => Promise<EngineRequests[Name]['output']>;
  readonly records: JobRecords;
  /** Blocks were removed. */
  readonly cleared: () => void;
  readonly directory: string;
  readonly limitBytes: () => number | undefined;
}

export class CacheFeed {
  readonly pins: CachePins;
  readonly #options: CacheFeedOptions;
  readonly #listeners = new Set<() => void>();
  /** By what decides about a job's namespace, so that a job that is published anew is asked for again. */
  readonly #namespaces = new Map<string, string>();
  #latest: CacheStatus | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: CacheFeedOptions) {
    this.#options = options;
    const { request, records } = options;
    this.pins = new CachePins({ request, records, changed: () => this.#changed() });
  }

  /** As last seen; undefined before it was asked for. */
  get latest(): CacheStatus | undefined {
    return this.#latest;
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) void this.#poll();
    else listener();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#cancel?.();
    };
  }

  /** Rejects with ENGINE_AWAY and what the engine says. */
  async ask(): Promise<CacheStatus> {
    const { request, directory, limitBytes } = this.#options;
    const { namespaces, freeDiskBytes, trouble, usedBytes, blocks, pinnedBytes, evictableBytes } =
      await request('cacheReport', undefined);
    // A cache that cannot be opened has said so in its report.
    const pins = await request('pins', undefined).catch(() => []);
    const jobs = await this.#jobsOf(new Set([...namespaces, ...pins].map(({ job }) => job)));
    const status: CacheStatus = {
      directory,
      usedBytes,
      blocks,
      limitBytes: limitBytes() ?? null,
      freeDiskBytes: freeDiskBytes ?? null,
      pinnedBytes,
      evictableBytes,
      trouble: trouble ?? null,
      jobs: namespaces.map(({ namespace, job, bytes, blocks: count }) => {
        const record = jobs.get(namespace);
        return {
          job: record?.place.key ?? null,
          namespace,
          name: nameOf(record, job),
          bytes,
          blocks: count,
        };
      }),
      pins: pins.map((pin) => {
        const record = jobs.get(pin.namespace);
        return shownPin(pin, record, nameOf(record, pin.job));
      }),
    };
    const isNews = JSON.stringify(status) !== JSON.stringify(this.#latest);
    this.#latest = status;
    if (isNews) for (const listener of this.#listeners) listener();
    return status;
  }

  /** Of one job, of one namespace, or of all. */
  async clear({ job, namespace }: Input<'cache.clear'>): Promise<Output<'cache.clear'>> {
    const { request, records, cleared } = this.#options;
    const chosen = job === undefined ? namespace : await request('cacheNamespace', records.get(job).place);
    const result = await request('clearCache', { namespace: chosen });
    cleared();
    return result;
  }

  /** The next stretch of blocks, see the engine's protocol. */
  async verify({ from }: Input<'cache.verify'>): Promise<Output<'cache.verify'>> {
    const { next, blocks, bytes, total, wrong } = await this.#options.request('checkCache', { from });
    return {
      next: next ?? null,
      blocks,
      bytes,
      total,
      wrong: wrong.map(({ key, block, why }) => ({ file: `${key}_${block}.bin`, why })),
    };
  }

  /** Whoever watches sees it at once. */
  #changed(): void {
    if (this.#listeners.size > 0) void this.#poll();
  }

  async #poll(): Promise<void> {
    this.#cancel?.();
    // While the engine is away the last state stands.
    await this.ask().catch(() => undefined);
    if (this.#listeners.size === 0) return;
    this.#cancel?.();
    this.#cancel = this.#options.clock.after(INTERVAL_MS, () => void this.#poll());
  }

  /** The jobs with these numbers, by namespace. */
  async #jobsOf(numbers: ReadonlySet<number>): Promise<ReadonlyMap<string, JobRecord>> {
    const found = new Map<string, JobRecord>();
    const { records, request } = this.#options;
    for (const record of records.all.filter(({ place }) => numbers.has(place.job))) {
      const identity = identityOf(record);
      try {
        const namespace = this.#namespaces.get(identity) ?? (await request('cacheNamespace', record.place));
        this.#namespaces.set(identity, namespace);
        if (!found.has(namespace)) found.set(namespace, record);
      } catch {
        // A job that cannot be read has no name for its blocks; they are shown without it.
      }
    }
    return found;
  }
}

function identityOf({ place, listed }: JobRecord): string {
  const { sources, created, files, bytes } = listed;
  return JSON.stringify([place.key satisfies JobKey, sources, created, files, bytes]);
}

function nameOf(record: JobRecord | undefined, job: number): string {
  if (record === undefined) return `Job ${job} of a catalogue that is not listed`;
  return record.listed.name === '' ? `Job ${job}` : record.listed.name;
}
