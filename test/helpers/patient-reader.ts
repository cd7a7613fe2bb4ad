/** Starts patient-reader-main.ts; it has stopped in the middle of its work when this resolves. */
import { join } from 'node:path';
import { start, type Child } from './child.ts';
import { projectRoot } from './system.ts';

const MAIN = join(projectRoot, 'test', 'helpers', 'patient-reader-main.ts');

export interface PatientReader {
  /** What it prints in the end. Rejects with its complaint. */
  goOn(): Promise<string>;
}

async function patient(args: readonly string[]): Promise<PatientReader> {
  const child: Child = await start(process.execPath, [MAIN, ...args]);
  await child.waitForLine(/^waiting$/);
  return {
    async goOn() {
      child.signal('SIGUSR2');
      const { code } = await child.exited;
      if (code !== 0) throw new Error(child.stderr());
      return child.stdout().trim().split('\n').at(-1) ?? '';
    },
  };
}

/** Has so many files of `mountPoint` open; `tree` has their right content. */
export const manyHandles = (mountPoint: string, tree: string, count: number): Promise<PatientReader> =>
  patient(['handles', mountPoint, tree, String(count)]);

/** Is so many entries into a directory. */
export const longListing = (directory: string, entries: number): Promise<PatientReader> =>
  patient(['listing', directory, '', String(entries)]);
