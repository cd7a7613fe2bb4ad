/**
 * Whether the system's index of file names (updatedb) leaves our mounts out: walking them would ask for every name of every
 * job, each night. Format: updatedb.conf(5) of plocate and mlocate.
 */
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { messageOf } from '../../engine/errors.ts';
import { SUBTYPE } from '../../engine/fuse/kernel/mount-table.ts';
import type { Check } from './check.ts';

const NAME = 'updatedb';
const TYPE = `fuse.${SUBTYPE}`;
const TYPES_LINE = /^([ \t]*PRUNEFS[ \t]*=[ \t]*")([^"\n]*)(")/m;

export interface UpdatedbSurroundings {
  readonly file: string;
  readonly isRoot: boolean;
}

export async function updatedbCheck(
  mountRoot: string,
  { file, isRoot }: UpdatedbSurroundings = {
    file: '/etc/updatedb.conf',
    isRoot: process.geteuid?.() === 0,
  },
): Promise<Check> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const sentence = isMissing
      ? 'No index of file names is set up, so none walks the mounts.'
      : `${file} cannot be read (${messageOf(error)}).`;
    return { name: NAME, level: isMissing ? 'ok' : 'warning', sentence };
  }
  if (leavesOut(text, mountRoot)) {
    return { name: NAME, level: 'ok', sentence: 'The index of file names leaves the mounts out.' };
  }
  const check: Check = {
    name: NAME,
    level: 'warning',
    sentence: `The index of file names walks mounts that everybody, or root, may look into: ${file} does not leave them out.`,
    remedy: `Add ${TYPE} to PRUNEFS in ${file}, as root.`,
  };
  if (!isRoot) return check;
  return {
    ...check,
    mend: async () => {
      await replaceFile(file, withType(text));
      return `Added ${TYPE} to PRUNEFS in ${file}.`;
    },
  };
}

function leavesOut(text: string, mountRoot: string): boolean {
  const types = wordsOf(text, 'PRUNEFS').map((type) => type.toLowerCase());
  // A path leaves out everything below it.
  const isPruned = (path: string): boolean => mountRoot === path || mountRoot.startsWith(`${path}/`);
  return types.includes(TYPE) || wordsOf(text, 'PRUNEPATHS').some(isPruned);
}

function wordsOf(text: string, variable: string): readonly string[] {
  const line = new RegExp(String.raw`^[ \t]*${variable}[ \t]*=[ \t]*"([^"\n]*)"`, 'm').exec(text);
  return line?.[1]?.split(/\s+/).filter((word) => word !== '') ?? [];
}

function withType(text: string): string {
  if (TYPES_LINE.test(text)) {
    return text.replace(TYPES_LINE, (_, before: string, types: string, after: string) =>
      [before, [types.trimEnd(), TYPE].filter((part) => part !== '').join(' '), after].join(''),
    );
  }
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}PRUNEFS="${TYPE}"\n`;
}

/** As a whole, with the mode it had. */
async function replaceFile(file: string, text: string): Promise<void> {
  const target = await realpath(file);
  const draft = `${target}.orbit-ghost-${process.pid}`;
  const { mode } = await stat(target);
  try {
    await writeFile(draft, text, { mode: mode & 0o777, flag: 'wx', flush: true });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
