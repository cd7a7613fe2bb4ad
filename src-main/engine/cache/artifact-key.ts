/**
 * Names a version of an artifact in the cache. The id is arbitrary text, so it is hashed rather than escaped; size,
 * mtime and block size are part of the hash, so a changed artifact never finds the blocks of its former self.
 */
import { createHash, hash } from 'node:crypto';
import type { CacheKey } from './block-cache.ts';

/** 128 bits: a collision among a billion artifacts has a probability below 1e-20. */
const KEY_HEX_DIGITS = 32;
const NAMESPACE_HEX_DIGITS = 12;
/** Nobody can make a catalogue whose blocks would be taken for those of a job that was published with a key. */
const KEYED_NAMESPACE_HEX_DIGITS = 32;

/**
 * The cache folder of a job: `<job>-<digest of what its bytes depend on>`. `identity` is the published content id, or for
 * catalogues without one the catalogue's real path and the sources, because there nothing else tells two contents apart.
 * `keyId` is that of the key its blocks are proven with.
 */
export function cacheNamespace(job: number, identity: readonly string[], keyId?: string): string {
  const digest = createHash('sha256');
  for (const part of keyId === undefined ? identity : [...identity, keyId]) {
    digest.update(`${Buffer.byteLength(part)}:${part};`);
  }
  const digits = keyId === undefined ? NAMESPACE_HEX_DIGITS : KEYED_NAMESPACE_HEX_DIGITS;
  return `${job}-${digest.digest('hex').slice(0, digits)}`;
}

/** `<namespace>/<two hex digits>/<artifact key>`: with `_<block>.bin` added, the block file's path below the cache directory. */
export function artifactKey(
  namespace: string,
  artifact: { readonly id: string; readonly size: number; readonly mtime: number },
  blockSize: number,
): CacheKey {
  const digest = hash('sha256', `${artifact.size};${artifact.mtime};${blockSize};${artifact.id}`, 'hex');
  const key = digest.slice(0, KEY_HEX_DIGITS);
  return `${namespace}/${key.slice(0, 2)}/${key}` as CacheKey;
}

/** Path of a block file relative to the cache directory. */
export function blockFileName(key: CacheKey, block: number): string {
  return `${key}_${block}.bin`;
}
