/**
 * `orbit-ghost demo`: two small jobs in the user's own data directory, mounted side by side, and what to try with them.
 * Invariant: needs no network, display or configuration, and every command it prints works as printed.
 */
import { join } from 'node:path';
import { ensureDemo } from '../../demo/demo.ts';
import {
  DEFAULT_CACHE_BYTES,
  DEFAULT_DEADLINE_MS,
  DEFAULT_MIN_FREE_BYTES,
  DEFAULT_TRANSFERS,
} from '../../engine/config.ts';
import type { DriverChoice } from '../../engine/fuse/select-driver.ts';
import { userDirectories } from '../../supervisor/settings/directories.ts';
import type { Outcome } from '../leave.ts';
import type { LogLevel } from '../../engine/log.ts';
import { shellQuoted } from '../../output/own-command.ts';
import { serve, type WantedMount } from '../serve.ts';

export interface DemoCommand {
  readonly driver: DriverChoice;
  readonly logLevel: LogLevel;
}

export async function demoCommand({ driver, logLevel }: DemoCommand): Promise<Outcome> {
  const { data, cache, state } = userDirectories();
  const { home, source, database, jobs } = await ensureDemo({ data });
  const blocks = join(cache, 'demo');
  return await serve({
    logLevel,
    logDirectory: state,
    settings: {
      cacheDirectory: blocks,
      cacheLimitBytes: DEFAULT_CACHE_BYTES,
      cacheMinFreeBytes: DEFAULT_MIN_FREE_BYTES,
      transfers: DEFAULT_TRANSFERS,
      deadlineMs: DEFAULT_DEADLINE_MS,
      driver,
    },
    mounts: [
      // Where they are now, also when the home directory has been moved since the catalogue was made.
      mountOf(jobs.files, join(home, 'files'), [source]),
      mountOf(jobs.farAway, join(home, 'far-away'), []),
    ],
    announce: ([files = '', farAway = '']) => {
      process.stdout.write(`${welcome({ source, files, farAway, cache: blocks }).join('\n')}\n`);
    },
  });

  function mountOf(job: number, mountPoint: string, sources: readonly string[]): WantedMount {
    return { database, job, mountPoint, choices: { sources, blockSize: undefined, allowOther: false } };
  }
}

interface Places {
  readonly source: string;
  readonly files: string;
  readonly farAway: string;
  readonly cache: string;
}

function welcome({ source, files, farAway, cache }: Places): readonly string[] {
  const far = shellQuoted(join(farAway, '10-GiB.bin'));
  return [
    'Two jobs are mounted:',
    `  ${files}`,
    `      real files, published from ${source}`,
    `  ${farAway}`,
    '      111 GiB of simulated files, half a second away; they take no space',
    '',
    'Try in another terminal:',
    `  ls -lR ${shellQuoted(files)} ${shellQuoted(farAway)}`,
    `  cat ${shellQuoted(join(files, 'README.txt'))}`,
    `  tail -n 3 ${shellQuoted(join(files, 'measurements.csv'))}`,
    '',
    'The end of a 10 GiB file: half a second the first time, no time the second.',
    `  time tail -c 200 ${far} | od -c | tail -n 5`,
    'What has been moved so far, of both:',
    `  du -sh ${shellQuoted(cache)}`,
    '',
    'Ctrl-C unmounts both and ends the demo.',
  ];
}
