/**
 * Finds what a catalogue's job holds that a mount hides or cannot reach, so that it can be reported once. Scans the job, so
 * it runs off the hot path. Invariant: it ends whatever the rows say, and its memory does not grow with their number
 * (copies and visited sets live in SQLite's temporary file).
 */
import type Database from 'better-sqlite3';
import { systemClock } from '../../clock.ts';
import { closeOnError, guardCatalogue, openCatalogueFile } from './catalogue-file.ts';
import { openMirror } from './mirror.ts';
import { nameFault, namedSql, soundSql, timedSql, type NameFault } from './row-rules.ts';

export type AuditKind =
  | NameFault
  | 'id-missing'
  | 'id-duplicate'
  | 'size-invalid'
  | 'mtime-invalid'
  | 'duplicate-name'
  | 'extra-root'
  | 'orphan'
  | 'foreign-parent'
  | 'child-of-file'
  | 'unreachable';

export interface AuditProblem {
  readonly kind: AuditKind;
  readonly count: number;
  /** A few of the rows, as JSON strings of their keys and names. */
  readonly examples: readonly string[];
}

export interface AuditReport {
  readonly file: string;
  readonly job: number;
  readonly rows: number;
  /** One per kind that occurs. */
  readonly problems: readonly AuditProblem[];
}

const EXAMPLES_MAX = 5;
/** Bytes of a key or name shown in an example. */
const EXAMPLE_LENGTH_MAX = 80;

interface Found {
  readonly kind: AuditKind;
  readonly id: string;
  readonly name: string | null;
}

/** Throws like `openMagnetar`, but accepts a job without rows or root. */
export function auditJob(path: string, job: number): AuditReport {
  const database = openCatalogueFile(path);
  return closeOnError(database, () => {
    const report = guardCatalogue(database.name, () => audit(database, job), job);
    database.close();
    return report;
  });
}

function audit(database: Database.Database, job: number): AuditReport {
  const { scope, refresh } = openMirror(database, job, systemClock);
  refresh();
  const faultOf = (name: unknown): NameFault | null => {
    if (typeof name === 'string') return nameFault(Buffer.from(name)) ?? null;
    return Buffer.isBuffer(name) ? (nameFault(name) ?? null) : 'name-not-text';
  };
  database.function('ghost_name_fault', { deterministic: true }, faultOf);
  const tally = new Tally();
  for (const sql of auditSql(scope.table, scope.utf8)) {
    if (sql.kind === undefined) database.exec(sql.text);
    else for (const row of database.prepare<[], Found>(sql.text).iterate()) tally.add(row.kind, row);
  }
  const keys = countKeys(database, job, scope.table);
  tally.count('id-missing', keys.missing);
  tally.count('id-duplicate', keys.rows - keys.missing - keys.kept);
  return { file: database.name, job, rows: keys.rows, problems: tally.problems() };
}

interface AuditStep {
  /** The kind its rows are of, 'various' when they say so themselves, undefined for a step that prepares. */
  readonly kind: AuditKind | 'various' | undefined;
  readonly text: string;
}

function auditSql(table: string, utf8: boolean): readonly AuditStep[] {
  const bytes = (alias: string): string => (utf8 ? `CAST(${alias}.name AS BLOB)` : `${alias}.name`);
  // The length is judged first: a huge name is not carried into JavaScript to be measured.
  const fault = (alias: string): string =>
    `CASE WHEN typeof(${alias}.name) <> 'text' THEN 'name-not-text' WHEN ${alias}.name = '' THEN 'name-empty' ` +
    `WHEN NOT (${namedSql(alias)}) THEN 'name-too-long' ELSE ghost_name_fault(${bytes(alias)}) END`;
  const earlier =
    `EXISTS (SELECT 1 FROM ${table} d WHERE d.parent_id = a.parent_id AND d.name = a.name AND d.rowid < a.rowid ` +
    `AND ${soundSql('d')})`;
  const shown = `${soundSql('a')} AND ${fault('a')} IS NULL AND NOT ${earlier}`;
  const rootless = `(a.parent_id IS NULL OR a.parent_id = '')`;
  const found = (kind: AuditKind, condition: string): AuditStep => ({
    kind,
    text: `SELECT '${kind}' AS kind, a.id, substr(a.name, 1, ${EXAMPLE_LENGTH_MAX}) AS name FROM ${table} a WHERE ${condition}`,
  });
  const parent = (condition: string): string =>
    `EXISTS (SELECT 1 FROM ${table} p WHERE p.id = a.parent_id AND ${condition})`;
  return [
    {
      kind: undefined,
      text: `
        CREATE TABLE temp.ghost_lost (id TEXT PRIMARY KEY) WITHOUT ROWID;
        INSERT INTO temp.ghost_lost SELECT DISTINCT a.parent_id FROM ${table} a
          WHERE NOT ${rootless} AND NOT ${parent('TRUE')};
        CREATE TABLE temp.ghost_foreign (id TEXT PRIMARY KEY) WITHOUT ROWID;
        INSERT OR IGNORE INTO temp.ghost_foreign SELECT CAST(id AS TEXT) FROM main.artifacts
          WHERE CAST(id AS TEXT) IN (SELECT id FROM temp.ghost_lost);
        CREATE TABLE temp.ghost_root (id TEXT);
        INSERT INTO temp.ghost_root SELECT a.id FROM ${table} a
          WHERE ${rootless} AND a.is_dir IS TRUE AND ${soundSql('a')} ORDER BY a.rowid LIMIT 1;
        CREATE TABLE temp.ghost_reached (id TEXT PRIMARY KEY) WITHOUT ROWID;
        INSERT INTO temp.ghost_reached
          WITH RECURSIVE reached(id) AS (
            SELECT id FROM temp.ghost_root
            UNION
            SELECT a.id FROM reached CROSS JOIN ${table} p ON p.id = reached.id CROSS JOIN ${table} a ON a.parent_id = p.id
              WHERE p.is_dir IS TRUE AND ${shown}
          ) SELECT id FROM reached;
      `,
    },
    {
      kind: 'various',
      text:
        `SELECT kind, id, substr(name, 1, ${EXAMPLE_LENGTH_MAX}) AS name FROM ` +
        `(SELECT ${fault('a')} AS kind, a.id, a.name FROM ${table} a WHERE NOT ${rootless}) WHERE kind IS NOT NULL`,
    },
    found('size-invalid', `a.id <> '' AND NOT (${soundSql('a')})`),
    found('mtime-invalid', `NOT coalesce(${timedSql('a')}, FALSE)`),
    found('duplicate-name', `NOT ${rootless} AND ${soundSql('a')} AND ${earlier}`),
    found('extra-root', `${rootless} AND a.is_dir IS TRUE AND a.id NOT IN (SELECT id FROM temp.ghost_root)`),
    found(
      'orphan',
      `(${rootless} AND a.is_dir IS NOT TRUE) OR (a.parent_id IN (SELECT id FROM temp.ghost_lost) ` +
        `AND a.parent_id NOT IN (SELECT id FROM temp.ghost_foreign))`,
    ),
    found('foreign-parent', `a.parent_id IN (SELECT id FROM temp.ghost_foreign)`),
    found('child-of-file', parent('p.is_dir IS NOT TRUE')),
    found(
      'unreachable',
      `NOT ${rootless} AND ${shown} AND ${parent('p.is_dir IS TRUE')} AND a.id NOT IN (SELECT id FROM temp.ghost_reached)`,
    ),
  ];
}

function countKeys(
  database: Database.Database,
  job: number,
  table: string,
): { readonly rows: number; readonly missing: number; readonly kept: number } {
  const all = database
    .prepare<[], { readonly rows: number; readonly missing: number }>(
      `SELECT count(*) AS rows, coalesce(sum(typeof(id) NOT IN ('text', 'integer') OR id = ''), 0) AS missing ` +
        `FROM main.artifacts WHERE job_id = CAST(${job} AS INTEGER)`,
    )
    .get();
  const kept = database.prepare<[], number>(`SELECT count(*) FROM ${table} WHERE id <> ''`).pluck().get();
  return { rows: all?.rows ?? 0, missing: all?.missing ?? 0, kept: kept ?? 0 };
}

class Tally {
  readonly #found = new Map<AuditKind, { count: number; examples: string[] }>();

  add(kind: AuditKind, row: Found): void {
    const entry = this.#entry(kind);
    entry.count += 1;
    if (entry.examples.length >= EXAMPLES_MAX) return;
    entry.examples.push(
      `${JSON.stringify(row.id.slice(0, EXAMPLE_LENGTH_MAX))} (${JSON.stringify(String(row.name))})`,
    );
  }

  count(kind: AuditKind, count: number): void {
    if (count > 0) this.#entry(kind).count += count;
  }

  problems(): readonly AuditProblem[] {
    return [...this.#found].map(([kind, { count, examples }]) => ({ kind, count, examples }));
  }

  #entry(kind: AuditKind): { count: number; examples: string[] } {
    const entry = this.#found.get(kind) ?? { count: 0, examples: [] };
    this.#found.set(kind, entry);
    return entry;
  }
}

const CONSEQUENCES: Readonly<Record<AuditKind, string>> = {
  'name-not-text': 'hidden, because the name is not text',
  'name-empty': 'hidden, because the name is empty',
  'name-dot': 'hidden, because the name is "." or ".."',
  'name-slash': 'hidden, because the name contains "/"',
  'name-nul': 'hidden, because the name contains a NUL byte',
  'name-too-long': 'hidden, because the name is longer than 255 bytes',
  'name-not-utf8': 'hidden, because the name is not valid UTF-8',
  'id-missing': 'hidden, because there is no id',
  'id-duplicate': 'hidden, because an earlier row has the same id',
  'size-invalid': 'hidden, because the size of the file is not a number from 0 to 2^53 - 1',
  'mtime-invalid': 'shown as of 1970, because the modification time makes no sense',
  'duplicate-name': 'hidden, because an earlier row has the same name in the same directory',
  'extra-root': 'hidden, because the job already has a root',
  orphan: 'out of reach, because no directory of that id exists',
  'foreign-parent': 'out of reach, because the directory belongs to another job',
  'child-of-file': 'out of reach, because the parent is a file',
  unreachable: 'out of reach, because the directory above is hidden, out of reach or part of a cycle',
};

/** The report as sentences for a log, one per kind of problem; none when the job is sound. */
export function auditSentences(report: AuditReport): readonly string[] {
  return report.problems.map(({ kind, count, examples }) => {
    const rows = count === 1 ? '1 row is' : `${count} rows are`;
    const list =
      examples.length === 0 ? '' : `: ${examples.join(', ')}${count > examples.length ? ', …' : ''}`;
    return `In job ${report.job} of ${report.file} ${rows} ${CONSEQUENCES[kind]}${list}.`;
  });
}
