/**
 * The machine under the tests: where the project and its Node are, where temporary files go, whether FUSE works here.
 * Everything a run writes lies below one root, which the run removes; a later run removes what a killed one left.
 */
import { accessSync, chmodSync, constants, existsSync, mkdtempSync, readdirSync, statfsSync } from 'node:fs';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export const projectRoot = join(import.meta.dirname, '..', '..');

const ROOT_VARIABLE = 'ORBIT_GHOST_TEST_ROOT';
const ROOT_PREFIX = 'orbit-ghost-test-';
const OWNER_FILE = 'owner.pid';

/** Where a system keeps administrators' tools; an ordinary user's PATH often lacks them. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Full path of a command, looked for where administrators' tools live too. */
export function findCommand(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_DIRECTORIES];
  return directories.map((directory) => join(directory, name)).find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why a real mount cannot work here, with the remedy; undefined when it can. */
export function mountObstacle(): string | undefined {
  if (Number.parseInt(process.versions.node, 10) < 24) {
    return `tests need Node 24, this is ${process.version}; start them with npm, which brings it along`;
  }
  if (!existsSync('/dev/fuse')) {
    return '/dev/fuse is missing; type `modprobe fuse` as root, or give the container the device';
  }
  if (process.getuid?.() === 0) return undefined;
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
  } catch {
    return '/dev/fuse may not be opened by this user; run as root or type `chmod 666 /dev/fuse` as root';
  }
  return findCommand('fusermount3') === undefined
    ? 'fusermount3 is missing; type `apt-get install fuse3` as root'
    : undefined;
}

export function hasTestRoot(): boolean {
  return process.env[ROOT_VARIABLE] !== undefined;
}

/** The directory all temporary files of this run lie in. */
export function testRoot(): string {
  const root = process.env[ROOT_VARIABLE];
  if (root === undefined) throw new Error('no temporary root: createTestRoot() has not run');
  return root;
}

/** A new directory below the root; readable by other users only where `mode` says so. */
export function newDirectory(name: string, mode = 0o700): string {
  const directory = mkdtempSync(join(testRoot(), `${name}-`));
  chmodSync(directory, mode);
  return directory;
}

/**
 * Makes the root on the first disk with `needed` bytes free and hands it to child processes through the environment.
 * On Debian 13 /tmp is memory, hence the second choice.
 */
export function createTestRoot(needed: number): string {
  const candidates = [process.env['ORBIT_GHOST_TEST_DIR'], tmpdir(), '/var/tmp'].filter(
    (path) => path !== undefined,
  );
  const base = candidates.find((path) => existsSync(path) && freeBytes(path) >= needed);
  if (base === undefined) {
    const gib = (needed / 2 ** 30).toFixed(0);
    throw new Error(
      `${gib} GiB free are needed in one of ${candidates.join(', ')}; set ORBIT_GHOST_TEST_DIR`,
    );
  }
  const root = mkdtempSync(join(base, ROOT_PREFIX));
  // Other users pass through to what a test opens for them.
  chmodSync(root, 0o711);
  writeFileSync(join(root, OWNER_FILE), String(process.pid));
  process.env[ROOT_VARIABLE] = root;
  return root;
}

/** Roots of runs that were killed before they could clean up. */
export function abandonedRoots(): readonly string[] {
  return [...new Set([process.env['ORBIT_GHOST_TEST_DIR'] ?? tmpdir(), tmpdir(), '/var/tmp'])]
    .filter((base) => existsSync(base))
    .flatMap((base) => readdirSync(base).map((name) => join(base, name)))
    .filter((path) => path.includes(`/${ROOT_PREFIX}`) && existsSync(join(path, OWNER_FILE)))
    .filter((path) => !existsSync(`/proc/${readFileSync(join(path, OWNER_FILE), 'utf8').trim()}`));
}

/** Removes a root. Only call when nothing is mounted below it. */
export function removeRoot(root: string): void {
  rmSync(root, { recursive: true, force: true });
}

export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
