/**
 * Creates a directory with what is missing above it. Not Node's own recursive mkdir: that one never returns where a file
 * system answers ENOENT although the parent exists, as /proc does.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** `path` is absolute. Throws for the first directory that cannot be made. */
export function makeDirectory(path: string, mode: number): void {
  const missing: string[] = [];
  for (let current = path; !made(current, mode); current = dirname(current)) {
    missing.push(current);
    if (dirname(current) === current) break;
  }
  for (const directory of missing.toReversed()) {
    if (!made(directory, mode)) throw new Error(`${directory} cannot be created there`);
  }
}

/** Whether it is there now; false when its parent is missing. */
function made(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT') return false;
    throw error;
  }
}
