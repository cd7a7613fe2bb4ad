/**
 * `orbit-ghost demo`: two small jobs in the user's own data directory, mounted side by side, and what to try with them.
 * Invariant: needs no network, display or configuration, and every command it prints works as printed.
 */
import { join } from 'node:path';
import { ensureDemo } from '../../demo/demo.ts';
import type { DriverChoice } from '../../engine/fuse/select-driver.ts';
import type { JobOptions } from '../../engine/ghostfs.ts';
import { userDirectories } from '../../supervisor/settings/directories.ts';
import type { Outcome } from '../leave.ts';
import type { LogLevel } from '../../engine/log.ts';
import { shellQuoted } from '../../output/own-command.ts';
import { createLogging } from '../../output/logging.ts';
import { serve } from '../serve.ts';

export interface DemoCommand {
  readonly driver: DriverChoice;
  readonly logLevel: LogLevel;
}

export async function demoCommand({ driver, logLevel }: DemoCommand): Promise<Outcome> {
  const { data, cache, state } = userDirectories();
  const logger = createLogging({
    level: logLevel,
    directory: state,
    write: (line) => void process.stderr.write(`${line}\n`),
  });
  const { home, source, database, jobs } = await ensureDemo({ data });
  const common = { database, driver, blockSize: undefined, allowOther: false };
  const blocks = join(cache, 'demo');
  const files: JobOptions = {
    ...common,
    job: jobs.files,
    mountPoint: join(home, 'files'),
    // Where they are now, also when the home directory has been moved since the catalogue was made.
    sources: [source],
  };
  const farAway: JobOptions = {
    ...common,
    job: jobs.farAway,
    mountPoint: join(home, 'far-away'),
    sources: [],
  };
  return await serve({
    engine: { cacheDirectory: blocks, logger },
    mounts: [files, farAway],
    announce: (mounted) => {
      const [filesAt = '', farAwayAt = ''] = mounted.map(({ mountPoint }) => mountPoint);
      const lines = welcome({
        source,
        files: filesAt,
        farAway: farAwayAt,
        cache: blocks,
      });
      process.stdout.write(`${lines.join('\n')}\n`);
    },
  });
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
