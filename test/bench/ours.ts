/** Our own mounts as contenders, published and mounted by the real command line. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mountJob, publish } from '../helpers/mounted-job.ts';
import { newDirectory } from '../helpers/system.ts';
import type { BenchMount, Contender } from './contender.ts';

export const DRIVERS = ['linux-kernel', 'fuse-native'] as const;
export type Driver = (typeof DRIVERS)[number];

const MOUNT_LIMIT_MS = 15 * 60_000;
const PUBLISH_LIMIT_MS = 10 * 60_000;

export interface Published {
  readonly database: string;
  readonly job: number;
}

/**
 * Publishes when first asked and once for all drivers, so that a failure is a row without figures and not the end of
 * the benchmark. `source` is where the mounts read; the tree itself is only walked and digested.
 */
export function publisher(tree: string, source: string): () => Promise<Published> {
  let published: Promise<Published> | undefined;
  const publishOnce = async (): Promise<Published> => {
    const database = join(newDirectory('catalogue'), 'magnetar.db');
    const { jobId } = await publish({ tree, database, source, timeoutMs: PUBLISH_LIMIT_MS });
    return { database, job: jobId };
  };
  return async () => await (published ??= publishOnce());
}

/** `cacheDirectory` is kept from mount to mount when given; otherwise each mount begins with an empty one. */
export function ours(
  driver: Driver,
  published: () => Promise<Published>,
  cacheDirectory?: string,
): Contender {
  return {
    name: `orbit-ghost ${driver}`,
    description: `node ${process.version}, blocks of 1 MiB, digests verified`,
    async mount(): Promise<BenchMount> {
      const mounted = await mountJob({
        ...(await published()),
        args: ['--driver', driver],
        limitMs: MOUNT_LIMIT_MS,
        ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
      });
      return {
        directory: mounted.mountPoint,
        ...(cacheDirectory === undefined ? {} : { cachedBytes: () => blockBytesIn(cacheDirectory) }),
        unmount: async () => {
          await mounted[Symbol.asyncDispose]();
        },
      };
    },
  };
}

function blockBytesIn(cacheDirectory: string): number {
  return readdirSync(cacheDirectory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.bin'))
    .reduce((sum, name) => sum + statSync(join(cacheDirectory, name)).size, 0);
}
