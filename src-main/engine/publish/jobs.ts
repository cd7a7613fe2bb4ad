/** Lists the jobs of a catalogue for people, whoever wrote it. Stands behind `orbit-ghost jobs`; opens read-only. */
import type Database from 'better-sqlite3';
import {
  artifactColumns,
  guardCatalogue,
  hasTable,
  openCatalogueFile,
} from '../metadata/magnetar/catalogue-file.ts';

export interface JobSummary {
  readonly id: number;
  /** Empty when the catalogue has none. */
  readonly name: string;
  /** Best first; empty when the catalogue names none. */
  readonly sources: readonly string[];
  readonly files: number;
  /** The root included. */
  readonly directories: number;
  readonly bytes: number;
  /** undefined when the catalogue leaves it to the mount. */
  readonly blockSize: number | undefined;
  /** When the job was made, as the catalogue writes it (`YYYY-MM-DD HH:MM:SS`, UTC); undefined when it does not say. */
  readonly created: string | undefined;
}

interface Totals {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
}

/** In the order of their ids. Throws like `openMagnetar`. */
export function listJobs(path: string): readonly JobSummary[] {
  const database = openCatalogueFile(path);
  try {
    return guardCatalogue(database.name, () => {
      artifactColumns(database);
      return summaries(database);
    });
  } finally {
    database.close();
  }
}

function summaries(database: Database.Database): readonly JobSummary[] {
  const jobs = byJob(database, 'jobs', 'id');
  const ghosts = byJob(database, 'ghost_job', 'job_id');
  const sources = sourcesByJob(database);
  const ids = new Set([...jobs.keys(), ...jobsOfArtifacts(database)]);
  // Sizes are added up only for what nobody has counted; for a published catalogue that is nothing.
  const counted = [...ids].every((id) => totalsOf(ghosts.get(id)) !== undefined);
  const totals = counted ? new Map<number, Totals>() : countArtifacts(database);
  return [...ids]
    .toSorted((a, b) => a - b)
    .map((id) => {
      const job = jobs.get(id);
      const ghost = ghosts.get(id);
      const source = textOf(job?.['source']);
      const blockSize = ghost?.['block_size'];
      return {
        id,
        name: textOf(job?.['destination']) ?? '',
        sources: sources.get(id) ?? (source === undefined ? [] : [source]),
        ...(totalsOf(ghost) ?? totals.get(id) ?? { files: 0, directories: 0, bytes: 0 }),
        blockSize: typeof blockSize === 'number' ? blockSize : undefined,
        created: textOf(job?.['created_at']),
      };
    });
}

type Row = Readonly<Record<string, unknown>>;

function byJob(database: Database.Database, table: string, key: string): ReadonlyMap<number, Row> {
  if (!hasTable(database, table)) return new Map();
  const rows = database.prepare<[], Row>(
    `SELECT *, ${key} AS job FROM main.${table} WHERE typeof(${key}) = 'integer'`,
  );
  return new Map(rows.all().map((row) => [Number(row['job']), row]));
}

function sourcesByJob(database: Database.Database): ReadonlyMap<number, readonly string[]> {
  if (!hasTable(database, 'ghost_sources')) return new Map();
  const rows = database
    .prepare<[], { readonly job: number; readonly uri: string }>(
      'SELECT job_id AS job, uri FROM main.ghost_sources ORDER BY job_id, rank',
    )
    .all();
  return new Map(
    [...Map.groupBy(rows, (row) => row.job)].map(([job, list]) => [job, list.map((row) => row.uri)]),
  );
}

/** Also the jobs that no table of jobs knows. Reads an index alone where there is one on the job. */
function jobsOfArtifacts(database: Database.Database): readonly number[] {
  return database
    .prepare<[], number>(
      'SELECT DISTINCT CAST(job_id AS INTEGER) FROM main.artifacts WHERE job_id IS NOT NULL',
    )
    .pluck()
    .all();
}

function countArtifacts(database: Database.Database): ReadonlyMap<number, Totals> {
  const rows = database
    .prepare<[], Totals & { readonly job: number }>(
      `SELECT CAST(job_id AS INTEGER) AS job, sum(is_dir IS NOT TRUE) AS files, sum(is_dir IS TRUE) AS directories,
         min(total(CASE WHEN is_dir IS NOT TRUE AND CAST(size AS INTEGER) BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER}
           THEN size END), ${Number.MAX_SAFE_INTEGER}) AS bytes
       FROM main.artifacts WHERE job_id IS NOT NULL GROUP BY 1`,
    )
    .all();
  return new Map(rows.map(({ job, ...totals }) => [job, totals]));
}

function totalsOf(row: Row | undefined): Totals | undefined {
  const files = row?.['files'];
  const directories = row?.['directories'];
  const bytes = row?.['bytes'];
  const stored = typeof files === 'number' && typeof directories === 'number' && typeof bytes === 'number';
  return stored ? { files, directories, bytes } : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
