/**
 * Changes one key of a TOML text and leaves everything else as it is: comments, layout, line ends, other keys. Invariant:
 * the new text reads as wanted, or there is none.
 */
import type { AST } from 'toml-eslint-parser';
import type { SettingValue } from '../../ipc/contract.ts';
import { arrayText } from './toml-array.ts';
import { parseToml, type TomlDocument } from './toml-document.ts';
import { commentedOut, placeOf } from './toml-places.ts';
import { commented, same, tomlValue } from './toml-text.ts';

export interface Edit {
  /** `cache.limit`: at most one table deep. */
  readonly key: string;
  readonly value: SettingValue;
  /** The key is taken back to a comment, except in an inline table, which holds none. */
  readonly isDefault: boolean;
  /** Lines to write above a key that is new in the file, without their `#`. */
  readonly comment: readonly string[];
}

/** What takes the place of the text from `start` to `end`. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The new text; undefined when the key cannot be put in, such as below something that is not a table. */
export function editToml(document: TomlDocument, edit: Edit): string | undefined {
  const { text } = document;
  const splice = spliceOf(document, edit);
  if (splice === undefined) return text;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const edited = text.slice(0, splice.start) + splice.text.replaceAll(/\r?\n/g, eol) + text.slice(splice.end);
  return readsAs(edited, edit) ? edited : undefined;
}

function readsAs(text: string, { key, value, isDefault }: Edit): boolean {
  const parsed = parseToml(text);
  if (!parsed.ok) return false;
  const entry = parsed.document.entries.find((candidate) => candidate.key === key);
  return entry === undefined ? isDefault : same(entry.value, value);
}

function spliceOf(document: TomlDocument, edit: Edit): Splice | undefined {
  const present = document.entries.find(({ key }) => key === edit.key);
  if (present !== undefined) return replacing(document, present.statement, edit);
  return edit.isDefault ? undefined : inserting(document, edit);
}

function replacing(document: TomlDocument, statement: AST.TOMLKeyValue, edit: Edit): Splice {
  const { text } = document;
  if (edit.isDefault && statement.parent.type !== 'TOMLInlineTable') {
    const [start, end] = statement.range;
    const name = text.slice(...statement.key.range);
    return { start, end, text: commented(`${name} = ${tomlValue(edit.value)}`) };
  }
  const { value } = statement;
  const [start, end] = value.range;
  const kept =
    value.type === 'TOMLArray' && Array.isArray(edit.value)
      ? arrayText(document, value, edit.value)
      : undefined;
  return { start, end, text: kept ?? tomlValue(edit.value) };
}

function inserting(document: TomlDocument, { key, value, comment }: Edit): Splice {
  const dot = key.indexOf('.');
  const table = dot < 0 ? '' : key.slice(0, dot);
  const name = key.slice(dot + 1);
  const place = placeOf(document, table);
  const { at } = place;
  if (place.kind === 'inline') {
    // An inline table stays on one line.
    const pair = `${name} = ${tomlValue(value).replaceAll('\n', ' ')}`;
    return { start: at, end: at, text: place.isEmpty ? ` ${pair} ` : `, ${pair}` };
  }
  const assignment = `${place.kind === 'dotted' ? key : name} = ${tomlValue(value)}`;
  const hint = place.kind === 'table' ? commentedOut(document, place.region, name) : undefined;
  if (hint !== undefined) return { start: hint[0], end: hint[1], text: assignment };
  const block = `${commented(comment.join('\n'))}\n${assignment}`;
  return {
    start: at,
    end: at,
    text: spaced(place.kind === 'missing' ? `[${table}]\n${block}` : block, document, at),
  };
}

/** Apart from what stands before and after it, as the files we write are. */
function spaced(block: string, { text }: TomlDocument, at: number): string {
  const before = at === 0 ? '' : text[at - 1] === '\n' ? '\n' : '\n\n';
  const after = at === text.length ? '\n' : at === 0 ? '\n\n' : '';
  return before + block + after;
}
