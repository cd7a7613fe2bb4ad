/**
 * The project where every user can enter it: root's home, where root often keeps it, is closed to others. It is shown again
 * below the run's temporary root, read-only, so that not even a removal of that root could harm it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { mountAt } from './system-mounts.ts';
import { projectRoot } from './system.ts';

const SHOWN_VARIABLE = 'ORBIT_GHOST_TEST_PROJECT';
const OTHERS_MAY_ENTER = 0o001;

/** Shows the project below `root` if other users could not reach it otherwise. Only root can, and has other users. */
export function showProject(root: string): void {
  if (process.getuid?.() !== 0 || isOpen(projectRoot)) return;
  const place = placeBelow(root);
  mkdirSync(place);
  execFileSync('mount', ['--bind', '-o', 'ro', projectRoot, place]);
  process.env[SHOWN_VARIABLE] = place;
}

/** Undoes `showProject`, of this run or of one that was killed. */
export function hideProject(root: string): void {
  if (mountAt(placeBelow(root)) !== undefined) execFileSync('umount', ['--lazy', placeBelow(root)]);
}

/** A path of the project as other users reach it; any other path as it is. */
export function forOtherUsers(path: string): string {
  const place = process.env[SHOWN_VARIABLE];
  return place !== undefined && path.startsWith(projectRoot + sep)
    ? join(place, path.slice(projectRoot.length))
    : path;
}

function placeBelow(root: string): string {
  return join(root, 'project');
}

function isOpen(directory: string): boolean {
  const open = (statSync(directory).mode & OTHERS_MAY_ENTER) !== 0;
  return open && (dirname(directory) === directory || isOpen(dirname(directory)));
}
