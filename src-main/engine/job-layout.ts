/**
 * How a job's files become blocks and where the cache keeps them, derived from what the catalogue says alone, so that a mount
 * and a look at a job that is not mounted always agree.
 */
import { cacheNamespace } from './cache/artifact-key.ts';
import { DEFAULT_BLOCK_BYTES } from './config.ts';
import { GhostError } from './errors.ts';
import type { JobDescription } from './metadata/metadata-oracle.ts';

/** Bytes. Throws ARGUMENT_INVALID when `wanted` is given and fits no digest of the job. */
export function blockSizeOf(job: JobDescription, wanted?: number): number {
  const { blockSize } = job;
  if (blockSize === undefined || wanted === undefined || wanted === blockSize) {
    return wanted ?? blockSize ?? DEFAULT_BLOCK_BYTES;
  }
  throw new GhostError(
    'ARGUMENT_INVALID',
    `Job ${job.id} was published in blocks of ${blockSize} bytes and its digests fit no other size. Leave out --block-size.`,
    { job: job.id },
  );
}

/** `database` is the catalogue's real path, `sources` are those the blocks come from: the job's own unless others are chosen. */
export function namespaceOf(
  { id, contentId, keyId }: Pick<JobDescription, 'id' | 'contentId' | 'keyId'>,
  database: string,
  sources: readonly string[],
): string {
  return cacheNamespace(id, contentId === undefined ? [database, ...sources] : [contentId], keyId);
}
