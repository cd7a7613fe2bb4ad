/** What a run of the benchmark says: rows of medians, bars held or missed, as a table and as JSON. */
import type { Absent } from './contender.ts';

export interface Metric {
  readonly name: string;
  readonly unit: 'MB/s' | 'IOPS' | 'ms' | 'MB' | '%';
}

export interface Row {
  readonly contender: string;
  readonly description: string;
  /** Median per metric name. */
  readonly values: Readonly<Record<string, number>>;
  /** Every single run, for those who distrust medians. */
  readonly runs: Readonly<Record<string, readonly number[]>>;
}

export interface Bar {
  readonly what: string;
  readonly held: boolean;
  /** The figure beside its limit. */
  readonly figures: string;
}

export interface Section {
  readonly name: string;
  readonly conditions: string;
  readonly metrics: readonly Metric[];
  readonly rows: readonly Row[];
  readonly absent: readonly Absent[];
  readonly bars: readonly Bar[];
}

/** The contender every ratio refers to. */
export const REFERENCE = 'rclone mount';

/** How many times better than the reference; more is better for rates, less for times and shares. */
export function ratio({ unit }: Metric, value: number, reference: number): number {
  return unit === 'ms' || unit === '%' ? reference / value : value / reference;
}

function formatValue(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function referenceOf({ rows }: Section): Row | undefined {
  return rows.find(({ contender }) => contender === REFERENCE);
}

function cells(section: Section, row: Row): readonly string[] {
  const reference = referenceOf(section);
  return section.metrics.flatMap((metric) => {
    const value = row.values[metric.name];
    const base = reference?.values[metric.name];
    const figure = value === undefined ? '-' : `${formatValue(value)} ${metric.unit}`;
    if (reference === undefined) return [figure];
    return [
      figure,
      value === undefined || base === undefined ? '' : `${ratio(metric, value, base).toFixed(1)}x`,
    ];
  });
}

function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const columns = Math.max(...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

export function renderSection(section: Section): string {
  const beside = referenceOf(section) === undefined ? [] : ['x rclone'];
  const heading = ['', ...section.metrics.flatMap(({ name }) => [name, ...beside])];
  const table = aligned([heading, ...section.rows.map((row) => [row.contender, ...cells(section, row)])]);
  return [
    `== ${section.name}: ${section.conditions}`,
    ...table,
    ...section.rows.map(({ contender, description }) => `   ${contender}: ${description}`),
    ...section.absent.map(({ name, reason }) => `   ${name}: NOT MEASURED: ${reason.split('\n')[0] ?? ''}`),
    ...section.bars.map(({ what, held, figures }) => `${held ? 'held  ' : 'MISSED'} ${what}: ${figures}`),
    '',
  ].join('\n');
}
