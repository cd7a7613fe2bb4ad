/**
 * Makes a tree of files mountable: walks it, digests every block, and adds it as a job to a catalogue. Invariant: the
 * catalogue is touched once, at the end, in one transaction; until then and on any failure it is as it was.
 */
import { existsSync, realpathSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, type Clock } from '../clock.ts';
import { GhostError, messageOf } from '../errors.ts';
import { readHmacKey, type HmacKey } from '../hmac-keys.ts';
import type { JobSecret } from '../job-secret.ts';
import { checkWritable, writeJob } from '../metadata/magnetar/catalogue-writer.ts';
import { assertBlockSize, DEFAULT_BLOCK_BYTES } from '../config.ts';
import { withCatalogueRetry } from '../metadata/retry.ts';
import { digestFiles } from './digest-files.ts';
import { openDirectoryTree } from './directory-tree.ts';
import { openHttpTree } from './http-tree.ts';
import { checkedSources } from './sources.ts';
import { Staging } from './staging.ts';
import { LeftOut, type Skipped } from './left-out.ts';
import type { SkipReporter, Tree } from './tree.ts';

/** Hours of hashing may be at stake: longer than a backup or an import of a large catalogue holds its lock. */
const WRITE_PATIENCE_MS = 10 * 60_000;

export interface PublishOptions {
  /** A directory's path, or a `file:`, `http:` or `https:` URL of one. */
  readonly directory: string;
  /** Path of the catalogue; created when missing. */
  readonly database: string;
  readonly name?: string;
  /** Bytes, a power of two from 64 KiB to 16 MiB; 1 MiB unless given. */
  readonly blockSize?: number;
  /** Where readers will find the bytes, best first: URIs without passwords, or paths. Where they are now unless given. */
  readonly sources?: readonly string[];
  /** By which `findPublished` finds the job again; one that is used nowhere else unless given. */
  readonly contentId?: string;
  /**
   * Path of a key file: the job gets a MAC of every block instead of a digest, and seals of its tree, and is mounted with that
   * key alone.
   */
  readonly hmacKeyFile?: string | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PublishProgress) => void;
  /** Takes sentences about what is read again or waited for, as it happens. */
  readonly onNotice?: (sentence: string) => void;
  /** For waits only; the system's unless given. */
  readonly clock?: Clock;
}

export interface PublishProgress {
  readonly phase: 'listing' | 'reading';
  readonly files: number;
  readonly bytes: number;
  /** undefined while listing. */
  readonly totalFiles: number | undefined;
  /** undefined while listing, and where only reading the files tells their sizes. */
  readonly totalBytes: number | undefined;
  /** The file it is at, relative to the root. */
  readonly path: string;
}

export interface PublishResult {
  readonly jobId: number;
  readonly files: number;
  /** The root included. */
  readonly directories: number;
  readonly bytes: number;
  readonly blockSize: number;
  readonly contentId: string;
  /** What was left out, failures first; at most a thousand. */
  readonly skipped: readonly Skipped[];
  /** All that was left out. */
  readonly skippedCount: number;
  /** Those of them that should have been published and could not be read; the others are links, devices and the like. */
  readonly failedCount: number;
}

/**
 * Rejects with a GhostError: ARGUMENT_INVALID, SOURCE_INVALID, NOT_FOUND, NOT_A_DIRECTORY, PERMISSION_DENIED, SOURCE_*,
 * CATALOGUE_INVALID, CATALOGUE_BUSY, INTERRUPTED.
 */
export async function publish(options: PublishOptions): Promise<PublishResult> {
  const blockSize = options.blockSize ?? DEFAULT_BLOCK_BYTES;
  assertBlockSize(blockSize);
  const sources = await checkedSources(options.sources ?? []);
  const signal = options.signal ?? new AbortController().signal;
  const clock = options.clock ?? systemClock;
  // Before hours are spent on reading.
  const key = options.hmacKeyFile === undefined ? undefined : readHmacKey(options.hmacKeyFile);
  try {
    signal.throwIfAborted();
    await withCatalogueRetry(clock, () => checkWritable(options.database), signal);
    const tree = await openTree(options.directory, options.database, clock);
    try {
      return await publishTree(tree, { ...options, sources, blockSize, signal, clock, key });
    } finally {
      await tree.close();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new GhostError(
      'INTERRUPTED',
      `Publishing ${options.directory} was interrupted; the catalogue is unchanged.`,
      {
        cause: error,
      },
    );
  }
}

async function openTree(directory: string, database: string, clock: Clock): Promise<Tree> {
  const scheme = existsSync(directory)
    ? undefined
    : /^([a-z][a-z0-9+.-]+):/i.exec(directory)?.[1]?.toLowerCase();
  // Without links, as the walk sees it.
  const catalogue = join(realpathSync(dirname(resolve(database))), basename(database));
  const own = ['', '-journal', '-wal', '-shm'].map((suffix) => catalogue + suffix);
  if (scheme === undefined) return await openDirectoryTree(directory, own);
  if (scheme === 'file') return await openDirectoryTree(pathOf(directory), own);
  if (scheme === 'http' || scheme === 'https') return openHttpTree(directory, { clock, random: Math.random });
  throw new GhostError(
    'SOURCE_INVALID',
    `Cannot publish from ${directory}: the scheme "${scheme}:" cannot be listed; give a directory, or a file:, http: or https: URL.`,
  );
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new GhostError('SOURCE_INVALID', `Cannot publish from ${url}: ${messageOf(cause)}.`, { cause });
  }
}

type Publication = PublishOptions &
  Required<Pick<PublishOptions, 'sources' | 'blockSize' | 'signal' | 'clock'>> & {
    readonly key: HmacKey | undefined;
  };

async function publishTree(tree: Tree, publication: Publication): Promise<PublishResult> {
  const { database, blockSize, signal, clock, key, onProgress } = publication;
  const contentId = publication.contentId ?? randomUUID();
  const sealing = key && { keyId: key.id, secret: key.secretOf(contentId) };
  const staging = new Staging();
  const notice = publication.onNotice ?? (() => {});
  const left = new LeftOut();
  const skip: SkipReporter = (path, reason, kind) => {
    left.add({ path, reason }, kind);
  };
  try {
    await list(tree, staging, skip, signal, onProgress);
    await read(tree, staging, blockSize, { secret: sealing?.secret, skip, notice, signal, onProgress });
    const { files, directories, bytes = 0 } = staging.totals();
    const totals = { files, directories, bytes };
    const job = {
      name: publication.name ?? '',
      sources: publication.sources.length === 0 ? [tree.source] : publication.sources,
      blockSize,
      contentId,
      publishedAt: Math.floor(Date.now() / 1000),
      totals,
      blocks: staging.blocks(),
      sealing,
    };
    signal.throwIfAborted();
    const jobId = await withCatalogueRetry(
      clock,
      () => writeJob(database, job, staging.artifacts()),
      signal,
      { budgetMs: WRITE_PATIENCE_MS, onBusy: (error) => notice(waiting(error)) },
    );
    return { jobId, ...totals, blockSize, contentId, ...left.summary() };
  } finally {
    staging.close();
  }
}

function waiting({ message }: GhostError): string {
  return `${message} Everything is read; writing it is tried for ${WRITE_PATIENCE_MS / 60_000} minutes.`;
}

type OnProgress = ((progress: PublishProgress) => void) | undefined;

async function list(
  tree: Tree,
  staging: Staging,
  skip: SkipReporter,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<void> {
  let files = 0;
  let bytes = 0;
  for await (const entry of tree.entries(skip, signal)) {
    signal.throwIfAborted();
    if (!staging.add(entry) || entry.isDirectory) continue;
    files += 1;
    bytes += entry.size ?? 0;
    const path = entry.path.join('/');
    onProgress?.({ phase: 'listing', files, bytes, totalFiles: undefined, totalBytes: undefined, path });
  }
}

async function read(
  tree: Tree,
  staging: Staging,
  blockSize: number,
  run: {
    secret: JobSecret | undefined;
    skip: SkipReporter;
    notice: (sentence: string) => void;
    signal: AbortSignal;
    onProgress: OnProgress;
  },
): Promise<void> {
  const listed = staging.totals();
  let files = 0;
  let bytes = 0;
  await digestFiles({
    tree,
    staging,
    blockSize,
    secret: run.secret,
    signal: run.signal,
    skip: run.skip,
    notice: run.notice,
    advance: (moreBytes, moreFiles, path) => {
      bytes += moreBytes;
      files += moreFiles;
      run.onProgress?.({
        phase: 'reading',
        files,
        bytes,
        totalFiles: listed.files,
        totalBytes: listed.bytes,
        path,
      });
    },
  });
}
