/**
 * The demo: a catalogue of two small jobs in the user's own data directory, made where it is missing. Used by the command
 * line and by the running program. Invariant: needs no network, and making it again changes nothing.
 */
import { join } from 'node:path';
import { GhostError, messageOf } from '../engine/errors.ts';
import { makeDirectory } from '../engine/make-directory.ts';
import { ensureDemoCatalogue, type DemoJobs } from './demo-catalogue.ts';
import { DEMO_VERSION, ensureDemoSource } from './demo-source.ts';

/** The person's own, like everything below a data directory. */
const HOME_MODE = 0o700;

export interface Demo {
  /** Directory of all that belongs to it. */
  readonly home: string;
  /** The real files. */
  readonly source: string;
  /** The catalogue. */
  readonly database: string;
  /** Their numbers in the catalogue. */
  readonly jobs: DemoJobs;
}

/** Where the demo is, or would be. */
export function demoPlaces({ data }: { readonly data: string }): Omit<Demo, 'jobs'> {
  const home = join(data, 'demo');
  return { home, source: join(home, `source-${DEMO_VERSION}`), database: join(home, 'magnetar.db') };
}

/** Rejects with PERMISSION_DENIED when it cannot be written there. */
export async function ensureDemo(directories: { readonly data: string }): Promise<Demo> {
  const { home, source, database } = demoPlaces(directories);
  try {
    makeDirectory(home, HOME_MODE);
    await ensureDemoSource(source);
  } catch (cause) {
    throw new GhostError(
      'PERMISSION_DENIED',
      `The demo cannot be written below ${home} (${messageOf(cause)}); make room there or set XDG_DATA_HOME to another directory.`,
      { cause },
    );
  }
  return { home, source, database, jobs: await ensureDemoCatalogue(database, source) };
}
