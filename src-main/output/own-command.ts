/**
 * What a person types to reach this very program from another terminal. Invariant: it works in any directory, and never
 * names a package that npm would look for elsewhere.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = 'orbit-ghost';
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const LAUNCHER = fileURLToPath(new URL(`../cli/launch${extension}`, import.meta.url));
/** The shipped wrapper lies beside the directory that holds the packaged program. */
const WRAPPER = fileURLToPath(new URL(`../../../${NAME}`, import.meta.url));

/** The short name where it is found everywhere and means this program, else a full path; fit for a shell. */
export function ownCommand(
  path = process.env['PATH'] ?? '',
  { launcher, wrapper } = { launcher: LAUNCHER, wrapper: WRAPPER },
): string {
  const own = existsSync(wrapper) ? wrapper : launcher;
  if (isInstalled(path, own)) return NAME;
  return own === wrapper ? shellQuoted(wrapper) : `node ${shellQuoted(launcher)}`;
}

/** Whether the name leads to it: a link, or the wrapper's copy that a package puts among the system's commands. */
function isInstalled(path: string, own: string): boolean {
  // npm puts such a directory into the path only for what it starts itself.
  const places = path
    .split(delimiter)
    .filter((place) => isAbsolute(place) && !/[/\\]node_modules([/\\]|$)/.test(place));
  const first = places.map((place) => join(place, NAME)).find((file) => existsSync(file));
  return first !== undefined && (realpathSync(first) === realpathSync(own) || hasSameText(first, own));
}

function hasSameText(one: string, other: string): boolean {
  try {
    return readFileSync(one).equals(readFileSync(other));
  } catch {
    return false;
  }
}

/** As a shell takes it literally; plain paths stay plain. */
export function shellQuoted(text: string): string {
  return /^[\w/.,:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
