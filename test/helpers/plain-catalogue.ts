/** A catalogue of one job as Magnetar would write it, with a simulated source: no published tree, no digests. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { newDirectory } from './system.ts';

export interface PlainFile {
  /** Below the root; a folder is made for each name before the last. */
  readonly path: string;
  readonly size: number;
}

/** Returns the path of the catalogue; its job is number 1. */
export function plainCatalogue(source: string, files: readonly PlainFile[]): string {
  const path = join(newDirectory('catalogue'), 'magnetar.db');
  const database = new Database(path);
  database.exec(`
    CREATE TABLE jobs(id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT, destination TEXT, created_at TEXT);
    CREATE TABLE artifacts(id TEXT PRIMARY KEY, job_id INTEGER, parent_id TEXT, name TEXT, size INTEGER, is_dir BOOLEAN,
      mtime INTEGER);
    CREATE INDEX by_parent ON artifacts(parent_id);
    CREATE INDEX by_job ON artifacts(job_id);
    CREATE INDEX by_name ON artifacts(parent_id, name);
  `);
  database.prepare(`INSERT INTO jobs (source, destination) VALUES (?, 'test')`).run(source);
  const insert = database.prepare('INSERT OR IGNORE INTO artifacts VALUES (?, 1, ?, ?, ?, ?, 1700000000)');
  database.transaction(() => {
    insert.run('root', null, 'root', 0, 1);
    for (const { path: file, size } of files) {
      const names = file.split('/');
      for (const [index, name] of names.entries()) {
        const isFile = index === names.length - 1;
        const parent = index === 0 ? 'root' : names.slice(0, index).join('/');
        insert.run(names.slice(0, index + 1).join('/'), parent, name, isFile ? size : 0, isFile ? 0 : 1);
      }
    }
  })();
  database.close();
  return path;
}
