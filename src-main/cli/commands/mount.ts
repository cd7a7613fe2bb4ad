/** `orbit-ghost --job-id ID`: mounts one job in the foreground. Standard output carries one line, when the mount answers. */
import { join, resolve } from 'node:path';
import type { DriverChoice } from '../../engine/fuse/select-driver.ts';
import { userDirectories } from '../../supervisor/settings/directories.ts';
import type { Outcome } from '../leave.ts';
import type { LogLevel } from '../../engine/log.ts';
import { serve } from '../serve.ts';

export interface MountCommand {
  readonly jobId: number;
  readonly database: string;
  /** Undefined: below the user's data directory. */
  readonly mountPoint: string | undefined;
  /** Undefined: below the user's cache directory. False: serves uncached. */
  readonly cache: string | false | undefined;
  /** Undefined: none. */
  readonly cacheLimitBytes: number | undefined;
  readonly cacheMinFreeBytes: number | undefined;
  readonly sources: readonly string[];
  readonly driver: DriverChoice;
  readonly blockSize: number | undefined;
  /** Path of the key file the job must have been published with. Undefined: it is looked for, if it needs one. */
  readonly hmacKeyFile: string | undefined;
  readonly allowOther: boolean;
  readonly transfers: number;
  readonly memoryBytes: number;
  readonly requestsPerSecond: number;
  readonly deadlineMs: number;
  readonly logLevel: LogLevel;
}

export async function mountCommand(command: MountCommand): Promise<Outcome> {
  const directories = userDirectories();
  const { jobId, cache, transfers, memoryBytes, requestsPerSecond, deadlineMs, driver } = command;
  const { cacheLimitBytes, cacheMinFreeBytes, sources, blockSize, allowOther, hmacKeyFile } = command;
  const required = hmacKeyFile !== undefined;
  return await serve({
    logLevel: command.logLevel,
    logDirectory: directories.state,
    settings: {
      cacheDirectory: cache === false ? undefined : (cache ?? join(directories.cache, 'blocks')),
      cacheLimitBytes,
      cacheMinFreeBytes,
      transfers,
      memoryBytes,
      requestsPerSecond,
      deadlineMs,
      driver,
      hmacKeys: {
        files: [required ? resolve(hmacKeyFile) : join(directories.config, 'keys')],
        required,
      },
    },
    mounts: [
      {
        database: command.database,
        job: jobId,
        mountPoint: command.mountPoint ?? join(directories.data, 'mounts', `job-${jobId}`),
        choices: { sources, blockSize, allowOther },
      },
    ],
    announce: (mountPoints) => {
      for (const mountPoint of mountPoints) {
        process.stdout.write(`mounted job ${jobId} at ${mountPoint}\n`);
      }
    },
  });
}
