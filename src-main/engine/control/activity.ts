/** What the engine does at this moment, as one report: counts per job; while somebody watches also transfers and readers. */
import type { Clock } from '../clock.ts';
import type { BlockUnderWay } from '../entangler/entangler.ts';
import { isHigher } from '../entangler/priority-queue.ts';
import { blockLength } from '../entangler/block-range.ts';
import type { GhostFs } from '../ghostfs.ts';
import type { ArtifactId, Ordinal } from '../metadata/metadata-oracle.ts';
import { pathOf } from './file-paths.ts';
import type { ActivityReport, JobKey } from './protocol.ts';
import { Readers } from './readers.ts';

/** A screen shows no more; thousands may wait in line. */
const MAX_TRANSFERS_SHOWN = 32;

/** What of the cache is counted; undefined while there is none. */
export interface CountedCache {
  usage(): { readonly bytes: number };
  usageOf(namespace: string): { readonly bytes: number };
}

type Transfers = ActivityReport['transfers'];
type Paths = (key: JobKey, mount: GhostFs, artifact: ArtifactId | Ordinal) => string | undefined;

export class ActivityMeter {
  readonly #clock: Clock;
  /** By mount, not by key: a job that was mounted again begins anew. */
  readonly #readers = new WeakMap<GhostFs, Readers>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  report(mounts: ReadonlyMap<JobKey, GhostFs>, cache: CountedCache | undefined): ActivityReport {
    const now = Date.now();
    const all = [...mounts];
    // Most of what happens at one moment happens to a few files.
    const known = new Map<string, string | undefined>();
    const paths: Paths = (key, mount, artifact) => {
      const name = `${key} ${typeof artifact} ${artifact}`;
      if (!known.has(name)) known.set(name, pathOf(mount.oracle, artifact));
      return known.get(name);
    };
    return {
      ...this.counts(mounts, cache),
      transfers: this.#transfers(all, paths, now),
      readers: all.flatMap(([key, mount]) => this.#readersOf(key, mount, paths, now)),
    };
  }

  /** Looks nothing up. */
  counts(mounts: ReadonlyMap<JobKey, GhostFs>, cache: CountedCache | undefined): ActivityReport {
    return {
      jobs: [...mounts].map(([key, mount]) => countsOf(key, mount, cache)),
      transfers: [],
      readers: [],
      cacheUsedBytes: cache?.usage().bytes ?? 0,
    };
  }

  #transfers(mounts: readonly (readonly [JobKey, GhostFs])[], paths: Paths, now: number): Transfers {
    const under = mounts.flatMap(([key, mount]) =>
      [...mount.underWay()].flatMap((block) => (block.transfer === undefined ? [] : [{ key, mount, block }])),
    );
    return under
      .toSorted((a, b) => inOrder(a.block, b.block))
      .slice(0, MAX_TRANSFERS_SHOWN)
      .map(({ key, mount, block: { file, block, priority, transfer } }) => ({
        id: `${key} ${file.key} ${block}`,
        key,
        path: paths(key, mount, file.id) ?? file.id,
        firstBlock: block,
        blocks: 1,
        bytes: blockLength(file.size, file.blockSize, block),
        received: transfer?.received ?? 0,
        priority: priority === 'background' ? 'warm' : priority,
        source: transfer?.source ?? '',
        startedAt: Math.round(now - (this.#clock.now() - (transfer?.submittedAt ?? 0))),
      }));
  }

  #readersOf(key: JobKey, mount: GhostFs, paths: Paths, now: number): ActivityReport['readers'] {
    const readers = this.#readers.get(mount) ?? new Readers();
    this.#readers.set(mount, readers);
    const { responder, eventLoop } = mount.reads;
    readers.update([responder.readers(), eventLoop.readers()], now);
    return readers.list().map(({ pid, process, ordinal, bytes, lastReadAt }) => {
      const path = paths(key, mount, ordinal as Ordinal);
      return { key, pid, process, path, bytes, lastReadAt };
    });
  }
}

function countsOf(
  key: JobKey,
  mount: GhostFs,
  cache: CountedCache | undefined,
): ActivityReport['jobs'][number] {
  const { reads, cacheNamespace } = mount;
  const tables = [reads.responder.totals(), reads.eventLoop.totals()];
  const sum = (field: 'bytes' | 'hits' | 'misses') =>
    tables.reduce((total, table) => total + table[field], 0);
  return {
    key,
    readBytes: sum('bytes'),
    fetchedBytes: mount.stats().bytesFetched,
    hits: sum('hits'),
    misses: sum('misses'),
    cachedBytes: cache?.usageOf(cacheNamespace).bytes ?? 0,
  };
}

/** Those on the wire first, then by priority; otherwise as they came. */
function inOrder(a: BlockUnderWay, b: BlockUnderWay): number {
  const waits = (block: BlockUnderWay) => Number(block.transfer?.source === undefined);
  return (
    waits(a) - waits(b) || Number(isHigher(b.priority, a.priority)) - Number(isHigher(a.priority, b.priority))
  );
}
