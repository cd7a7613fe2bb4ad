/** Catalogues that put a screen to the test: many jobs, a directory of very many files, names meant to break a page. */
import { join } from 'node:path';
import { writeJob } from '../../src-main/engine/metadata/magnetar/catalogue-writer.ts';
import type { PublishedArtifact } from '../../src-main/engine/metadata/magnetar/catalogue-writer.ts';
import { newDirectory } from '../helpers/system.ts';

const BLOCK_BYTES = 2 ** 20;
const MTIME_S = Date.UTC(2024, 0, 1) / 1000;

export interface SimulatedFile {
  readonly name: string;
  readonly size: number;
}

export interface SimulatedJob {
  readonly name: string;
  /** At the top of the job. */
  readonly files: Iterable<SimulatedFile>;
  /** `sim:?latency=0` unless given. */
  readonly source?: string;
}

export function newCatalogue(directory = newDirectory('catalogue')): string {
  return join(directory, 'magnetar.db');
}

/** Adds a job of simulated files and returns its number. */
export function addJob(database: string, { name, files, source = 'sim:?latency=0' }: SimulatedJob): number {
  const list = [...files];
  const bytes = list.reduce((sum, { size }) => sum + size, 0);
  return writeJob(
    database,
    {
      name,
      sources: [source],
      blockSize: BLOCK_BYTES,
      contentId: `screen-${name.slice(0, 40)}`,
      publishedAt: MTIME_S,
      totals: { files: list.length, directories: 1, bytes },
      blocks: list.reduce((sum, { size }) => sum + Math.ceil(size / BLOCK_BYTES), 0),
    },
    artifacts(name.slice(0, 40), list),
  );
}

function* artifacts(root: string, files: readonly SimulatedFile[]): Generator<PublishedArtifact> {
  const common = { mtime: MTIME_S, digests: null };
  yield { id: root, parentId: null, name: '', isDirectory: true, size: 0, ...common };
  for (const [index, { name, size }] of files.entries())
    yield { id: `${root}/${String(index)}`, parentId: root, name, isDirectory: false, size, ...common };
}

export function addManyJobs(database: string, count: number): void {
  for (let number = 1; number <= count; number += 1) {
    const name = `survey ${String(number).padStart(3, '0')}`;
    addJob(database, { name, files: [{ name: 'scan.tif', size: number * BLOCK_BYTES }] });
  }
}

export function* numberedFiles(count: number): Generator<SimulatedFile> {
  for (let number = 0; number < count; number += 1)
    yield { name: `frame ${String(number).padStart(6, '0')}.raw`, size: (number % 64) * 4096 };
}

export const MARKUP_NAME = '<img src=x onerror=alert(1)>';
/** Reads "txt.exe" backwards where the mark is obeyed beyond the name. */
export const RIGHT_TO_LEFT_NAME = '\u202Eexe.txt \u05E9\u05DC\u05D5\u05DD';
export const LONG_NAME = 'long '.repeat(2_000);
