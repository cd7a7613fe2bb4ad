/**
 * Changes the items of an array that is written over several lines, and keeps the comments beside and above those that stay.
 * Pure. Invariant: an item that goes takes its own comments along and nobody else's.
 */
import { getStaticTOMLValue, type AST } from 'toml-eslint-parser';
import type { TomlDocument } from './toml-document.ts';
import { tomlValue } from './toml-text.ts';

/** The new text of the array; undefined when it has to be written anew, such as for another order. */
export function arrayText(
  { text, ast }: TomlDocument,
  array: AST.TOMLArray,
  wanted: readonly string[],
): string | undefined {
  const [start, end] = array.range;
  if (!text.slice(start, end).includes('\n') || array.elements.length === 0) return undefined;
  const items = itemsOf(array, text, ast);
  const kept = items.filter(({ value }) => wanted.some((one) => one === value));
  if (kept.length === 0 || kept.some(({ value }, index) => value !== wanted[index])) return undefined;
  const added = wanted.slice(kept.length).map((value) => `\n${indentOf(array, text)}${tomlValue(value)},`);
  const last = kept.length - 1;
  const shown = kept.map(({ before, item, after, hasComma }, index) =>
    hasComma || (index === last && added.length === 0) ? before + item + after : `${before}${item},${after}`,
  );
  return `[${shown.join('')}${added.join('')}${text.slice(items.at(-1)?.end ?? start, end)}`;
}

interface Item {
  readonly value: unknown;
  /** From the end of the item before: its line's indent and comments above it. */
  readonly before: string;
  readonly item: string;
  /** Its comma and the comment beside it. */
  readonly after: string;
  readonly hasComma: boolean;
  readonly end: number;
}

function itemsOf(array: AST.TOMLArray, text: string, ast: AST.TOMLProgram): readonly Item[] {
  let from = array.range[0] + 1;
  return array.elements.map((element, index) => {
    const [start, itemEnd] = element.range;
    const limit = array.elements[index + 1]?.range[0] ?? array.range[1] - 1;
    const comma = ast.tokens.find(
      ({ value, range }) => value === ',' && range[0] >= itemEnd && range[1] <= limit,
    );
    const separated = comma?.range[1] ?? itemEnd;
    const { line } = comma?.loc.end ?? element.loc.end;
    const beside = ast.comments.find(
      ({ loc, range }) => loc.start.line === line && range[0] >= separated && range[1] <= limit,
    );
    const end = beside?.range[1] ?? separated;
    const item: Item = {
      value: getStaticTOMLValue(element),
      before: text.slice(from, start),
      item: text.slice(start, itemEnd),
      after: text.slice(itemEnd, end),
      hasComma: comma !== undefined,
      end,
    };
    from = end;
    return item;
  });
}

/** As far in as the first item. */
function indentOf(array: AST.TOMLArray, text: string): string {
  const start = array.elements[0]?.range[0] ?? array.range[1];
  return /\n([ \t]*)$/.exec(text.slice(0, start))?.[1] ?? '  ';
}
