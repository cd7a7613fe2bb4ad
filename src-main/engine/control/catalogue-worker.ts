/**
 * Entry of the catalogue thread: looks into catalogues for screens, so that a directory of 100,000 entries or a catalogue
 * without indexes never holds up the event loop that answers readers. Keeps a few catalogues open.
 */
import { realpathSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import { GhostError, messageOf } from '../errors.ts';
import { namespaceOf } from '../job-layout.ts';
import { openCatalogueFile } from '../metadata/magnetar/catalogue-file.ts';
import { readJob } from '../metadata/magnetar/job-description.ts';
import { withCatalogueRetry } from '../metadata/retry.ts';
import { listJobs } from '../publish/jobs.ts';
import type { CataloguePlace, FromCatalogues, NamedJob, ToCatalogues } from './catalogue-messages.ts';
import { OpenCatalogue } from './open-catalogue.ts';

/** A person looks at few jobs at a time. */
const MAX_OPEN = 4;

/** The one looked at longest ago first. */
const open = new Map<string, OpenCatalogue>();

function opened({ database, job }: CataloguePlace): OpenCatalogue {
  const name = `${job} ${database}`;
  const known = open.get(name);
  open.delete(name);
  const current = known?.isReplaced === false ? known : undefined;
  if (current === undefined) known?.close();
  const catalogue = current ?? OpenCatalogue.open({ database, job });
  open.set(name, catalogue);
  const [oldest] = open;
  if (open.size > MAX_OPEN && oldest !== undefined) {
    open.delete(oldest[0]);
    oldest[1].close();
  }
  return catalogue;
}

function jobs(path: string): readonly NamedJob[] {
  const summaries = listJobs(path);
  const database = openCatalogueFile(path);
  const file = realpathSync(path);
  const namespace = (job: number): string | undefined => {
    try {
      const { description } = readJob(database, job);
      return namespaceOf(description, file, description.sources);
    } catch (error) {
      if (error instanceof GhostError && error.code === 'CATALOGUE_INVALID') return undefined;
      throw error;
    }
  };
  try {
    return summaries.map((summary) => ({ ...summary, namespace: namespace(summary.id) }));
  } finally {
    database.close();
  }
}

function answer(request: ToCatalogues): unknown {
  switch (request.name) {
    case 'jobs':
      return jobs(request.input.database);
    case 'namespace':
      return opened(request.input).namespace;
    case 'files': {
      const { path, offset, limit } = request.input;
      return opened(request.input).files(path, offset, limit);
    }
    case 'file':
      return opened(request.input).file(request.input.path);
    case 'below': {
      const { path, from, limit } = request.input;
      return opened(request.input).below(path, from, limit);
    }
  }
}

async function handle(request: ToCatalogues): Promise<FromCatalogues> {
  const { id } = request;
  try {
    return { id, output: await withCatalogueRetry(systemClock, () => answer(request)) };
  } catch (error) {
    const code = error instanceof GhostError ? error.code : 'INTERNAL';
    return { id, error: { code, sentence: messageOf(error) } };
  }
}

parentPort?.on('message', (request: ToCatalogues) => {
  void handle(request).then((reply) => parentPort?.postMessage(reply));
});
