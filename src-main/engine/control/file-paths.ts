/** Paths for people, from the catalogue; whatever keeps it from answering at once only costs the path. */
import type { ArtifactId, MetadataOracle, Ordinal } from '../metadata/metadata-oracle.ts';

/** Below the job's root; undefined when it cannot be told now. */
export function pathOf(oracle: MetadataOracle, artifact: ArtifactId | Ordinal): string | undefined {
  try {
    const id = typeof artifact === 'number' ? oracle.byOrdinal(artifact)?.id : artifact;
    return id === undefined ? undefined : oracle.sourcePath(id).join('/');
  } catch {
    return undefined;
  }
}
