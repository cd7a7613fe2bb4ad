/**
 * Composition root of one mounted job: catalogue, cache, sources, Wormhole, Entangler and driver are made and joined here
 * and nowhere else, and taken apart in the reverse order. It decides nothing about a read.
 */
import { realpathSync } from 'node:fs';
import { cacheNamespace } from './cache/artifact-key.ts';
import { DiskCache } from './cache/disk-cache.ts';
import { systemClock } from './clock.ts';
import { assertBlockSize, DEFAULT_BLOCK_BYTES, DEFAULT_DEADLINE_MS, DEFAULT_TRANSFERS } from './config.ts';
import type { BlockFile } from './entangler/block-reader.ts';
import type { FileDescription } from './entangler/descriptions.ts';
import { Entangler } from './entangler/entangler.ts';
import { GhostError, messageOf } from './errors.ts';
import type { Mount } from './fuse/driver.ts';
import { selectDriver, type DriverChoice } from './fuse/select-driver.ts';
import type { Logger } from './log.ts';
import { openMagnetar } from './metadata/magnetar/magnetar-adapter.ts';
import type { JobDescription, MetadataOracle } from './metadata/metadata-oracle.ts';
import { withCatalogueRetry } from './metadata/retry.ts';
import { ReadAhead } from './prefetch/read-ahead.ts';
import type { Source } from './wormhole/source.ts';
import { openSource } from './wormhole/sources/open-source.ts';
import { Wormhole } from './wormhole/wormhole.ts';

export interface GhostFsOptions {
  /** Path of the catalogue. */
  readonly database: string;
  readonly job: number;
  readonly mountPoint: string;
  /** Undefined serves uncached. */
  readonly cacheDirectory: string | undefined;
  /** Take the place of the catalogue's sources unless empty; URIs or paths, best first. */
  readonly sources: readonly string[];
  readonly driver: DriverChoice;
  /** Bytes; the job's own unless given. */
  readonly blockSize: number | undefined;
  readonly allowOther: boolean;
  /** Concurrent transfers. */
  readonly transfers?: number;
  /** Milliseconds a read may take. */
  readonly deadlineMs?: number;
  readonly logger: Logger;
}

/** A running mount and everything behind it. */
export interface GhostFs {
  readonly mountPoint: string;
  readonly ended: Mount['ended'];
  /** Unmounts, ends transfers, finishes what the cache is writing. Resolves as Mount.unmount. */
  close(): Promise<boolean>;
}

/** Mounts a job. Rejects with a GhostError whose sentence tells what is wrong and what to do; nothing is left behind then. */
export async function mountGhostFs(options: GhostFsOptions): Promise<GhostFs> {
  const { logger, job } = options;
  const undo: (() => unknown)[] = [];
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) {
      try {
        await step();
      } catch (error) {
        logger.warn('Closing a part of the engine failed', error);
      }
    }
  };
  try {
    if (options.blockSize !== undefined) assertBlockSize(options.blockSize);
    const driver = await selectDriver(options.driver, systemClock);
    const oracle = await withCatalogueRetry(systemClock, () => openMagnetar(options.database, job));
    undo.push(() => oracle.close());
    const database = realpathSync(options.database);
    const blockSize = blockSizeOf(oracle.job, options.blockSize);
    const uris = sourcesOf(oracle.job, options);
    const slots = options.transfers ?? DEFAULT_TRANSFERS;
    const sources = uris.map((uri) => openSource(uri, { clock: systemClock, connections: slots }));
    const wormhole = new Wormhole({
      sources,
      clock: systemClock,
      random: Math.random,
      logger,
      slots,
    });
    undo.push(() => wormhole.close());
    const cache = await openCache(options);
    undo.push(() => cache?.close());
    const entangler = new Entangler({
      cache,
      wormhole,
      describe: (file) => withCatalogueRetry(systemClock, () => describe(oracle, file)),
      clock: systemClock,
      logger,
      deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS,
      job,
    });
    undo.push(() => entangler.close());
    const identity = oracle.job.contentId === undefined ? [database, ...uris] : [oracle.job.contentId];
    const mount = await driver.mount({
      settings: {
        database,
        job,
        mountPoint: options.mountPoint,
        cache:
          cache === undefined
            ? undefined
            : { directory: realpathSync(options.cacheDirectory!), removals: cache.removals.shared },
        cacheNamespace: cacheNamespace(job, identity),
        blockSize,
        uid: process.getuid?.() ?? 0,
        gid: process.getgid?.() ?? 0,
        umask: process.umask(),
        allowOther: options.allowOther,
      },
      blocks: new ReadAhead(entangler, (file, block, priority) => {
        if (cache?.has(file.key, block) !== true) void entangler.prefetch(file, block, priority);
      }),
      logger,
    });
    const probing = new AbortController();
    undo.push(() => probing.abort());
    for (const source of sources) void probe(source, probing.signal, logger);
    return {
      mountPoint: mount.mountPoint,
      ended: mount.ended,
      close: async () => {
        try {
          return await mount.unmount();
        } finally {
          await unwind();
        }
      },
    };
  } catch (error) {
    await unwind();
    throw error;
  }
}

function blockSizeOf(job: JobDescription, wanted: number | undefined): number {
  const { blockSize } = job;
  if (blockSize === undefined || wanted === undefined || wanted === blockSize) {
    return wanted ?? blockSize ?? DEFAULT_BLOCK_BYTES;
  }
  throw new GhostError(
    'ARGUMENT_INVALID',
    `Job ${job.id} was published in blocks of ${blockSize} bytes and its digests fit no other size. Leave out --block-size.`,
    { job: job.id },
  );
}

function sourcesOf(job: JobDescription, { sources, database }: GhostFsOptions): readonly string[] {
  const chosen = sources.length > 0 ? sources : job.sources;
  if (chosen.length > 0) return chosen;
  throw new GhostError(
    'SOURCE_INVALID',
    `The catalogue ${database} does not say where the bytes of job ${job.id} are. Name a source with --source.`,
    { job: job.id },
  );
}

async function openCache({ cacheDirectory, logger }: GhostFsOptions): Promise<DiskCache | undefined> {
  return cacheDirectory === undefined
    ? undefined
    : await DiskCache.open(cacheDirectory, { logger, clock: systemClock });
}

/** A source that is away is no reason not to mount: what is cached can be read. */
async function probe(source: Source, signal: AbortSignal, logger: Logger): Promise<void> {
  try {
    await source.probe(signal);
  } catch (error) {
    if (!signal.aborted)
      logger.warn(`${messageOf(error)} Blocks that are cached can be read; others fail until it is back.`);
  }
}

/** Where a file's bytes are, as long as the catalogue still says what the open handle was told. */
function describe(oracle: MetadataOracle, file: BlockFile): FileDescription {
  const artifact = oracle.byId(file.id);
  if (artifact === undefined || artifact.size !== file.size || artifact.mtime !== file.mtime) {
    throw new GhostError('OBJECT_CHANGED', 'The file changed in the catalogue since it was opened.', {
      artifact: file.id,
      job: oracle.job.id,
    });
  }
  const { id, size, mtime } = artifact;
  const digests = oracle.digests(id);
  return {
    object: { id, size, mtime, path: oracle.sourcePath(id) },
    ...(digests === undefined ? {} : { digests }),
  };
}
