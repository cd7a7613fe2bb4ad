/**
 * The real files of the demo: small, the same on every machine and at every start. Invariant: a file that is there already
 * with the right bytes and time is not touched, so blocks fetched by an earlier demo stay valid.
 */
import { mkdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

interface DemoFile {
  readonly path: readonly string[];
  readonly content: string;
}

/**
 * Goes up with every change of the files below. Each version has a directory and a job of its own: a catalogue made by an
 * earlier one goes on describing what lies beside it.
 */
export const DEMO_VERSION = 1;
/** Any moment does, as long as it stays the same. Unix seconds. */
const MTIME_S = Date.UTC(2024, 0, 1) / 1000;
/** About 5 MiB: several blocks, so that reading the end fetches a part. */
const MEASUREMENTS = 130_000;

const README = `This file was published from a directory and is now read through a mount.

Its name and size were there as soon as the job was mounted. Its bytes were fetched when you opened it,
compared with the SHA-256 digest that "orbit-ghost publish" had stored, and kept in the block cache.
`;

const NAMES = `A name is bytes to a file system: spaces, Grüße, 日本語 and emoji come through unchanged.
`;

const DEMO_FILES: readonly DemoFile[] = [
  { path: ['README.txt'], content: README },
  { path: ['measurements.csv'], content: measurements() },
  { path: ['notes', 'Grüße aus 東京.txt'], content: NAMES },
  { path: ['notes', 'empty.txt'], content: '' },
];

/** Writes what is missing or different. */
export async function ensureDemoSource(directory: string): Promise<void> {
  for (const { path, content } of DEMO_FILES) {
    const file = join(directory, ...path);
    if (await isThere(file, content)) continue;
    await mkdir(dirname(file), { recursive: true });
    // Renamed into place: a reader of another demo never sees half a file.
    const draft = `${file}.${process.pid}.new`;
    await writeFile(draft, content);
    await utimes(draft, MTIME_S, MTIME_S);
    await rename(draft, file);
  }
}

async function isThere(file: string, content: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file);
    return mtimeMs === MTIME_S * 1000 && (await readFile(file, 'utf8')) === content;
  } catch {
    return false;
  }
}

function measurements(): string {
  const lines = ['number,time,temperature,humidity'];
  for (let number = 1; number <= MEASUREMENTS; number += 1) {
    const time = new Date((MTIME_S + number * 60) * 1000).toISOString();
    const day = Math.sin((number / (24 * 60)) * 2 * Math.PI);
    lines.push(`${number},${time},${(15 + 8 * day).toFixed(2)},${(60 - 20 * day).toFixed(1)}`);
  }
  return `${lines.join('\n')}\n`;
}
