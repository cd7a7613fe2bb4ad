/**
 * Tells whether a publication is in a catalogue, by the name it gave its content. Invariant: what it says is lasting; a write
 * that was cut off is rolled back first.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { guardCatalogue, hasTable } from '../metadata/magnetar/catalogue-file.ts';

export interface FoundJob {
  readonly jobId: number;
  readonly files: number;
  readonly bytes: number;
}

/** Undefined when it is not there, nor the catalogue. Throws CATALOGUE_BUSY or CATALOGUE_INVALID. */
export function findPublished(path: string, contentId: string): FoundJob | undefined {
  const file = resolve(path);
  if (!existsSync(file)) return undefined;
  return guardCatalogue(file, () => {
    // Writable, for only who may write can roll back; SQLite falls back to reading where that is forbidden.
    const database = new Database(file, { fileMustExist: true, timeout: 0 });
    try {
      if (!hasTable(database, 'ghost_job') || !hasTable(database, 'artifacts')) return undefined;
      return database
        .prepare<[string], FoundJob>(
          `SELECT job_id AS jobId, files, bytes FROM ghost_job
           WHERE content_id = ? AND EXISTS (SELECT 1 FROM artifacts WHERE artifacts.job_id = ghost_job.job_id)`,
        )
        .get(contentId);
    } finally {
      database.close();
    }
  });
}
