/**
 * Single measurements, each made by a child process on a mount, never by the benchmark itself. Units: MB/s (10^6 bytes),
 * IOPS, milliseconds.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOk } from '../helpers/child.ts';
import { findCommand } from '../helpers/system.ts';
import type { ReaderTask } from './reader.ts';

const DROP_CACHES = '/proc/sys/vm/drop_caches';
const LIMIT_MS = 5 * 60_000;
// Long enough for thousands of reads on the slowest contender.
const RANDOM_SECONDS = 5;
const RANDOM_READS_WITHOUT_FIO = 5_000;

export const canDropAllPages = process.getuid?.() === 0;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/**
 * Forgets every cached page of the machine, so that the next read goes down to the disk. For root only; others forget
 * what they can, the pages of the given file.
 */
export async function dropAllPages(file: string): Promise<void> {
  if (!canDropAllPages) return await dropPagesOf(file);
  await runOk('sync', []);
  writeFileSync(DROP_CACHES, '3');
}

/** Forgets the pages of one file as seen through its mount; what lies below the mount stays as it is. */
export async function dropPagesOf(file: string): Promise<void> {
  await runOk('dd', [`if=${file}`, 'of=/dev/null', 'iflag=nocache', 'count=0', 'status=none']);
}

/** MB/s of one pass over the file. */
export async function sequentialRead(file: string): Promise<number> {
  // dd reports on standard error, so both streams are joined for the parser.
  const report = await runOk('sh', ['-c', 'exec dd if="$1" of=/dev/null bs=1M 2>&1', 'sh', file], {
    env: { LC_ALL: 'C' },
    timeoutMs: LIMIT_MS,
  });
  const match = /^(\d+) bytes .* copied, ([\d.e-]+) s/m.exec(report);
  if (match === null) throw new Error(`dd says: ${report}`);
  return Number(match[1]) / 1e6 / Number(match[2]);
}

interface FioReport {
  readonly jobs: readonly { readonly read: { readonly iops: number } }[];
}

/** IOPS of buffered reads of 4 KiB at random places, one at a time. */
export async function randomRead(file: string): Promise<number> {
  const fio = findCommand('fio');
  if (fio === undefined) {
    const ms = await readerMilliseconds({
      kind: 'random',
      file,
      reads: RANDOM_READS_WITHOUT_FIO,
      bytes: 4096,
    });
    return (RANDOM_READS_WITHOUT_FIO / ms) * 1000;
  }
  const load = [
    '--ioengine=psync',
    '--rw=randread',
    '--bs=4k',
    '--time_based',
    `--runtime=${String(RANDOM_SECONDS)}`,
  ];
  const output = await runOk(
    fio,
    ['--name=random', `--filename=${file}`, ...load, '--readonly', '--output-format=json'],
    { timeoutMs: LIMIT_MS },
  );
  const report: FioReport = JSON.parse(output);
  const iops = report.jobs[0]?.read.iops;
  if (iops === undefined) throw new Error(`fio says: ${output}`);
  return iops;
}

/** How long the reader's task took, without the start of its process. */
export async function readerMilliseconds(task: ReaderTask): Promise<number> {
  const reader = join(import.meta.dirname, 'reader.ts');
  return Number(await runOk(process.execPath, [reader, JSON.stringify(task)], { timeoutMs: LIMIT_MS }));
}
