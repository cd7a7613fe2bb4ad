/** `orbit-ghost --job-id ID`: mounts one job in the foreground. Standard output carries one line, when the mount answers. */
import { join } from 'node:path';
import type { DriverChoice } from '../../engine/fuse/select-driver.ts';
import { userDirectories } from '../../supervisor/settings/directories.ts';
import type { Outcome } from '../leave.ts';
import type { LogLevel } from '../../engine/log.ts';
import { createLogging } from '../../output/logging.ts';
import { serve } from '../serve.ts';

export interface MountCommand {
  readonly jobId: number;
  readonly database: string;
  /** Undefined: below the user's data directory. */
  readonly mountPoint: string | undefined;
  /** Undefined: below the user's cache directory. False: serves uncached. */
  readonly cache: string | false | undefined;
  readonly sources: readonly string[];
  readonly driver: DriverChoice;
  readonly blockSize: number | undefined;
  readonly allowOther: boolean;
  readonly transfers: number;
  readonly deadlineMs: number;
  readonly logLevel: LogLevel;
}

export async function mountCommand(command: MountCommand): Promise<Outcome> {
  const directories = userDirectories();
  const logger = createLogging({
    level: command.logLevel,
    directory: directories.state,
    write: (line) => void process.stderr.write(`${line}\n`),
  });
  const { jobId, cache } = command;
  return await serve({
    engine: {
      cacheDirectory: cache === false ? undefined : (cache ?? join(directories.cache, 'blocks')),
      transfers: command.transfers,
      logger,
    },
    mounts: [
      {
        database: command.database,
        job: jobId,
        mountPoint: command.mountPoint ?? join(directories.data, 'mounts', `job-${jobId}`),
        sources: command.sources,
        driver: command.driver,
        blockSize: command.blockSize,
        allowOther: command.allowOther,
        deadlineMs: command.deadlineMs,
      },
    ],
    announce: (mounted) => {
      for (const { mountPoint } of mounted) {
        process.stdout.write(`mounted job ${jobId} at ${mountPoint}\n`);
      }
    },
  });
}
