/**
 * Deterministic trees of files for mounts to be compared with. The large one is the shape of a real job: gigabytes,
 * ten thousand files, and every name and size that has ever broken a file server.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { awkwardNames } from './tree-names.ts';
import { fillContent } from './tree-content.ts';
import { freeBytes, testRoot } from './system.ts';

export interface LargeTree {
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
  /** Paths within the tree of files that tests ask for by name. */
  readonly gigabyte: string;
  readonly fiftyMebibytes: string;
  /** A file nothing but one test reads, so that it is cold there: ten readers share it. */
  readonly shared: string;
}

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;
const BLOCK = MIB;
const SMALL_FILES = 9_900;
const DEEP_LEVELS = 60;
const WRITE_BYTES = 4 * MIB;

/** Writes one file of `size` bytes whose content follows from `seed`. */
export function writeSeededFile(path: string, size: number, seed: number): void {
  const descriptor = openSync(path, 'wx', 0o644);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(size, WRITE_BYTES));
    for (let offset = 0; offset < size; offset += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, size - offset));
      fillContent(part, seed, offset);
      writeSync(descriptor, part);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Counts what it writes, so that a test can compare with what `publish` says. */
class TreeWriter {
  readonly directory: string;
  files = 0;
  bytes = 0;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  file(path: string, size: number): string {
    this.files += 1;
    this.bytes += size;
    writeSeededFile(join(this.directory, path), size, this.files);
    return path;
  }

  folder(path: string): string {
    mkdirSync(join(this.directory, path), { recursive: true });
    return path;
  }
}

/** At least 2 GiB and 10,000 files. */
function makeLargeTree(directory: string): LargeTree {
  const tree = new TreeWriter(directory);
  const gigabyte = tree.file('one gibibyte.bin', GIB);
  const fiftyMebibytes = tree.file('fifty mebibytes.bin', 50 * MIB);
  const shared = tree.file('shared by readers.bin', 64 * MIB + 12_345);
  for (let index = 0; index < 6; index += 1)
    tree.file(`volume ${String(index)}.bin`, 100 * MIB + index * 777);

  const edges = tree.folder('edges');
  const sizes = [
    0,
    1,
    4095,
    4096,
    4097,
    BLOCK - 1,
    BLOCK,
    BLOCK + 1,
    2 * BLOCK,
    2 * BLOCK + 1,
    64 * KIB,
    64 * KIB + 1,
  ];
  for (const size of sizes) tree.file(join(edges, `${String(size)} bytes`), size);

  const names = tree.folder('names');
  for (const name of awkwardNames) tree.file(join(names, name), 1_000 + name.length);
  for (const name of awkwardNames) tree.file(join(tree.folder(join('folders', name)), 'inside'), 500);
  tree.folder('empty folder');

  let deep = tree.folder('deep');
  for (let level = 0; level < DEEP_LEVELS; level += 1) {
    deep = tree.folder(join(deep, `level ${String(level)} ünter`));
    tree.file(join(deep, 'file'), level * 100);
  }

  for (let index = 0; index < SMALL_FILES; index += 1) {
    const folder = tree.folder(join('small', `folder ${String(index % 96)}`));
    // From empty to 80 KiB, unevenly, 380 MiB in all.
    tree.file(join(folder, `file ${String(index)}.dat`), (index * 7_919) % (80 * KIB));
  }
  return { directory, files: tree.files, bytes: tree.bytes, gigabyte, fiftyMebibytes, shared };
}

/** The large tree of this run, made by whoever asks first. Test files run one at a time, so nobody asks twice at once. */
export function largeTree(): LargeTree {
  const directory = join(testRoot(), 'large-tree');
  const description = `${directory}.json`;
  if (existsSync(description)) {
    const made: LargeTree = JSON.parse(readFileSync(description, 'utf8'));
    return made;
  }
  if (freeBytes(testRoot()) < 3 * GIB) throw new Error(`3 GiB free are needed in ${testRoot()}`);
  const tree = makeLargeTree(directory);
  writeFileSync(description, JSON.stringify(tree));
  return tree;
}
