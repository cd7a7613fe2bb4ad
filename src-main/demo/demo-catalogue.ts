/**
 * The demo's catalogue: one job published from real files, one of simulated files far away. Invariant: starting the demo
 * again adds nothing when both jobs are there.
 */
import { writeJob, type PublishedArtifact } from '../engine/metadata/magnetar/catalogue-writer.ts';
import { systemClock } from '../engine/clock.ts';
import { withCatalogueRetry } from '../engine/metadata/retry.ts';
import { findPublished } from '../engine/publish/find-published.ts';
import { publish } from '../engine/publish/publish.ts';
import { DEMO_VERSION } from './demo-source.ts';

/** Half a second away, as a server on another continent behind a slow login; bandwidth of a fast home line. */
const FAR_AWAY = 'sim:?latency=500ms&bandwidth=50MB/s';
export const FAR_AWAY_NAME = 'demo far away';
/** Content follows from ids and sizes, and times never change: blocks kept from an older catalogue are found again. */
const FAR_AWAY_CONTENT = 'orbit-ghost-demo-far-away-1';
/** Folders are named after it, so it is the same in every version; what tells versions apart is the content. */
export const FILES_NAME = 'demo files';
const FILES_CONTENT = `orbit-ghost-demo-files-${DEMO_VERSION}`;
/** Any moment does, as long as it stays the same: a file's time is part of what its cached blocks are found by. Unix seconds. */
const MTIME_S = Date.UTC(2024, 0, 1) / 1000;
const BLOCK_BYTES = 1024 ** 2;
const GIB = 1024 ** 3;

/** Name and bytes of each simulated file. */
const FAR_AWAY_FILES = [
  ['1-GiB.bin', GIB],
  ['10-GiB.bin', 10 * GIB],
  ['100-GiB.bin', 100 * GIB],
] as const;

export interface DemoJobs {
  readonly files: number;
  readonly farAway: number;
}

export async function ensureDemoCatalogue(database: string, source: string): Promise<DemoJobs> {
  const find = async (contentId: string): Promise<number | undefined> => {
    const found = await withCatalogueRetry(systemClock, () => findPublished(database, contentId));
    return found?.jobId;
  };
  const publishFiles = { directory: source, database, name: FILES_NAME, contentId: FILES_CONTENT };
  return {
    files: (await find(FILES_CONTENT)) ?? (await publish(publishFiles)).jobId,
    farAway:
      (await find(FAR_AWAY_CONTENT)) ?? (await withCatalogueRetry(systemClock, () => writeFarAway(database))),
  };
}

function writeFarAway(database: string): number {
  const sizes = FAR_AWAY_FILES.map(([, size]) => size);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return writeJob(
    database,
    {
      name: FAR_AWAY_NAME,
      sources: [FAR_AWAY],
      blockSize: BLOCK_BYTES,
      contentId: FAR_AWAY_CONTENT,
      publishedAt: Math.floor(Date.now() / 1000),
      totals: { files: sizes.length, directories: 1, bytes },
      blocks: bytes / BLOCK_BYTES,
    },
    farAwayArtifacts(),
  );
}

function* farAwayArtifacts(): Generator<PublishedArtifact> {
  const mtime = MTIME_S;
  const root = 'demo-far-away';
  yield { id: root, parentId: null, name: '', isDirectory: true, size: 0, mtime, digests: null };
  for (const [name, size] of FAR_AWAY_FILES) {
    yield { id: `${root}/${name}`, parentId: root, name, isDirectory: false, size, mtime, digests: null };
  }
}
