/**
 * Remembers what the catalogue says of the files being read: where they are at the source and their digests. Invariant: one
 * question per file version at a time, failures are not remembered, and memory is bounded.
 */
import { GhostError } from '../errors.ts';
import type { BlockDigests } from '../metadata/metadata-oracle.ts';
import type { SourceObject } from '../wormhole/source.ts';
import type { TransferRequest } from '../wormhole/transfer.ts';
import { DIGEST_BYTES } from '../wormhole/verify.ts';
import { blockLength } from './block-range.ts';
import type { BlockFile, Priority } from './block-reader.ts';

/** What fetching a file's blocks takes. */
export interface FileDescription {
  readonly object: SourceObject;
  readonly digests?: BlockDigests | undefined;
}

/** More files than one machine reads at the same time; each holds 32 bytes of digest per block. */
const MAX_DESCRIPTIONS = 64;

export class Descriptions {
  readonly #describe: (file: BlockFile) => Promise<FileDescription>;
  /** Least recently used first. */
  readonly #known = new Map<string, Promise<FileDescription>>();

  constructor(describe: (file: BlockFile) => Promise<FileDescription>) {
    this.#describe = describe;
  }

  async of(file: BlockFile): Promise<FileDescription> {
    // No await between get and set: two blocks of one file would ask twice.
    const known = this.#known.get(file.key);
    const description = known ?? this.#describe(file);
    this.#known.delete(file.key);
    this.#known.set(file.key, description);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_DESCRIPTIONS && oldest !== undefined) this.#known.delete(oldest);
    try {
      return await description;
    } catch (error) {
      if (this.#known.get(file.key) === description) this.#known.delete(file.key);
      throw error;
    }
  }
}

interface WantedBlock {
  readonly file: BlockFile;
  readonly block: number;
  readonly priority: Priority;
}

/**
 * What to ask of the Wormhole for one block. Digests of another block size say nothing about our blocks. Throws
 * CATALOGUE_INVALID when the catalogue has digests but not this block's: such a block must not pass unverified.
 */
export function transferRequest(
  { file, block, priority }: WantedBlock,
  { object, digests }: FileDescription,
  job: number | undefined,
): TransferRequest {
  const context = { ...(job === undefined ? {} : { job }), artifact: file.id, block };
  const length = blockLength(file.size, file.blockSize, block);
  const offset = block * file.blockSize;
  if (digests === undefined || digests.blockSize !== file.blockSize) {
    return { object, offset, length, digest: undefined, priority, context };
  }
  const digest = digests.digests.subarray(block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES);
  if (digest.length !== DIGEST_BYTES) {
    throw new GhostError(
      'CATALOGUE_INVALID',
      `the catalogue holds too few digests for artifact ${file.id}; publish it again`,
      context,
    );
  }
  return { object, offset, length, digest, priority, context };
}
