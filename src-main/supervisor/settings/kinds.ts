/**
 * How values of each kind are read from a file, a screen or typed text, and shown again. Invariant: what is not exactly what
 * a kind says is refused with a phrase that tells what is allowed; nothing is guessed.
 */
import { homedir } from 'node:os';
import { isAbsolute, join, normalize } from 'node:path';
import type { SettingField, SettingValue } from '../../ipc/contract.ts';
import { formatSize, parseSize } from './sizes.ts';

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  /** Completes "The value …": `must be a whole number from 4 to 16`. */
  | { readonly ok: false; readonly complaint: string };

export interface Kind<T> {
  readonly kind: SettingField['kind'];
  readonly choices: readonly string[];
  readonly unit: string;
  read(value: unknown): Reading<T>;
  /** As it stands in the file and on the screen. */
  show(value: T): SettingValue;
  /** What the text of an environment variable or of an option stands for, still to be read. */
  typed(text: string): unknown;
}

function good<T>(value: T): Reading<T> {
  return { ok: true, value };
}

function bad(complaint: string): Reading<never> {
  return { ok: false, complaint };
}

interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  /** The program counts in parts of the unit: 1000 for milliseconds of seconds. */
  readonly scale?: number;
}

export function wholeNumber({ min, max, unit, scale = 1 }: NumberRange): Kind<number> {
  return {
    kind: 'integer',
    choices: [],
    unit,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
        ? good(value * scale)
        : bad(`must be a whole number from ${min} to ${max}`),
    show: (value) => value / scale,
    typed: (text) => (/^\d+$/.test(text) ? Number(text) : text),
  };
}

/** A path that means the same wherever the program is started. `what` names it for the complaint. */
export const path: Kind<string> = {
  kind: 'path',
  choices: [],
  unit: '',
  read(value) {
    const absolute = typeof value === 'string' ? absolutePath(value) : undefined;
    return absolute === undefined
      ? bad('must be an absolute path, or one that starts with ~/')
      : good(absolute);
  },
  show: (value) => value,
  typed: (text) => text,
};

export const paths: Kind<readonly string[]> = {
  kind: 'paths',
  choices: [],
  unit: '',
  read(value) {
    const read = Array.isArray(value)
      ? value.map((item: unknown) => (typeof item === 'string' ? absolutePath(item) : undefined))
      : [undefined];
    const absolute = read.filter((item) => item !== undefined);
    return absolute.length === read.length
      ? good([...new Set(absolute)])
      : bad('must be a list of absolute paths, or of such that start with ~/');
  },
  show: (value) => [...value],
  // As in PATH.
  typed: (text) => text.split(':').filter((item) => item !== ''),
};

function absolutePath(text: string): string | undefined {
  if (text.includes('\0')) return undefined;
  const path = text === '~' || text.startsWith('~/') ? join(homedir(), text.slice(1)) : text;
  return isAbsolute(path) ? normalize(path) : undefined;
}

/** Bytes. */
export function size(min: number): Kind<number> {
  const limit = sizeLimit(min);
  const complaint = `must be a size of at least ${formatSize(min)}, such as "512MiB"`;
  return {
    ...limit,
    read(value) {
      const reading = limit.read(value);
      return reading.ok && reading.value !== undefined ? good(reading.value) : bad(complaint);
    },
    show: (value) => limit.show(value),
  };
}

/** Bytes; undefined means no limit. */
export function sizeLimit(min: number): Kind<number | undefined> {
  const complaint = `must be a size of at least ${formatSize(min)}, such as "20GiB", or none`;
  return {
    kind: 'size',
    choices: [],
    unit: '',
    read(value) {
      if (value === '' || value === 'none') return good(undefined);
      const bytes =
        typeof value === 'number' ? value : typeof value === 'string' ? parseSize(value) : undefined;
      return bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= min
        ? good(bytes)
        : bad(complaint);
    },
    show: (value) => (value === undefined ? '' : formatSize(value)),
    typed: (text) => text,
  };
}

export function choice<Word extends string>(words: readonly Word[]): Kind<Word> {
  return {
    kind: 'choice',
    choices: words,
    unit: '',
    read(value) {
      const word = words.find((candidate) => candidate === value);
      return word === undefined ? bad(`must be one of ${words.join(', ')}`) : good(word);
    },
    show: (value) => value,
    typed: (text) => text,
  };
}

export const onOff: Kind<boolean> = {
  kind: 'switch',
  choices: [],
  unit: '',
  read: (value) => (typeof value === 'boolean' ? good(value) : bad('must be true or false')),
  show: (value) => value,
  typed: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};
