/**
 * Names of the folders jobs are mounted in, made of names that can hold anything. Invariant: one plain folder name that a
 * person recognises, that fits every file system and shows what it is; no two jobs share one.
 */
import type { JobKey } from '../engine/control/protocol.ts';

/** Room below the 255 bytes of a name for what makes it unique. Bytes of UTF-8. */
const MAX_BYTES = 160;
/** Marks that reverse or hide text, halves of characters, characters without a meaning. */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Co}]+/gu;
const SPACES = /[\p{Cc}\p{Z}]+/gu;
const SEPARATORS = /[/\\]+/g;

export interface NamedJob {
  readonly key: JobKey;
  readonly id: number;
  /** As the catalogue has it, often a path. */
  readonly name: string;
}

/** What a job's folder is called when no other has taken that name. */
export function folderName({ id, name }: Omit<NamedJob, 'key'>): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(INVISIBLE, '')
    .replaceAll(SPACES, ' ')
    .replaceAll(SEPARATORS, '-')
    // No hidden folders, no options of a command, no `.` or `..`, no space at an end.
    .replace(/^[\s.~-]+/, '');
  return shortened(plain).replace(/[\s.-]+$/, '') || `job ${id}`;
}

/**
 * The folder of each job. Who has a name keeps it; the first of several new ones takes it, the others add their key. Compared
 * without regard to case, as some file systems do.
 */
export function assignFolders(
  jobs: readonly NamedJob[],
  before: ReadonlyMap<JobKey, string>,
): ReadonlyMap<JobKey, string> {
  const folders = new Map<JobKey, string>();
  const taken = new Set<string>();
  const take = (key: JobKey, folder: string): void => {
    folders.set(key, folder);
    taken.add(folder.toLowerCase());
  };
  for (const { key } of jobs) {
    const folder = before.get(key);
    if (folder !== undefined) take(key, folder);
  }
  for (const job of jobs) {
    if (folders.has(job.key)) continue;
    let folder = folderName(job);
    while (taken.has(folder.toLowerCase())) folder = `${folder} (${job.key})`;
    take(job.key, folder);
  }
  return folders;
}

/** At most `MAX_BYTES`, cut between characters. */
function shortened(text: string): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_BYTES) return text.slice(0, end);
    end += character.length;
  }
  return text;
}
