/**
 * Worker thread: examines one catalogue, which may take long and cannot be interrupted, and posts what it finds: first the
 * jobs and how to ask for them, then damage to the file, then rows that a mount hides.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../engine/clock.ts';
import { messageOf } from '../../engine/errors.ts';
import { auditJob, auditSentences } from '../../engine/metadata/magnetar/audit.ts';
import { guardCatalogue, openCatalogueFile } from '../../engine/metadata/magnetar/catalogue-file.ts';
import { openMagnetar } from '../../engine/metadata/magnetar/magnetar-adapter.ts';
import type { ArtifactId, MetadataOracle } from '../../engine/metadata/metadata-oracle.ts';
import { withCatalogueRetry } from '../../engine/metadata/retry.ts';
import { listJobs } from '../../engine/publish/jobs.ts';
import type { SourceObject } from '../../engine/wormhole/source.ts';
import type { CatalogueFinding, CatalogueOrder, ExaminedJob } from './catalogue-messages.ts';

/** More of one catalogue would take longer than a person waits. */
const JOBS_MAX = 50;
/** Where a job begins with so many folders and empty files, its source is asked without one. */
const ROWS_MAX = 1_000;
const DAMAGES_MAX = 3;

const { database } = workerData as CatalogueOrder;

function post(finding: CatalogueFinding): void {
  parentPort?.postMessage(finding);
}

async function examine(): Promise<void> {
  const all = await withCatalogueRetry(systemClock, () => listJobs(database));
  const ids = all.slice(0, JOBS_MAX).map(({ id }) => id);
  const jobs: ExaminedJob[] = [];
  for (const id of ids) {
    try {
      jobs.push(await withCatalogueRetry(systemClock, () => lookInto(id)));
    } catch (error) {
      post({ kind: 'problem', sentence: messageOf(error) });
    }
  }
  post({ kind: 'jobs', jobs, total: all.length });
  await withCatalogueRetry(systemClock, checkFile);
  for (const id of ids) {
    const report = await withCatalogueRetry(systemClock, () => auditJob(database, id));
    for (const sentence of auditSentences(report)) post({ kind: 'warning', sentence });
  }
}

function lookInto(id: number): ExaminedJob {
  const oracle = openMagnetar(database, id);
  try {
    return { id, sources: oracle.job.sources, object: someFile(oracle) };
  } finally {
    oracle.close();
  }
}

function someFile(oracle: MetadataOracle): SourceObject | undefined {
  const directories: ArtifactId[] = [oracle.root().id];
  let found: SourceObject | undefined;
  let rows = 0;
  for (const directory of directories) {
    oracle.readdir(directory, 0, ({ id, isDirectory, size, mtime }) => {
      rows += 1;
      if (isDirectory) directories.push(id);
      else if (size > 0) found = { id, path: oracle.sourcePath(id), size, mtime };
      return found === undefined && rows < ROWS_MAX;
    });
    if (found !== undefined || rows >= ROWS_MAX) break;
  }
  return found;
}

function checkFile(): void {
  const file = openCatalogueFile(database);
  try {
    const rows = guardCatalogue(database, () =>
      file.prepare<[], string>(`PRAGMA quick_check(${DAMAGES_MAX})`).pluck().all(),
    );
    const damages = rows.filter((row) => row !== 'ok').map((row) => row.replaceAll(/\s*\n\s*/g, '; '));
    if (damages.length === 0) return;
    const sentence = `The catalogue ${database} is damaged: ${damages.join('; ')}.`;
    post({ kind: 'problem', sentence });
  } finally {
    file.close();
  }
}

try {
  await examine();
} catch (error) {
  post({ kind: 'problem', sentence: messageOf(error) });
}
post({ kind: 'done' });
