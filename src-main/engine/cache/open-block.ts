/** What is asked of an open block file. Nothing here throws: what cannot be done is as good as a miss. */
import { closeSync, fstatSync } from 'node:fs';
import { identityOf, type FileIdentity } from './proven-blocks.ts';

/** Undefined for what is no plain file. */
export function describe(
  descriptor: number,
): { readonly length: number; readonly identity: FileIdentity } | undefined {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile() && stats.nlink > 0
      ? { length: stats.size, identity: identityOf(stats) }
      : undefined;
  } catch {
    return undefined;
  }
}

export function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // Read-only descriptors lose nothing; there is nobody to tell.
  }
}
