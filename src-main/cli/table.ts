/** Aligned columns of text for a terminal. */
import { printable } from '../output/printable.ts';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Characters; longer cells are cut. */
  readonly max?: number;
}

/** Wide enough for real names and paths, narrow enough that one absurd name does not spoil the table. Characters. */
const CELL_CHARACTERS_MAX = 60;
const GAP = '  ';
const SEGMENTER = new Intl.Segmenter();

/** Every row has as many cells as there are columns; an empty cell is shown as a dash. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => row.map((text, index) => cell(text, columns[index]?.max))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ''))));
  return lines
    .map((line) =>
      columns
        .map(({ align }, index) => padded(line[index] ?? '', widths[index] ?? 0, align))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

function cell(text: string, max = CELL_CHARACTERS_MAX): string {
  const characters = charactersOf(printable(text));
  if (characters.length === 0) return '-';
  if (characters.length <= max) return characters.join('');
  return `${characters.slice(0, max - 1).join('')}…`;
}

/** What a person counts as one character. */
function charactersOf(text: string): readonly string[] {
  return Array.from(SEGMENTER.segment(text), ({ segment }) => segment);
}

function widthOf(text: string): number {
  return charactersOf(text).length;
}

function padded(text: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(width - widthOf(text));
  return align === 'left' ? text + space : space + text;
}
