/** What a settings field takes while one types, and how it shows values. */
import { describe, expect, it } from 'vitest';
import {
  describeValue,
  groupFields,
  readText,
  sameValue,
  textOf,
} from '../../../../src-renderer/features/settings/field-value.ts';

const field = {
  integer: { kind: 'integer', choices: [], unit: 'seconds' },
  size: { kind: 'size', choices: [], unit: '' },
  path: { kind: 'path', choices: [], unit: '' },
  paths: { kind: 'paths', choices: [], unit: '' },
  choice: { kind: 'choice', choices: ['light', 'dark'], unit: '' },
  switch: { kind: 'switch', choices: [], unit: '' },
} as const;

describe('typing', () => {
  it.each([
    ['integer', '30', 30],
    ['integer', ' 8 ', 8],
    ['size', '20GiB', '20GiB'],
    ['size', '1.5 tib', '1.5 tib'],
    ['size', '', ''],
    ['path', ' /srv/cache ', '/srv/cache'],
    ['paths', '/a\n\n  /b c \n', ['/a', '/b c']],
    ['paths', '', []],
    ['choice', 'dark', 'dark'],
    ['switch', 'true', true],
    ['switch', 'false', false],
  ] as const)('%s takes %j', (kind, text, value) => {
    expect(readText(field[kind], text)).toEqual({ ok: true, value });
  });

  it.each([
    ['integer', '', 'Type a whole number of seconds.'],
    ['integer', '3.5', 'Type a whole number of seconds.'],
    ['integer', '-1', 'Type a whole number of seconds.'],
    ['integer', '99999999999999999999', 'Type a whole number of seconds.'],
    ['size', 'plenty', 'Type a size such as 20GiB, or nothing for no limit.'],
    ['path', '  ', 'Type a path, or reset it to the default.'],
    ['choice', 'pink', 'Choose one of light, dark.'],
  ] as const)('%s refuses %j', (kind, text, sentence) => {
    expect(readText(field[kind], text)).toEqual({ ok: false, sentence });
  });
});

describe('showing', () => {
  it.each([
    ['integer', 30],
    ['size', ''],
    ['paths', ['/a', '/b']],
    ['switch', true],
  ] as const)('turns a value of %s into the text that gives it back', (kind, value) => {
    const text = textOf(typeof value === 'object' ? [...value] : value);
    expect(readText(field[kind], text)).toEqual({ ok: true, value });
  });

  it('says values in words', () => {
    expect(describeValue(field.switch, false)).toBe('off');
    expect(describeValue(field.size, '')).toBe('no limit');
    expect(describeValue(field.integer, 30)).toBe('30 seconds');
    expect(describeValue(field.paths, [])).toBe('none');
    expect(describeValue(field.paths, ['/a', '/b'])).toBe('/a, /b');
  });

  it('compares lists by what is in them', () => {
    expect(sameValue(['/a'], ['/a'])).toBe(true);
    expect(sameValue(['/a'], [])).toBe(false);
    expect(sameValue(null, '')).toBe(false);
  });
});

it('groups fields by the table they stand in', () => {
  const made = (key: string) => ({
    ...field.size,
    choices: [],
    key,
    label: key,
    help: '',
    value: '',
    default: '',
    overriddenBy: null,
    unavailable: null,
    needsRestart: false,
  });
  const groups = groupFields([
    made('catalogues'),
    made('cache.directory'),
    made('theme'),
    made('cache.limit'),
  ]);
  expect(groups.map(({ name, fields }) => [name, fields.map(({ key }) => key)])).toEqual([
    ['', ['catalogues', 'theme']],
    ['cache', ['cache.directory', 'cache.limit']],
  ]);
});
