/**
 * What the settings file says after a change from the screen. Pure. Invariant: all wanted values are right, or nothing
 * changes; keys that keep their meaning keep their spelling.
 */
import { GhostError } from '../../engine/errors.ts';
import type { SettingValue } from '../../ipc/contract.ts';
import type { Directories } from './directories.ts';
import { FIELDS, settingOfKey, shownDefault } from './fields.ts';
import type { SettingName, SettingValues, Unavailable } from './setting-values.ts';
import { commentOf, settingsTemplate } from './template.ts';
import { parseToml, type TomlDocument } from './toml-document.ts';
import { editToml } from './toml-edit.ts';
import { same, tomlValue } from './toml-text.ts';

export interface Saving {
  readonly file: string;
  readonly directories: Directories;
  /** Undefined when the file cannot be understood; `broken` tells why then. */
  readonly document: TomlDocument | undefined;
  readonly broken: string | undefined;
  /** What holds now. */
  readonly values: SettingValues;
  readonly overriddenBy: ReadonlyMap<SettingName, string>;
  readonly unavailable: Unavailable;
  /** Catalogues that are not saved. */
  readonly added: readonly string[];
}

export interface Saved {
  readonly text: string;
  /** Without those that were taken from the list. */
  readonly added: readonly string[];
}

/** Throws SETTING_INVALID with a sentence. */
export function savedText(wanted: Readonly<Record<string, SettingValue>>, saving: Saving): Saved {
  const { document, broken, file } = saving;
  if (document === undefined) throw invalid(broken ?? `${file} cannot be understood.`);
  const changes = Object.entries(wanted).flatMap(([key, value]) => changeOf(key, value, saving));
  if (changes.length === 0) return { text: document.text, added: saving.added };
  const isNew = document.text.trim() === '';
  const start = isNew ? settingsTemplate(saving.directories) : document.text;
  let { added } = saving;
  let text = start;
  for (const { name, value } of changes) {
    if (name === 'catalogues' && Array.isArray(value)) {
      const saved = savedCatalogues(value, saving);
      added = added.filter((path) => value.includes(path));
      text = edited(text, name, saved, saving);
    } else {
      text = edited(text, name, value, saving);
    }
  }
  return { text, added };
}

/** Spelled as the file has them, and without those that are there for this run alone. */
function savedCatalogues(wanted: readonly string[], { document, added }: Saving): string[] {
  const { key, type } = FIELDS.catalogues;
  const value = document?.entries.find((entry) => entry.key === key)?.value;
  const written: readonly unknown[] = Array.isArray(value) ? value : [];
  const meaning = (item: unknown): string => {
    const reading = type.read([item]);
    return (reading.ok ? reading.value[0] : undefined) ?? '';
  };
  return wanted.flatMap((path) => {
    const before = written.find((item) => meaning(item) === meaning(path));
    if (typeof before === 'string') return [before];
    return added.includes(meaning(path)) ? [] : [path];
  });
}

interface Change {
  readonly name: SettingName;
  /** As it was given: a path below ~/ stays one. */
  readonly value: SettingValue;
}

/** Empty when there is nothing to do. */
function changeOf(key: string, value: SettingValue, saving: Saving): readonly Change[] {
  const name = settingOfKey(key);
  if (name === undefined) throw invalid(`There is no setting called ${JSON.stringify(key)}.`);
  const { type } = FIELDS[name];
  const given = value ?? shownDefault(name, saving.directories);
  const reading = type.read(given);
  if (!reading.ok) throw invalid(`The setting ${key} ${reading.complaint}, not ${tomlValue(given)}.`);
  const entry = saving.document?.entries.find((candidate) => candidate.key === key);
  const standsWrong = entry !== undefined && !type.read(entry.value).ok;
  if (!standsWrong && same(reading.value, saving.values[name])) return [];
  const unavailable = saving.unavailable[name];
  if (unavailable !== undefined) throw invalid(`The setting ${key} cannot be changed here. ${unavailable}`);
  const above = saving.overriddenBy.get(name);
  if (above === undefined) return [{ name, value: given }];
  if (same(reading.value, saving.values[name])) return [];
  throw invalid(
    `The setting ${key} is set by ${above} of this run; start the program without it to change it here.`,
  );
}

function edited(text: string, name: SettingName, value: SettingValue, saving: Saving): string {
  const { file, directories } = saving;
  const { key } = FIELDS[name];
  const parsed = parseToml(text);
  const isDefault = same(value, shownDefault(name, directories));
  const comment = commentOf(name, directories);
  const result = parsed.ok ? editToml(parsed.document, { key, value, isDefault, comment }) : undefined;
  if (result !== undefined) return result;
  throw invalid(
    `${file} holds the setting ${key} in a way that cannot be changed from here; change it with an editor.`,
  );
}

function invalid(sentence: string): GhostError {
  return new GhostError('SETTING_INVALID', sentence);
}
