/**
 * Between the value of a setting and the text a person edits. Pure. Invariant: what `readText` accepts has the shape the
 * field's kind asks for; whether it is possible is the program's to say.
 */
import type { SettingField, SettingValue } from '../../../src-main/ipc/contract.ts';

export type Read =
  { readonly ok: true; readonly value: SettingValue } | { readonly ok: false; readonly sentence: string };

/** The part of a field that says what its text may be. */
export interface FieldShape extends Pick<SettingField, 'kind' | 'unit'> {
  readonly choices: readonly string[];
}

/** As the settings file has it: `20GiB`, `1.5 TB`, `500M`, `16777216`. */
const SIZE = /^\d+(\.\d+)? ?([kmgt](i?b)?|b)?$/i;

/** What stands in the field: one path a line for `paths`. */
export function textOf(value: SettingValue): string {
  if (value === null) return '';
  return Array.isArray(value) ? value.join('\n') : String(value);
}

/** Judges as one types; what cannot be judged here passes. */
export function readText(field: FieldShape, text: string): Read {
  const trimmed = text.trim();
  switch (field.kind) {
    case 'integer':
      return /^\d+$/.test(trimmed) && Number.isSafeInteger(Number(trimmed))
        ? { ok: true, value: Number(trimmed) }
        : { ok: false, sentence: `Type a whole number${field.unit === '' ? '' : ` of ${field.unit}`}.` };
    case 'size':
      return trimmed === '' || SIZE.test(trimmed)
        ? { ok: true, value: trimmed }
        : { ok: false, sentence: 'Type a size such as 20GiB, or nothing for no limit.' };
    case 'paths':
      return { ok: true, value: linesOf(text) };
    case 'path':
      return trimmed === ''
        ? { ok: false, sentence: 'Type a path, or reset it to the default.' }
        : { ok: true, value: trimmed };
    case 'choice':
      return field.choices.includes(trimmed)
        ? { ok: true, value: trimmed }
        : { ok: false, sentence: `Choose one of ${field.choices.join(', ')}.` };
    case 'switch':
      return { ok: true, value: trimmed === 'true' };
  }
}

/** For people, beside the field. */
export function describeValue(field: Pick<SettingField, 'kind' | 'unit'>, value: SettingValue): string {
  if (field.kind === 'switch') return value === true ? 'on' : 'off';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  const text = textOf(value);
  if (text === '') return field.kind === 'size' ? 'no limit' : 'none';
  return field.unit === '' ? text : `${text} ${field.unit}`;
}

export function sameValue(a: SettingValue, b: SettingValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Headings of the form: the part of a key before its first dot, in the order of the file. */
export function groupFields(
  fields: readonly SettingField[],
): readonly { readonly name: string; readonly fields: readonly SettingField[] }[] {
  const groups = Map.groupBy(fields, ({ key }) => (key.includes('.') ? key.slice(0, key.indexOf('.')) : ''));
  return [...groups].map(([name, grouped]) => ({ name, fields: grouped }));
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
