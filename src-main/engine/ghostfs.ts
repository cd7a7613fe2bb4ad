/**
 * Composition root: one engine holds what all mounts share, the block cache and the bounds of transfers, and joins the parts
 * of each mounted job. Made here and nowhere else, taken apart in the reverse order. It decides nothing about a read.
 */
import { realpathSync } from 'node:fs';
import { DiskCache } from './cache/disk-cache.ts';
import type { Bounds } from './cache/eviction.ts';
import { systemClock } from './clock.ts';
import { assertBlockSize, DEFAULT_DEADLINE_MS, DEFAULT_TRANSFERS } from './config.ts';
import { BlockAttributes } from './block-attributes.ts';
import type { BlockFile } from './entangler/block-reader.ts';
import { CommitBacklog } from './entangler/commit-backlog.ts';
import { Entangler, type BlockUnderWay, type EntanglerStats } from './entangler/entangler.ts';
import { keepReserve } from './descriptors.ts';
import type { Continuity, Mount, ReadCounts } from './fuse/driver.ts';
import { selectDriver, type DriverChoice } from './fuse/select-driver.ts';
import { secretFor, type HmacKeys } from './hmac-keys.ts';
import type { MountSettings } from './filesystem/mount-settings.ts';
import { ReadTable } from './filesystem/read-table.ts';
import { readerProcess } from './filesystem/reader-process.ts';
import { describe, sourcesOf } from './job-bytes.ts';
import { blockSizeOf, namespaceOf } from './job-layout.ts';
import type { Logger } from './log.ts';
import { openMagnetar } from './metadata/magnetar/magnetar-adapter.ts';
import type { JobDescription, MetadataOracle } from './metadata/metadata-oracle.ts';
import { withCatalogueRetry } from './metadata/retry.ts';
import { ObservedBlocks, type MountObserver } from './observed-blocks.ts';
import { freeRemovedBlocks } from './removed-blocks.ts';
import { ReadAhead } from './prefetch/read-ahead.ts';
import { UndoSteps } from './undo-steps.ts';
import { LinkWatch } from './wormhole/link-watch.ts';
import { openSource } from './wormhole/sources/open-source.ts';
import { RequestPace } from './wormhole/sources/request-pace.ts';
import { TransferPlaces } from './wormhole/transfer-places.ts';
import { Wormhole } from './wormhole/wormhole.ts';

export interface EngineOptions {
  /** Undefined serves uncached. */
  readonly cacheDirectory: string | undefined;
  /** Bytes; as much as the disk holds unless given. */
  readonly cacheLimitBytes?: number | undefined;
  /** Bytes of its disk that the cache leaves free; none unless given. */
  readonly cacheMinFreeBytes?: number | undefined;
  /** Concurrent transfers of all mounts together. */
  readonly transfers?: number;
  /** For blocks of all mounts in memory, bytes; DEFAULT_MEMORY_BYTES unless given. */
  readonly memoryBytes?: number | undefined;
  /** To one host; DEFAULT_REQUESTS_PER_SECOND unless given. */
  readonly requestsPerSecond?: number | undefined;
  readonly logger: Logger;
}

export interface JobOptions {
  /** Path of the catalogue. */
  readonly database: string;
  readonly job: number;
  readonly mountPoint: string;
  /** Take the place of the catalogue's sources unless empty; URIs or paths, best first. */
  readonly sources: readonly string[];
  readonly driver: DriverChoice;
  /** Bytes; the job's own unless given. */
  readonly blockSize: number | undefined;
  readonly allowOther: boolean;
  /** Where the key of a job that was published with one may be; nowhere unless given. */
  readonly hmacKeys?: HmacKeys;
  /** Milliseconds a read may take. */
  readonly deadlineMs?: number;
  readonly observer?: MountObserver;
  readonly continuity?: Continuity | undefined;
}

/** A running mount and everything behind it. */
export interface GhostFs {
  readonly mountPoint: string;
  readonly ended: Mount['ended'];
  readonly cacheNamespace: string;
  /** The event loop's own connection to the catalogue. */
  readonly oracle: MetadataOracle;
  readonly reads: ReadCounts;
  stats(): EntanglerStats;
  /** Blocks on their way now. */
  underWay(): Iterable<BlockUnderWay>;
  /** Brings a block into the cache at the priority `warm`: true when it is there. Never rejects. */
  readonly warm: (file: BlockFile, block: number) => Promise<boolean>;
  /** As in Mount. */
  hangs(): boolean;
  /** Takes it out of the tree, for `close` to finish. Throws MOUNT_BUSY while something in it is open; then it goes on. */
  detachIdle(): Promise<void>;
  /** Unmounts, ends transfers, finishes what it is writing to the cache. Resolves as Mount.unmount. */
  close(): Promise<boolean>;
}

export class GhostEngine {
  readonly #options: EngineOptions;
  readonly #transfers: number;
  readonly #places: TransferPlaces;
  readonly #backlog: CommitBacklog;
  readonly #pace: RequestPace;
  readonly #link: LinkWatch;
  #cacheBounds: Bounds;
  /** Opened with the first mount: a command that cannot mount leaves no directory behind. */
  #cache: Promise<DiskCache | undefined> | undefined;

  /** Throws ARGUMENT_INVALID for a number of transfers that is not possible. */
  constructor(options: EngineOptions) {
    keepReserve();
    this.#options = options;
    this.#transfers = options.transfers ?? DEFAULT_TRANSFERS;
    const { memoryBytes, requestsPerSecond } = options;
    this.#places = new TransferPlaces({ slots: this.#transfers, memoryBytes });
    this.#backlog = new CommitBacklog({ clock: systemClock, memoryBytes });
    this.#pace = new RequestPace(systemClock, requestsPerSecond);
    this.#link = new LinkWatch({ clock: systemClock, logger: options.logger });
    this.#cacheBounds = { limit: options.cacheLimitBytes, minFree: options.cacheMinFreeBytes };
  }

  /**
   * Mounts a job. Rejects with a GhostError whose sentence tells what is wrong and what to do; nothing of the mount is left
   * behind then.
   */
  async mount(options: JobOptions): Promise<GhostFs> {
    const { logger } = this.#options;
    const { job, observer } = options;
    const undo = new UndoSteps(logger);
    try {
      if (options.blockSize !== undefined) assertBlockSize(options.blockSize);
      const driver = await selectDriver(options.driver, systemClock);
      const secretOf = (described: JobDescription) =>
        secretFor(described, options.database, options.hmacKeys ?? { files: [], required: false });
      const oracle = await withCatalogueRetry(systemClock, () =>
        openMagnetar(options.database, job, systemClock, secretOf),
      );
      undo.add(() => oracle.close());
      const database = realpathSync(options.database);
      const blockSize = blockSizeOf(oracle.job, options.blockSize);
      const uris = sourcesOf(oracle.job, options.sources, options.database);
      const sources = uris.map((uri) =>
        openSource(uri, { clock: systemClock, connections: this.#transfers, pace: this.#pace }),
      );
      const wormhole = new Wormhole({
        sources,
        clock: systemClock,
        random: Math.random,
        logger,
        places: this.#places,
        onCorrupt: ({ context }) => observer?.corrupt(context.artifact, context.block ?? 0, 'source'),
        ...(observer !== undefined && { onSources: (state, error) => observer.sources(state, error) }),
      });
      undo.add(() => wormhole.close());
      undo.add(this.#link.onChange(() => wormhole.renew()));
      const cache = await this.openCache();
      const entangler = new Entangler({
        cache,
        wormhole,
        describe: (file) => withCatalogueRetry(systemClock, () => describe(oracle, file)),
        clock: systemClock,
        logger,
        backlog: this.#backlog,
        deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS,
        job,
      });
      undo.add(() => entangler.close());
      if (observer !== undefined) entangler.onFetched(() => observer.delivered());
      const namespace = namespaceOf(oracle.job, database, uris);
      const reads = { responder: new ReadTable(readerProcess), eventLoop: new ReadTable(readerProcess) };
      const ahead = new ReadAhead(entangler, (file, block, priority) => {
        // One that is cached is looked at before its reader comes.
        if (cache?.figures.isReady(file.key, block) !== true) void entangler.prefetch(file, block, priority);
      });
      const observed = observer && new ObservedBlocks(ahead, observer);
      const unlisten = cache?.onChange(({ kind, key, block }) => {
        if (kind === 'corrupt' && key.startsWith(`${namespace}/`)) observed?.corrupt(key, block);
      });
      if (unlisten !== undefined) undo.add(unlisten);
      const mount = await driver.mount({
        settings: {
          database,
          job,
          secret: oracle.secret,
          mountPoint: options.mountPoint,
          cache: this.#sharedCache(cache),
          cacheNamespace: namespace,
          blockSize,
          uid: process.getuid?.() ?? 0,
          gid: process.getgid?.() ?? 0,
          umask: process.umask(),
          allowOther: options.allowOther,
        },
        blocks: observed ?? ahead,
        attributes: new BlockAttributes({ oracle, cache, cacheNamespace: namespace, blockSize }),
        served: (files) => {
          for (const { key, blocks } of files) {
            for (const block of blocks) {
              cache?.used(key, block);
              observer?.read(key, block, 1);
            }
          }
        },
        reads,
        logger,
        continuity: options.continuity,
      });
      if (cache !== undefined) undo.add(freeRemovedBlocks(cache, mount, systemClock));
      wormhole.probe();
      return {
        mountPoint: mount.mountPoint,
        ended: mount.ended,
        cacheNamespace: namespace,
        oracle,
        reads,
        stats: () => entangler.stats(),
        underWay: () => entangler.underWay(),
        warm: (file, block) => entangler.prefetch(file, block, 'warm'),
        hangs: () => mount.hangs(),
        detachIdle: () => mount.detachIdle(),
        close: async () => {
          try {
            return await mount.unmount();
          } finally {
            await undo.run();
          }
        },
      };
    } catch (error) {
      await undo.run();
      throw error;
    }
  }

  /** Closes what the mounts shared; each of them is to be closed before. Safe to call twice. */
  async close(): Promise<void> {
    const cache = await this.#cache?.catch(() => undefined);
    await cache?.close();
  }

  /** While paused no block is fetched: reads of blocks that are not cached wait, within their deadline. */
  setPaused(paused: boolean): void {
    this.#places.setPaused(paused);
  }

  /** What is above the limit, or in the way of what is to stay free, is removed from now on. */
  setCacheBounds(bounds: Bounds): void {
    this.#cacheBounds = bounds;
    void this.#cache?.then(
      (cache) => cache?.setBounds(bounds),
      () => {},
    );
  }

  /** The cache of all mounts, opened unless it is open; undefined when the engine has none. Throws CACHE_UNAVAILABLE. */
  async openCache(): Promise<DiskCache | undefined> {
    const { cacheDirectory, logger } = this.#options;
    if (cacheDirectory === undefined) return undefined;
    // No await between get and set: two mounts at once would open the directory twice.
    this.#cache ??= DiskCache.open(cacheDirectory, {
      logger,
      clock: systemClock,
      ...this.#cacheBounds,
    });
    try {
      return await this.#cache;
    } catch (error) {
      // What stood in the way may be gone when the next job is mounted.
      this.#cache = undefined;
      throw error;
    }
  }

  #sharedCache(cache: DiskCache | undefined): MountSettings['cache'] {
    const { cacheDirectory } = this.#options;
    if (cache === undefined || cacheDirectory === undefined) return undefined;
    const { removals, proven } = cache;
    return {
      directory: realpathSync(cacheDirectory),
      removals: removals.shared,
      proven: proven.shared,
    };
  }
}
