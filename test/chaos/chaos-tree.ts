/**
 * What is read while things go wrong: 2 GiB in one file, a file of fio's checksums, thousands of small files. Made and
 * published once for a run.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOk } from '../helpers/child.ts';
import { publish } from '../helpers/mounted-job.ts';
import { testRoot } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';
import type { Published } from '../mount/supervised.ts';

const GIB = 2 ** 30;
export const BIG = 'two gibibytes.bin';
export const VERIFIED = 'verified.fio';
/** A folder of folders. */
export const SMALL = 'small';
const FOLDERS = 50;
const FILES_PER_FOLDER = 100;
const MAKE_LIMIT_MS = 180_000;

/** One description for who writes and who reads: the checksums match for the same block size and seed only. */
export const FIO_JOB = [
  '--name=verify',
  '--size=256m',
  '--bs=64k',
  '--verify=crc32c',
  '--verify_fatal=1',
  '--randseed=42',
];

/** Test files run one at a time, so nobody asks twice at once. */
export async function chaosTree(): Promise<Published> {
  const place = join(testRoot(), 'chaos');
  const description = join(place, 'published.json');
  if (existsSync(description)) return JSON.parse(readFileSync(description, 'utf8')) as Published;
  const tree = join(place, 'tree');
  mkdirSync(tree, { recursive: true });
  writeSeededFile(join(tree, BIG), 2 * GIB, 1);
  const fio = ['--rw=write', '--ioengine=psync', '--do_verify=0', `--filename=${join(tree, VERIFIED)}`];
  await runOk('fio', [...FIO_JOB, ...fio], { cwd: place, timeoutMs: MAKE_LIMIT_MS });
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    const path = join(tree, SMALL, `folder ${folder}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < FILES_PER_FOLDER; file += 1) {
      writeSeededFile(join(path, `file ${file}`), file * 41, folder * FILES_PER_FOLDER + file);
    }
  }
  const published = { tree, catalogue: join(place, 'magnetar.db') };
  await publish({ tree, database: published.catalogue });
  writeFileSync(description, JSON.stringify(published));
  return published;
}
