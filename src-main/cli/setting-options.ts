/**
 * Options of `up` that stand above the settings, made from the same table as the file. Invariant: an option accepts what
 * the file accepts, and a relative path means where the person is.
 */
import { resolve } from 'node:path';
import { Option } from 'commander';
import { FIELDS, optionName, SETTING_NAMES, type Field } from '../supervisor/settings/fields.ts';
import type { Kind } from '../supervisor/settings/kinds.ts';
import type { SettingName, SettingValues } from '../supervisor/settings/setting-values.ts';
import { UsageError } from './failure.ts';

/** A value of its own, because undefined is one: no limit. */
class Override {
  readonly name: SettingName;
  readonly value: unknown;

  constructor(name: SettingName, value: unknown) {
    this.name = name;
    this.value = value;
  }
}

export function settingOptions(): readonly Option[] {
  return SETTING_NAMES.flatMap((name) => optionOf(name));
}

function optionOf(name: SettingName): readonly Option[] {
  const field: Field<unknown> = FIELDS[name];
  const { option, type, help } = field;
  if (option === undefined) return [];
  const choices = type.choices.length === 0 ? '' : `: ${type.choices.join(', ')}`;
  const repeat = type.kind === 'paths' ? '; repeat for more' : '';
  const [first = ''] = help.split(/\.(?: |$)/);
  const description = `${first.charAt(0).toLowerCase()}${first.slice(1)}${choices}${repeat}`;
  return [
    new Option(option, description).argParser((text: string, earlier?: Override) => {
      const reading = type.read(typedValue(type, text, earlier));
      if (reading.ok) return new Override(name, reading.value);
      throw new UsageError(
        `${optionName(field)} ${JSON.stringify(text)} is not possible; it ${reading.complaint}.`,
      );
    }),
  ];
}

function typedValue(type: Pick<Kind<never>, 'kind' | 'typed'>, text: string, earlier?: Override): unknown {
  switch (type.kind) {
    case 'path':
      return fromHere(text);
    case 'paths':
      return [...(Array.isArray(earlier?.value) ? earlier.value : []), fromHere(text)];
    case 'size':
    case 'integer':
    case 'choice':
    case 'switch':
      return type.typed(text);
  }
}

/** An empty path would silently mean the current directory. */
function fromHere(text: string): string {
  return text === '' || text.startsWith('~') || text.includes('\0') ? text : resolve(text);
}

/** What was typed, of all flags of a command. */
export function overridesOf(flags: Readonly<Record<string, unknown>>): Partial<SettingValues> {
  const overrides = Object.values(flags).filter((flag) => flag instanceof Override);
  return Object.fromEntries(overrides.map(({ name, value }) => [name, value]));
}
