/** Writes a catalogue row by row, as its owner would, good rows and bad ones: `publish` would never write the bad. */
import Database from 'better-sqlite3';
import { migrateCatalogue } from '../../src-main/engine/metadata/magnetar/schema.ts';

/** The one job of such a catalogue. */
export const JOB = 1;

/** Values as SQLite takes them, so that a test can write what makes no sense. */
export interface Row {
  readonly id: string;
  readonly parent: string | null;
  readonly name: unknown;
  readonly size?: unknown;
  readonly isDirectory?: boolean;
  readonly mtime?: unknown;
  readonly job?: number;
}

export class TestCatalogue {
  readonly path: string;
  readonly database: Database.Database;
  readonly #insert: Database.Statement;

  /** Creates the file with a job whose bytes are at `source`, and its root, `root`. */
  constructor(path: string, source: string) {
    this.path = path;
    this.database = new Database(path);
    migrateCatalogue(this.database);
    this.database.prepare('INSERT INTO jobs (id, source) VALUES (?, ?)').run(JOB, source);
    this.#insert = this.database.prepare(
      'INSERT INTO artifacts (id, job_id, parent_id, name, size, is_dir, mtime) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.add({ id: 'root', parent: null, name: '', isDirectory: true, mtime: 1_500_000_000 });
  }

  add({ id, parent, name, size = 0, isDirectory = false, mtime = 1_600_000_000, job = JOB }: Row): void {
    this.#insert.run(id, job, parent, name, size, isDirectory ? 1 : 0, mtime);
  }

  /** All rows in one transaction. */
  addAll(rows: Iterable<Row>): void {
    this.database.transaction(() => {
      for (const row of rows) this.add(row);
    })();
  }
}
