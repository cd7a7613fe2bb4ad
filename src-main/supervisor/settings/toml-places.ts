/** Where in a TOML text a new key belongs, whichever way its table is written. Pure. */
import type { AST } from 'toml-eslint-parser';
import { keyText, segmentsOf, type TomlDocument } from './toml-document.ts';

/** Start and end in characters. */
export type Range = readonly [start: number, end: number];

export type Place =
  /** Below a table's header, or at the top of the file. `at` is the end of a line, or 0. */
  | { readonly kind: 'table'; readonly at: number; readonly region: Range }
  /** The table is there as `cache.directory = …` and can have no header any more. */
  | { readonly kind: 'dotted'; readonly at: number }
  | { readonly kind: 'inline'; readonly at: number; readonly isEmpty: boolean }
  /** `at` is the end of the text. */
  | { readonly kind: 'missing'; readonly at: number };

/** The place for a new key of a table; the empty name is the top of the file. */
export function placeOf({ ast, text }: TomlDocument, table: string): Place {
  const top = ast.body[0].body;
  const tables = top.filter((node) => node.type === 'TOMLTable');
  const statements = top.filter((node) => node.type === 'TOMLKeyValue');
  if (table === '') {
    const last = statements.at(-1);
    return {
      kind: 'table',
      at: last === undefined ? 0 : endOfLine(text, last.range[1]),
      region: [0, tables[0]?.range[0] ?? text.length],
    };
  }
  const index = tables.findIndex((node) => node.kind === 'standard' && keyText(node.resolvedKey) === table);
  const found = tables[index];
  if (found !== undefined) {
    const header = found.key.range[1];
    return {
      kind: 'table',
      at: endOfLine(text, found.body.at(-1)?.range[1] ?? header),
      region: [header, tables[index + 1]?.range[0] ?? text.length],
    };
  }
  const within = statements.filter(({ key }) => segmentsOf(key)[0] === table).at(-1);
  return within === undefined ? { kind: 'missing', at: text.length } : beside(within, text);
}

function beside({ key, value, range }: AST.TOMLKeyValue, text: string): Place {
  if (value.type === 'TOMLInlineTable' && key.keys.length === 1) {
    const { body } = value;
    return { kind: 'inline', at: body.at(-1)?.range[1] ?? value.range[0] + 1, isEmpty: body.length === 0 };
  }
  return { kind: 'dotted', at: endOfLine(text, range[1]) };
}

/** After a statement or a header only a comment can stand on its line. */
function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  if (newline < 0) return text.length;
  return text[newline - 1] === '\r' ? newline - 1 : newline;
}

/** A line such as `# limit = "20GiB"`, which waits for its value; the last of them in the region. */
export function commentedOut(
  { ast, text }: TomlDocument,
  [from, to]: Range,
  name: string,
): Range | undefined {
  const waiting = new RegExp(String.raw`^[ \t]*${name}[ \t]*=`);
  return ast.comments.findLast(
    ({ range: [start, end], value }) =>
      start >= from && end <= to && waiting.test(value) && /(^|\n)[ \t]*$/.test(text.slice(0, start)),
  )?.range;
}
