/** Where the bytes of a job and of its files are, as the catalogue says it. */
import type { BlockFile } from './entangler/block-reader.ts';
import type { FileDescription } from './entangler/descriptions.ts';
import { GhostError } from './errors.ts';
import type { JobDescription, MetadataOracle } from './metadata/metadata-oracle.ts';

/** URIs or paths, best first; `wanted` take the place of the job's own unless empty. Throws SOURCE_INVALID. */
export function sourcesOf(
  job: JobDescription,
  wanted: readonly string[],
  database: string,
): readonly string[] {
  const chosen = wanted.length > 0 ? wanted : job.sources;
  if (chosen.length > 0) return chosen;
  throw new GhostError(
    'SOURCE_INVALID',
    `The catalogue ${database} does not say where the bytes of job ${job.id} are. Name a source with --source.`,
    { job: job.id },
  );
}

/** Where a file's bytes are, as long as the catalogue still says what the open handle was told. */
export function describe(oracle: MetadataOracle, file: BlockFile): FileDescription {
  const artifact = oracle.byId(file.id);
  if (artifact === undefined || artifact.size !== file.size || artifact.mtime !== file.mtime) {
    throw new GhostError('OBJECT_CHANGED', 'The file changed in the catalogue since it was opened.', {
      artifact: file.id,
      job: oracle.job.id,
    });
  }
  const { id, size, mtime } = artifact;
  const digests = oracle.digests(id);
  return {
    object: { id, size, mtime, path: oracle.sourcePath(id) },
    ...(digests === undefined ? {} : { digests }),
  };
}
