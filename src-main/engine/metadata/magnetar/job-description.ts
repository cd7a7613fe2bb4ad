/**
 * What a catalogue says of a job beside its tree, from our tables where `publish` wrote them and from Magnetar's `jobs`
 * otherwise. Invariant: every table read here may be absent.
 */
import type Database from 'better-sqlite3';
import { isBlockSize } from '../../config.ts';
import { GhostError } from '../../errors.ts';
import type { JobDescription, JobTotals } from '../metadata-oracle.ts';
import { hasTable } from './catalogue-file.ts';

export interface JobRecord {
  readonly description: JobDescription;
  /** Totals that `publish` stored, or undefined. */
  readonly totals: JobTotals | undefined;
  /** Whether a table of jobs lists this one. */
  readonly listed: boolean;
}

/** Each is run only where its table exists. */
export const JOB_SQL = {
  listed: 'SELECT source FROM main.jobs WHERE id = ?',
  published: 'SELECT * FROM main.ghost_job WHERE job_id = ?',
  sources: 'SELECT uri FROM main.ghost_sources WHERE job_id = ? ORDER BY rank',
  // One speaks for all: digests of another size are refused when their file is read.
  digested: 'SELECT block_size FROM main.ghost_digests WHERE job_id = ? ORDER BY artifact_id LIMIT 1',
} as const;

interface GhostJobRow {
  readonly block_size: unknown;
  readonly key_id: unknown;
  readonly content_id: unknown;
  readonly files: unknown;
  readonly directories: unknown;
  readonly bytes: unknown;
}

/**
 * The block size is the job's own, else that of its digests, which verify nothing else. Throws CATALOGUE_INVALID when it is
 * none.
 */
export function readJob(database: Database.Database, job: number): JobRecord {
  const listedSource = hasTable(database, 'jobs')
    ? database.prepare<[number], { readonly source: unknown }>(JOB_SQL.listed).get(job)
    : undefined;
  const row = hasTable(database, 'ghost_job')
    ? database.prepare<[number], GhostJobRow>(JOB_SQL.published).get(job)
    : undefined;
  const ranked = hasTable(database, 'ghost_sources')
    ? database.prepare<[number]>(JOB_SQL.sources).pluck().all(job)
    : [];
  const sources = (ranked.length > 0 ? ranked : [listedSource?.source]).filter(isFilledText);
  return {
    description: {
      id: job,
      sources,
      blockSize: blockSizeOf(database.name, job, row?.block_size ?? digestedBlockSize(database, job)),
      contentId: isFilledText(row?.content_id) ? row.content_id : undefined,
      keyId: isFilledText(row?.key_id) ? row.key_id : undefined,
    },
    totals: totalsOf(row),
    listed: listedSource !== undefined,
  };
}

function digestedBlockSize(database: Database.Database, job: number): unknown {
  return hasTable(database, 'ghost_digests')
    ? database.prepare<[number]>(JOB_SQL.digested).pluck().get(job)
    : undefined;
}

function blockSizeOf(file: string, job: number, value: unknown): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number' && isBlockSize(value)) return value;
  throw new GhostError(
    'CATALOGUE_INVALID',
    `The catalogue ${file} gives job ${job} a block size that is no power of two from 64 KiB to 16 MiB; publish it again.`,
    { job },
  );
}

function totalsOf(row: GhostJobRow | undefined): JobTotals | undefined {
  if (row === undefined) return undefined;
  const { files, directories, bytes } = row;
  return isCount(files) && isCount(directories) && isCount(bytes) ? { files, directories, bytes } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isFilledText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
