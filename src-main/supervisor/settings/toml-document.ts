/**
 * A TOML text with the place of everything in it. Invariant: never throws; a text that is not TOML is told with line and
 * column. Keys are compared as `table.key`; a key that needs quotes keeps them, so that it is never taken for another.
 */
import { getStaticTOMLValue, ParseError, parseTOML, type AST } from 'toml-eslint-parser';
import { messageOf } from '../../engine/errors.ts';

export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly statement: AST.TOMLKeyValue;
  /** Counts from 1. */
  readonly line: number;
}

export interface TomlDocument {
  readonly text: string;
  readonly ast: AST.TOMLProgram;
  /** What a setting could be: tables, dotted keys and inline tables come to the same. */
  readonly entries: readonly Entry[];
}

export type ParsedToml =
  | { readonly ok: true; readonly document: TomlDocument }
  /** `line 3, column 7: …`, or only what is wrong where no place is known. */
  | { readonly ok: false; readonly complaint: string };

export function parseToml(text: string): ParsedToml {
  try {
    const ast = parseTOML(text, { tomlVersion: '1.0' });
    return { ok: true, document: { text, ast, entries: entriesOf(ast.body[0].body, []) } };
  } catch (error) {
    if (!(error instanceof ParseError)) return { ok: false, complaint: messageOf(error) };
    const message = plain(error.message);
    return { ok: false, complaint: `${placeOf(text, error.index, message)}: ${message}` };
  }
}

/** The parser's words where they say less than they could. */
const PLAIN: Readonly<Record<string, string>> = {
  'Unspecified values are invalid': 'a value is missing',
  'Defining a key multiple times is invalid': 'the key was set before',
};

function plain(message: string): string {
  return PLAIN[message] ?? `${message.charAt(0).toLowerCase()}${message.slice(1).replace(/\.$/, '')}`;
}

/** What is missing is missing behind what stands before, not where the parser comes across the next thing. */
function placeOf(text: string, index: number, message: string): string {
  const before = text.slice(0, index);
  const lines = (/missing|unterminated|same line/.test(message) ? before.trimEnd() : before).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** `['cache', 'limit']` as `cache.limit`. */
export function keyText(segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => (/^[\w-]+$/.test(String(segment)) ? String(segment) : JSON.stringify(segment)))
    .join('.');
}

export function segmentsOf(key: AST.TOMLKey): readonly string[] {
  return key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
}

function entriesOf(
  statements: readonly (AST.TOMLKeyValue | AST.TOMLTable)[],
  prefix: readonly (string | number)[],
): readonly Entry[] {
  return statements.flatMap((statement) => {
    if (statement.type === 'TOMLTable') return entriesOf(statement.body, statement.resolvedKey);
    const segments = [...prefix, ...segmentsOf(statement.key)];
    if (statement.value.type === 'TOMLInlineTable') return entriesOf(statement.value.body, segments);
    const { line } = statement.loc.start;
    return [{ key: keyText(segments), value: getStaticTOMLValue(statement.value), statement, line }];
  });
}
