/** A new settings file: every setting with what it is, its unit and its default, as comments. */
import type { Directories } from './directories.ts';
import { FIELDS, SETTING_NAMES, shownDefault } from './fields.ts';
import type { SettingName } from './setting-values.ts';
import { commented, tomlValue } from './toml-text.ts';

const HEAD = [
  'Settings of Orbit GhostFS. A change is noticed while the program runs.',
  'Lines such as "# transfers = 8" show a default; take the # away and change the value.',
];
const COLUMNS = 100;

export function settingsTemplate(directories: Directories): string {
  let table = '';
  const lines = [commented(HEAD.join('\n'))];
  for (const name of SETTING_NAMES) {
    const [first = '', second] = FIELDS[name].key.split('.');
    if (second !== undefined && first !== table) {
      table = first;
      lines.push('', `[${table}]`);
    } else {
      lines.push('');
    }
    lines.push(commented(commentOf(name, directories).join('\n')));
    lines.push(commented(`${second ?? first} = ${tomlValue(shownDefault(name, directories))}`));
  }
  return `${lines.join('\n')}\n`;
}

/** What stands above a key: meaning, unit or choices, default, and when a change takes effect. */
export function commentOf(name: SettingName, directories: Directories): readonly string[] {
  const { help, type, needsRestart } = FIELDS[name];
  const shown = tomlValue(shownDefault(name, directories));
  const facts = [
    type.unit === '' || name === 'transfers' ? undefined : `In ${type.unit}.`,
    type.choices.length === 0 ? undefined : `One of ${type.choices.join(', ')}.`,
    `Default: ${shown === '[]' ? 'none' : shown}.`,
    needsRestart ? 'Takes effect when the program starts again.' : undefined,
  ];
  return wrapped([help, ...facts.filter((fact) => fact !== undefined)].join(' '));
}

function wrapped(text: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > COLUMNS) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
