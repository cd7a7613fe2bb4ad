/**
 * The names of everything inside a cache directory, in both directions: from a key to a path, and from a file found on
 * disk back to a block. Invariant: a key that did not come from artifact-key.ts never becomes a path.
 */
import { GhostError } from '../errors.ts';
import type { CacheKey } from './block-cache.ts';

export const INDEX_FILE = 'index.db';
export const LOCK_FILE = 'lock.db';
/** What people asked to keep. */
export const PINS_FILE = 'pins.json';

/** Nobody but the owner: block files hold other people's data. */
export const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;

/** A version of an artifact as the index and the directory tree name it; `artifact` is 32 hex digits. */
export interface FileName {
  readonly namespace: string;
  readonly artifact: string;
}

export interface BlockName extends FileName {
  readonly block: number;
}

const KEY = /^(-?\d+-(?:[0-9a-f]{12}|[0-9a-f]{32}))\/([0-9a-f]{2})\/(\2[0-9a-f]{30})$/;
const NAMESPACE = /^-?\d+-(?:[0-9a-f]{12}|[0-9a-f]{32})$/;
const SHARD = /^[0-9a-f]{2}$/;
const BLOCK_FILE = /^([0-9a-f]{32})_(0|[1-9]\d*)\.bin$/;
const PIN_FILE = /^([0-9a-f]{32})\.pin$/;
const TEMPORARY_FILE = /^\.[0-9a-f]{32}_\d+\.[0-9a-f]+\.tmp$/;

export function blockName(key: CacheKey, block: number): BlockName {
  const [, namespace, , artifact] = KEY.exec(key) ?? [];
  if (namespace === undefined || artifact === undefined || !Number.isSafeInteger(block) || block < 0) {
    throw new GhostError('ARGUMENT_INVALID', `Not a cache key and block number: ${key}, ${block}.`);
  }
  return { namespace, artifact, block };
}

/** The key that blockName() was given. */
export function cacheKey(file: FileName): CacheKey {
  return `${shardOf(file)}/${file.artifact}` as CacheKey;
}

/** The folder of a block, relative to the cache directory. */
export function shardOf({ namespace, artifact }: FileName): string {
  return `${namespace}/${artifact.slice(0, 2)}`;
}

/** The block file, relative to the cache directory; the same path as blockFileName() of its key. */
export function blockPath(name: BlockName): string {
  return `${cacheKey(name)}_${name.block}.bin`;
}

/** Where a block is written before it gets its name. One per block and process, since a block has one writer at a time. */
export function temporaryPath(name: BlockName, token: string): string {
  return `${shardOf(name)}/.${name.artifact}_${name.block}.${token}.tmp`;
}

/** The file that says that a file is pinned, relative to the cache directory. */
export function pinPath(file: FileName): string {
  return `${cacheKey(file)}.pin`;
}

export function isNamespace(entry: string): boolean {
  return NAMESPACE.test(entry);
}

export function isShard(entry: string): boolean {
  return SHARD.test(entry);
}

export function isTemporaryFile(entry: string): boolean {
  return TEMPORARY_FILE.test(entry);
}

/** The block a file found at `<namespace>/<shard>/<entry>` holds, or undefined when the file is not ours. */
export function blockOfFile(namespace: string, shard: string, entry: string): BlockName | undefined {
  const [, artifact, digits] = BLOCK_FILE.exec(entry) ?? [];
  const block = Number(digits);
  if (artifact === undefined || !artifact.startsWith(shard) || !Number.isSafeInteger(block)) return undefined;
  return { namespace, artifact, block };
}

/** The file that a file found at `<namespace>/<shard>/<entry>` says is pinned, or undefined when it says nothing of the kind. */
export function pinnedFileOf(namespace: string, shard: string, entry: string): FileName | undefined {
  const [, artifact] = PIN_FILE.exec(entry) ?? [];
  return artifact?.startsWith(shard) === true ? { namespace, artifact } : undefined;
}
