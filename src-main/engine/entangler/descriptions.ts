/**
 * Remembers what the catalogue says of the files being read: where they are at the source and their digests. Invariant: one
 * question per file version at a time, failures are not remembered, and memory is bounded.
 */
import { DIGEST_BYTES } from '../config.ts';
import { GhostError } from '../errors.ts';
import type { BlockDigests } from '../metadata/metadata-oracle.ts';
import type { SourceObject } from '../wormhole/source.ts';
import type { TransferRequest } from '../wormhole/transfer.ts';
import { blockLength } from './block-range.ts';
import type { BlockFile, Priority } from './block-reader.ts';

/** What fetching a file's blocks takes. */
export interface FileDescription {
  readonly object: SourceObject;
  readonly digests?: BlockDigests | undefined;
}

/** More files than one machine reads at the same time. */
const MAX_DESCRIPTIONS = 64;
/** Digests held, bytes: those of 2 TiB in blocks of 1 MiB. One file alone may have more; it is then the only one. */
const MAX_DIGEST_BYTES = 64 * 1024 * 1024;

interface Known {
  readonly description: Promise<FileDescription>;
  /** Bytes of its digests; 0 until the catalogue has answered. */
  digestBytes: number;
}

export class Descriptions {
  readonly #describe: (file: BlockFile) => Promise<FileDescription>;
  /** Least recently used first. */
  readonly #known = new Map<string, Known>();
  #digestBytes = 0;

  constructor(describe: (file: BlockFile) => Promise<FileDescription>) {
    this.#describe = describe;
  }

  async of(file: BlockFile): Promise<FileDescription> {
    // No await between get and set: two blocks of one file would ask twice.
    const known = this.#known.get(file.key) ?? { description: this.#describe(file), digestBytes: 0 };
    this.#known.delete(file.key);
    this.#known.set(file.key, known);
    this.#shrink();
    try {
      const description = await known.description;
      this.#count(file.key, known, description.digests?.digests.length ?? 0);
      return description;
    } catch (error) {
      this.#forget(file.key, known);
      throw error;
    }
  }

  /** What the catalogue says now, after `outdated` has not led to the bytes. Several blocks that failed together ask once. */
  async renewed(file: BlockFile, outdated: FileDescription): Promise<FileDescription> {
    const known = this.#known.get(file.key);
    const current = await known?.description.catch(() => undefined);
    if (known !== undefined && current === outdated) this.#forget(file.key, known);
    return await this.of(file);
  }

  #count(key: string, known: Known, digestBytes: number): void {
    if (known.digestBytes > 0 || this.#known.get(key) !== known) return;
    known.digestBytes = digestBytes;
    this.#digestBytes += digestBytes;
    this.#shrink();
  }

  #forget(key: string, known: Known): void {
    if (this.#known.get(key) !== known) return;
    this.#known.delete(key);
    this.#digestBytes -= known.digestBytes;
  }

  #shrink(): void {
    for (const [key, known] of this.#known) {
      const fits = this.#known.size <= MAX_DESCRIPTIONS && this.#digestBytes <= MAX_DIGEST_BYTES;
      if (fits || this.#known.size === 1) return;
      this.#forget(key, known);
    }
  }
}

interface WantedBlock {
  readonly file: BlockFile;
  readonly block: number;
  readonly priority: Priority;
}

/**
 * What to ask of the Wormhole for one block. Throws CATALOGUE_INVALID when the catalogue has digests but not this block's,
 * because they end too early or are of blocks of another size: such a block must not pass unverified.
 */
export function transferRequest(
  { file, block, priority }: WantedBlock,
  { object, digests }: FileDescription,
  job: number | undefined,
): TransferRequest {
  const context = { ...(job === undefined ? {} : { job }), artifact: file.id, block };
  const length = blockLength(file.size, file.blockSize, block);
  const offset = block * file.blockSize;
  if (digests === undefined) return { object, offset, length, digest: undefined, priority, context };
  if (digests.blockSize !== file.blockSize) {
    throw new GhostError(
      'CATALOGUE_INVALID',
      `the catalogue's digests of artifact ${file.id} are of blocks of ${digests.blockSize} bytes, the job's blocks have ${file.blockSize}; publish it again`,
      context,
    );
  }
  const stored = digests.digests.subarray(block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES);
  if (stored.length !== DIGEST_BYTES) {
    throw new GhostError(
      'CATALOGUE_INVALID',
      `the catalogue holds too few digests for artifact ${file.id}; publish it again`,
      context,
    );
  }
  const key = digests.keyOf?.(block);
  const digest = key === undefined ? stored : { mac: stored, key };
  return { object, offset, length, digest, priority, context };
}
