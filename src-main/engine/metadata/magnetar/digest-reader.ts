/**
 * Reads the digests that `publish` stored for an artifact. Invariant: digests that do not fit the artifact are an error,
 * never silently none, or a changed catalogue would switch verification off. A job with a secret has MACs and nothing else.
 */
import type Database from 'better-sqlite3';
import { DIGEST_BYTES } from '../../config.ts';
import { GhostError } from '../../errors.ts';
import { blockKey, MAC_ALGORITHM, type JobSecret } from '../../job-secret.ts';
import type { Artifact, BlockDigests } from '../metadata-oracle.ts';

/** SQL for the digests of one artifact of the job. */
export function digestsSql(job: number): string {
  return `SELECT block_size, algorithm, digests FROM main.ghost_digests WHERE job_id = ${job} AND artifact_id = ?`;
}

interface DigestRow {
  readonly block_size: unknown;
  readonly algorithm: unknown;
  readonly digests: unknown;
}

/**
 * The returned function throws CATALOGUE_INVALID for digests of another algorithm, size or shape, and with a secret where there
 * are none.
 */
export function prepareDigests(
  database: Database.Database,
  job: number,
  secret: JobSecret | undefined,
): (artifact: Artifact) => BlockDigests | undefined {
  const statement = database.prepare<[string], DigestRow>(digestsSql(job));
  return (artifact) => {
    const row = statement.get(artifact.id);
    if (row === undefined && secret === undefined) return undefined;
    const { block_size: blockSize, algorithm, digests } = row ?? {};
    if (
      algorithm === (secret === undefined ? 'sha256' : MAC_ALGORITHM) &&
      typeof blockSize === 'number' &&
      blockSize > 0 &&
      Buffer.isBuffer(digests) &&
      digests.length === Math.ceil(artifact.size / blockSize) * DIGEST_BYTES
    ) {
      if (secret === undefined) return { algorithm: 'sha256', blockSize, digests };
      const keyOf = (block: number) => blockKey(secret, artifact.id, blockSize, block);
      return { algorithm: MAC_ALGORITHM, blockSize, digests, keyOf };
    }
    throw new GhostError(
      'CATALOGUE_INVALID',
      `The digests of ${JSON.stringify(artifact.name.toString())} in the catalogue ${database.name} do not fit the file; publish it again.`,
      { job, artifact: artifact.id },
    );
  };
}
