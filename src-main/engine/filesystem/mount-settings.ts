/** Everything a filesystem needs to be rebuilt in any thread: plain data, so that it can be posted to a worker. */
import type { JobSecret } from '../job-secret.ts';

export interface MountSettings {
  /** Absolute path of the catalogue. */
  readonly database: string;
  readonly job: number;
  /** Of a job that was published with a key. */
  readonly secret?: JobSecret | undefined;
  /** Absolute path. */
  readonly mountPoint: string;
  /** The block cache; undefined serves uncached. */
  readonly cache:
    | {
        readonly directory: string;
        readonly removals: SharedArrayBuffer;
        readonly proven: SharedArrayBuffer;
      }
    | undefined;
  /** First part of every cache key of this mount (see cache/artifact-key.ts). */
  readonly cacheNamespace: string;
  /** Bytes, a power of two from 64 KiB to 16 MiB. */
  readonly blockSize: number;
  /** Owner shown for every artifact. */
  readonly uid: number;
  readonly gid: number;
  /** Removed from 0755 and 0644. */
  readonly umask: number;
  /** Whether users other than the one who mounts may look. */
  readonly allowOther: boolean;
}
