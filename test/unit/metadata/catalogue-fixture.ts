/** Real catalogues in temporary directories, written row by row so that a test can put anything into them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type {
  Artifact,
  ArtifactId,
  MetadataOracle,
} from '../../../src-main/engine/metadata/metadata-oracle.ts';
import {
  openMagnetar,
  type MagnetarAdapter,
} from '../../../src-main/engine/metadata/magnetar/magnetar-adapter.ts';
import { migrateCatalogue } from '../../../src-main/engine/metadata/magnetar/schema.ts';

/** A directory that is removed when the test ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ghost-catalogue-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

type Value = string | number | bigint | Buffer | null;

export interface Row {
  readonly id: Value;
  readonly parent: Value;
  readonly name?: Value;
  readonly job?: Value;
  readonly size?: Value;
  readonly dir?: boolean;
  readonly mtime?: Value;
  readonly rowid?: Value;
  /** Stores the bytes of `name` as text, whatever they are. */
  readonly rawName?: Buffer;
}

export interface Fixture {
  readonly file: string;
  /** A writing connection, closed when the test ends. */
  readonly database: Database.Database;
  add(...rows: readonly Row[]): void;
}

/** A catalogue of that schema, or of Magnetar's and ours. */
export function catalogue(schema?: string): Fixture {
  const file = join(temporaryDirectory(), 'magnetar.db');
  const database = new Database(file);
  onTestFinished(() => {
    database.close();
  });
  if (schema === undefined) migrateCatalogue(database);
  else database.exec(schema);
  return { file, database, add: (...rows) => addAll(database, rows) };
}

function addAll(database: Database.Database, rows: readonly Row[]): void {
  database.transaction(() => {
    for (const row of rows) {
      const columns = ['id', 'job_id', 'parent_id', 'name', 'size', 'is_dir', 'mtime'];
      const values: Value[] = [
        row.id,
        row.job === undefined ? 1 : row.job,
        row.parent,
        row.rawName ?? (row.name === undefined ? row.id : row.name),
        row.size === undefined ? 0 : row.size,
        row.dir === true ? 1 : 0,
        row.mtime === undefined ? 1_700_000_000 : row.mtime,
      ];
      if (row.rowid !== undefined) {
        columns.push('rowid');
        values.push(row.rowid);
      }
      const places = columns.map((column) =>
        column === 'name' && row.rawName !== undefined ? 'CAST(? AS TEXT)' : '?',
      );
      database
        .prepare(`INSERT INTO artifacts (${columns.join(', ')}) VALUES (${places.join(', ')})`)
        .run(...values);
    }
  })();
}

export const idOf = (text: string): ArtifactId => text as ArtifactId;

/** All visible children of a directory, in order. */
export function children(oracle: MetadataOracle, parent: string, after = 0): readonly Artifact[] {
  const found: Artifact[] = [];
  oracle.readdir(idOf(parent), after, (child) => {
    found.push(child);
    return true;
  });
  return found;
}

export function names(oracle: MetadataOracle, parent: string): readonly string[] {
  return children(oracle, parent).map((child) => child.name.toString());
}

/** The code of the GhostError that `work` throws, with its message; undefined when it throws nothing. */
export function failure(
  work: () => unknown,
): { readonly code: unknown; readonly message: string } | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    const { code, message } = error as { code: unknown; message: string };
    return { code, message };
  }
}

/** The job of a catalogue, closed when the test ends. */
export function openJob(file: string, job = 1): MagnetarAdapter {
  const oracle = openMagnetar(file, job);
  onTestFinished(() => oracle.close());
  return oracle;
}

/** A root `r` with a directory `d` (docs) and in it a file `f` (grüße.txt) of 42 bytes. */
export function smallTree(fixture: Fixture): void {
  fixture.add(
    { id: 'r', parent: null, name: 'whatever', dir: true },
    { id: 'd', parent: 'r', name: 'docs', dir: true, mtime: 5 },
    { id: 'f', parent: 'd', name: 'grüße.txt', size: 42 },
  );
}
