/**
 * The adapter's SQL, written once for both tables it may run against: the catalogue's own `artifacts`, or the indexed
 * mirror of one job. Invariant: every statement names the job and navigates by an index, without a sort.
 */
import type Database from 'better-sqlite3';
import { namedSql, soundSql, timedSql } from './row-rules.ts';

/** Ordinal, id, name as stored bytes (text in a UTF-16 catalogue), is a directory (0 or 1), size, mtime, parent id. */
export type ArtifactRow = readonly [
  ordinal: number,
  id: string,
  name: Buffer | string,
  isDirectory: number,
  size: number,
  mtime: number,
  parent: string | null,
];

export interface SqlScope {
  /** Qualified table: `main.artifacts` or the mirror. */
  readonly table: string;
  readonly job: number;
  /** Whether the catalogue stores text as UTF-8, so that a cast to BLOB yields the name's bytes. */
  readonly utf8: boolean;
}

export type NavigationName =
  'byId' | 'byOrdinal' | 'lookup' | 'page' | 'rootById' | 'rootWithNull' | 'rootWithEmpty';

/** Statements that answer the kernel; all of them must plan to an index search (see `plansToIndexes`). */
export function navigationSql({ table, job, utf8 }: SqlScope): Readonly<Record<NavigationName, string>> {
  const columns =
    `a.rowid, a.id, ${utf8 ? 'CAST(a.name AS BLOB)' : 'a.name'}, a.is_dir IS TRUE, ` +
    `CASE WHEN a.is_dir IS TRUE THEN 0 ELSE a.size END, ` +
    `CASE WHEN ${timedSql('a')} THEN CAST(a.mtime AS INTEGER) ELSE 0 END, a.parent_id`;
  // The unary plus keeps the planner from walking all rows of the job through the index on job_id.
  const from = `SELECT ${columns} FROM ${table} a WHERE +a.job_id = ${job} AND ${soundSql('a')}`;
  const child = `${from} AND ${namedSql('a')}`;
  // Of rows with one name in one directory the lowest ordinal wins.
  const first =
    `NOT EXISTS (SELECT 1 FROM ${table} d WHERE d.parent_id = a.parent_id COLLATE BINARY AND d.name = a.name COLLATE BINARY ` +
    `AND d.rowid < a.rowid AND +d.job_id = ${job} AND ${soundSql('d')})`;
  const below = `a.parent_id <> ''`;
  const root = `${from} AND a.is_dir IS TRUE`;
  return {
    byId: `${child} AND a.id = ? COLLATE BINARY AND ${below} AND ${first}`,
    byOrdinal: `${child} AND a.rowid = ? AND ${below} AND ${first}`,
    lookup: `${child} AND a.parent_id = ? COLLATE BINARY AND a.name = ? COLLATE BINARY ORDER BY a.rowid LIMIT 1`,
    page: `${child} AND a.parent_id = ? COLLATE BINARY AND a.rowid > ? AND ${first} ORDER BY a.rowid LIMIT ?`,
    rootById: `${root} AND a.id = ? COLLATE BINARY AND (a.parent_id IS NULL OR a.parent_id = '')`,
    rootWithNull: `${root} AND a.parent_id IS NULL ORDER BY a.rowid LIMIT 1`,
    rootWithEmpty: `${root} AND a.parent_id = '' COLLATE BINARY ORDER BY a.rowid LIMIT 1`,
  };
}

/** Files, directories (the root included) and bytes of a job that stores no totals. */
export function totalsSql({ table, job }: SqlScope): string {
  return (
    `SELECT coalesce(sum(a.is_dir IS NOT TRUE), 0) AS files, coalesce(sum(a.is_dir IS TRUE), 0) AS directories, ` +
    `min(total(CASE WHEN a.is_dir IS TRUE THEN 0 ELSE a.size END), ${Number.MAX_SAFE_INTEGER}) AS bytes ` +
    `FROM ${table} a WHERE a.job_id = ${job} AND ${soundSql('a')}`
  );
}

/** Whether the job has any row, sound or not. */
export function populatedSql({ table, job }: SqlScope): string {
  return `SELECT 1 FROM ${table} a WHERE a.job_id = ${job} LIMIT 1`;
}

/** Steps of SQLite's plan for a statement. */
export function queryPlan(database: Database.Database, sql: string): readonly string[] {
  const explain = database.prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  const parameters = sql.split('?').length - 1;
  return explain.all(...Array.from({ length: parameters }, () => null)).map((step) => step.detail);
}

/** Whether every step of the plan finds its rows by an equality in an index that exists, and none sorts. */
export function plansToIndexes(database: Database.Database, sql: string): boolean {
  // A range alone, such as (rowid>?), may be the whole table; an AUTOMATIC index is built from all of it for one query.
  return queryPlan(database, sql).every((step) =>
    /^SEARCH (?!.*AUTOMATIC).*\(\w+=\?|^CORRELATED SCALAR SUBQUERY/.test(step),
  );
}
