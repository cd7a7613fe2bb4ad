/**
 * What the conformance cases share: a tree on disk, a catalogue of it, and one mount per driver, with umask 027, that
 * stays for all cases that change nothing. The mount is touched by probes alone.
 */
import { mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { TestCatalogue, JOB, type Row } from '../../helpers/driver-catalogue.ts';
import { Prober, type User } from '../../helpers/driver-prober.ts';
import { ordinaryUser, type DriverTarget } from '../../helpers/driver-targets.ts';
import { mountJob, type MountedJob } from '../../helpers/mounted-job.ts';
import { newDirectory } from '../../helpers/system.ts';
import { awkwardNames } from '../../helpers/tree-names.ts';
import { writeSeededFile } from '../../helpers/tree.ts';

/** The smallest block there is, so that small files have many. */
export const BLOCK_BYTES = 64 * 1024;
export const UMASK = 0o027;
export const MANY_ENTRIES = 100_000;
const NESTED = ['nested', 'über a', 'b c', 'd'] as const;

/** A file of the shared tree. */
export interface TreeFile {
  readonly path: string;
  readonly size: number;
  readonly mtime: number;
}

const LARGE = 5 * BLOCK_BYTES + 1234;

/** Files with content, below the root of the shared tree. */
export const treeFiles: readonly TreeFile[] = [
  { path: 'large file.bin', size: LARGE },
  { path: 'exact.bin', size: 2 * BLOCK_BYTES },
  { path: 'one more.bin', size: BLOCK_BYTES + 1 },
  { path: 'one.bin', size: 1 },
  { path: 'sector.bin', size: 513 },
  { path: 'empty', size: 0 },
  { path: `${NESTED.join('/')}/leaf`, size: 777 },
  ...awkwardNames.map((name) => ({ path: `names/${name}`, size: 100 + Buffer.byteLength(name) })),
].map((file, index) => ({ ...file, mtime: 1_600_000_000 + index * 3600 }));

export const treeDirectories: readonly string[] = [
  ...NESTED.map((_, depth) => NESTED.slice(0, depth + 1).join('/')),
  'names',
  'no entries',
];

/** Entries of the directory that is too large for one reply; they exist in the catalogue alone. */
export function manyName(index: number): string {
  return `entry ${String(index).padStart(6, '0')}`;
}

function* catalogueRows(): Generator<Row> {
  const parentOf = (path: string): string =>
    path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : 'root';
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  for (const path of treeDirectories) {
    yield { id: path, parent: parentOf(path), name: nameOf(path), isDirectory: true };
  }
  for (const { path, size, mtime } of treeFiles) {
    yield { id: path, parent: parentOf(path), name: nameOf(path), size, mtime };
  }
  yield { id: 'many', parent: 'root', name: 'many', isDirectory: true };
  for (let index = 0; index < MANY_ENTRIES; index += 1) {
    yield { id: `many/${String(index)}`, parent: 'many', name: manyName(index), size: index };
  }
}

interface SharedTree {
  readonly directory: string;
  readonly database: string;
}

let shared: SharedTree | undefined;

/** Made once for all drivers. */
function sharedTree(): SharedTree {
  if (shared !== undefined) return shared;
  const directory = newDirectory('conformance-tree', 0o755);
  for (const path of treeDirectories) mkdirSync(join(directory, path));
  treeFiles.forEach(({ path, size, mtime }, index) => {
    writeSeededFile(join(directory, path), size, index);
    utimesSync(join(directory, path), mtime, mtime);
  });
  const catalogue = newCatalogue(directory);
  catalogue.addAll(catalogueRows());
  catalogue.database.close();
  shared = { directory, database: catalogue.path };
  return shared;
}

/** An empty catalogue that every user may read. */
export function newCatalogue(source: string): TestCatalogue {
  return new TestCatalogue(join(newDirectory('conformance-catalogue', 0o755), 'magnetar.db'), source);
}

/** One driver under test. Its fields are there once `beforeAll` has run. */
export class Subject {
  readonly target: DriverTarget;
  #user: User | undefined;
  #mounted: MountedJob | undefined;

  constructor(target: DriverTarget) {
    this.target = target;
    beforeAll(async () => {
      if (target.asAddedUser) this.#user = await ordinaryUser();
      this.#mounted = await this.mount(sharedTree().database);
    });
    afterAll(async () => {
      await this.#mounted?.[Symbol.asyncDispose]();
    });
  }

  get probe(): Prober {
    return new Prober(this.#user);
  }

  /** Whom files must belong to. */
  get owner(): User {
    return this.#user ?? { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  }

  /** The shared mount. */
  get mounted(): MountedJob {
    if (this.#mounted === undefined) throw new Error('the shared mount is not there');
    return this.#mounted;
  }

  /** A path on the shared mount. */
  path(...names: readonly string[]): string {
    return join(this.mounted.mountPoint, ...names);
  }

  /** The same path in the tree it was made of. */
  source(...names: readonly string[]): string {
    return join(sharedTree().directory, ...names);
  }

  /** Another mount with this driver, as this user. */
  async mount(database: string): Promise<MountedJob> {
    const home = newDirectory('home', 0o777);
    const before = process.umask(UMASK);
    try {
      return await mountJob({
        database,
        job: JOB,
        args: ['--driver', this.target.driver, '--block-size', String(BLOCK_BYTES)],
        env: { HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home, XDG_STATE_HOME: home },
        ...(this.#user === undefined ? {} : { user: this.#user }),
      });
    } finally {
      process.umask(before);
    }
  }
}
