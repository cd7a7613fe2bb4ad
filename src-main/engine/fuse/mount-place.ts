/**
 * Where the kernel has a mount whose path was given by a person, and whose turn it is there. Invariant: nothing here looks at
 * the place itself, as a mount there may not answer.
 */
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Turns } from '../turns.ts';

/** As many as the kernel follows. */
const LINKS_MAX = 40;

/**
 * By place: who looks at the mount table and then changes it goes alone, or what was mounted there in between would be covered
 * or taken away.
 */
export const placeTurns = new Turns<string>();

/** As the mount table names it. Every component but the last is followed by the kernel, the last by us. */
export async function placeOf(wanted: string): Promise<string> {
  let path = resolve(wanted);
  for (let links = 0; links < LINKS_MAX; links += 1) {
    const directory = await realDirectory(dirname(path));
    path = join(directory, basename(path));
    const target = await readlink(path).catch(() => undefined);
    if (target === undefined) break;
    path = resolve(directory, target);
  }
  return path;
}

/** Resolved as far as it exists. */
async function realDirectory(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realDirectory(parent), basename(path));
  }
}
