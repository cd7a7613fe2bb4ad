/** fio writes a file whose every block carries its checksum, and verifies it through the mount in three ways of reading. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run, runOk } from '../../helpers/child.ts';
import { newDirectory } from '../../helpers/system.ts';
import { serveAndMount } from './serve-and-mount.ts';
import type { ServedJob } from './serve-and-mount.ts';

const FILE = 'verified.fio';
// Larger than the kernel's read-ahead and any queue of ours, small enough for three passes.
const SIZE = '384m';

/** One description for writer and readers: the checksums only match for the same block size and seed. */
const JOB = [
  '--name=verify',
  `--size=${SIZE}`,
  '--bs=64k',
  '--verify=crc32c',
  '--verify_fatal=1',
  '--randseed=42',
];

interface FioReport {
  readonly jobs: readonly { readonly error: number; readonly read: { readonly io_bytes: number } }[];
}

let served: ServedJob;

beforeAll(async () => {
  const tree = newDirectory('fio');
  const plain = join(tree, FILE);
  await runOk('fio', [...JOB, `--filename=${plain}`, '--rw=write', '--ioengine=psync', '--do_verify=0'], {
    cwd: tree,
  });
  served = await serveAndMount(tree);
});

const engines: readonly (readonly [name: string, ...args: string[]])[] = [
  ['psync', '--ioengine=psync'],
  ['libaio with direct=1', '--ioengine=libaio', '--direct=1', '--iodepth=16'],
  ['mmap', '--ioengine=mmap'],
];

test.for(engines.flatMap(([name, ...args]) => ['read', 'randread'].map((rw) => ({ name, args, rw }))))(
  'fio verifies every block: $rw with $name',
  async ({ args, rw }) => {
    const file = served.path(FILE);
    const cwd = newDirectory('fio-run');
    const result = await run(
      'fio',
      [...JOB, `--filename=${file}`, `--rw=${rw}`, ...args, '--readonly', '--output-format=json'],
      { cwd, timeoutMs: 120_000 },
    );
    expect(result).toMatchObject({ code: 0, signal: null });
    const report: FioReport = JSON.parse(result.stdout);
    expect(report.jobs.map(({ error, read }) => [error, read.io_bytes])).toEqual([[0, 384 * 2 ** 20]]);
  },
);
