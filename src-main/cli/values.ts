/** Reads the values of options. Whatever is not exactly what the help says is refused with a sentence. */
import {
  isBlockSize,
  MAX_REQUESTS_PER_SECOND,
  MAX_TRANSFERS,
  MIN_MEMORY_BYTES,
  MIN_TRANSFERS,
} from '../engine/config.ts';
import { FIELDS } from '../supervisor/settings/fields.ts';
import { formatSize, parseSize } from '../supervisor/settings/sizes.ts';
import { UsageError } from './failure.ts';

const BYTES_OF_UNIT: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mib: 1024 ** 2,
};
/** A day; who waits longer wants no deadline but another tool. Seconds. */
const MAX_DEADLINE_S = 86_400;
const MS_PER_SECOND = 1000;

export function parseJobId(text: string): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(id) && id > 0) return id;
  throw new UsageError(
    `--job-id ${quoted(text)} is not the number of a job; "orbit-ghost jobs -d PATH" lists them.`,
  );
}

/** Bytes. */
export function parseBlockSize(text: string): number {
  const match = /^(\d+) ?([a-z]*)$/i.exec(text);
  const unit = BYTES_OF_UNIT[match?.[2]?.toLowerCase() ?? 'none'];
  const bytes = match === null || unit === undefined ? Number.NaN : Number(match[1]) * unit;
  if (isBlockSize(bytes)) return bytes;
  throw new UsageError(
    `--block-size ${quoted(text)} is not possible; it must be a power of two from 64KiB to 16MiB, such as 1MiB or 1048576.`,
  );
}

export function parseTransfers(text: string): number {
  const transfers = Number(text);
  if (/^\d+$/.test(text) && transfers >= MIN_TRANSFERS && transfers <= MAX_TRANSFERS) return transfers;
  throw new UsageError(
    `--transfers ${quoted(text)} is not possible; it must be a whole number from ${MIN_TRANSFERS} to ${MAX_TRANSFERS}.`,
  );
}

/** Bytes. */
export function parseMemory(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= MIN_MEMORY_BYTES) return bytes;
  throw new UsageError(
    `--memory ${quoted(text)} is not possible; it must be a size of at least ${formatSize(MIN_MEMORY_BYTES)}, such as 512MiB.`,
  );
}

export interface SizeLimit {
  /** Undefined: none. */
  readonly bytes: number | undefined;
}

/** What the setting of that name accepts. */
export function parseSizeLimit(name: 'cacheLimitBytes' | 'cacheMinFreeBytes', option: string) {
  return (text: string): SizeLimit => {
    const { type } = FIELDS[name];
    const reading = type.read(type.typed(text));
    if (reading.ok) return { bytes: reading.value };
    throw new UsageError(`${option} ${quoted(text)} is not possible; it ${reading.complaint}.`);
  };
}

export function parseRequestsPerSecond(text: string): number {
  const requests = Number(text);
  if (/^\d+$/.test(text) && requests >= 1 && requests <= MAX_REQUESTS_PER_SECOND) return requests;
  throw new UsageError(
    `--requests-per-second ${quoted(text)} is not possible; it must be a whole number from 1 to ${MAX_REQUESTS_PER_SECOND}.`,
  );
}

/** Seconds on the command line, milliseconds from here on. */
export function parseDeadline(text: string): number {
  const seconds = Number(text);
  const ms = Math.round(seconds * MS_PER_SECOND);
  if (/^\d+(\.\d+)?$/.test(text) && ms > 0 && seconds <= MAX_DEADLINE_S) return ms;
  throw new UsageError(
    `--deadline ${quoted(text)} is not possible; it must be a number of seconds above 0, at most ${MAX_DEADLINE_S}.`,
  );
}

/** One of a few words. */
export function oneOf<T extends string>(option: string, words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw new UsageError(`${option} ${quoted(text)} is unknown; choose one of ${words.join(', ')}.`);
  };
}

/** An empty path would silently mean the current directory. */
export function nonEmpty(option: string): (text: string) => string {
  return (text) => {
    if (text !== '' && !text.includes('\0')) return text;
    throw new UsageError(`${option} is empty; name a path.`);
  };
}

export function appended(option: string): (text: string, earlier?: readonly string[]) => readonly string[] {
  const checked = nonEmpty(option);
  return (text, earlier = []) => [...earlier, checked(text)];
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
