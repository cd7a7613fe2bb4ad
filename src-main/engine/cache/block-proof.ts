/**
 * Reads a block from its file and compares it with its digest, once per run of the engine and again when its file has changed.
 * Invariant: nobody is given bytes that are not those that were stored; a block that is found wrong is removed, counted, told.
 */
import type { Logger } from '../log.ts';
import { digestOf, hasDigest, type ExpectedDigest } from '../verify.ts';
import type { BlockFiles, ReadBlock } from './block-files.ts';
import type { BlockStore } from './block-store.ts';
import type { CacheChanges } from './cache-changes.ts';
import type { CacheIndex } from './cache-index.ts';
import { blockPath } from './cache-layout.ts';
import type { BlockName } from './cache-layout.ts';
import type { ProvenBlocks } from './proven-blocks.ts';

/** What somebody else knows a block's digest or MAC to be; undefined when nobody does. */
export type KnownDigest = () => Promise<ExpectedDigest | undefined>;

export type Finding =
  | { readonly kind: 'right'; readonly data: Buffer }
  /** Why it was removed; completes "it". */
  | { readonly kind: 'wrong'; readonly why: string }
  | { readonly kind: 'missing' };

export interface BlockProofParts {
  readonly index: CacheIndex;
  readonly files: BlockFiles;
  readonly store: BlockStore;
  readonly changes: CacheChanges;
  readonly proven: ProvenBlocks;
  readonly logger: Logger;
}

const MISSING: Finding = { kind: 'missing' };

export class BlockProof {
  readonly #parts: BlockProofParts;
  #corrupt = 0;

  constructor(parts: BlockProofParts) {
    this.#parts = parts;
  }

  /** Blocks found wrong so far. */
  get corrupt(): number {
    return this.#corrupt;
  }

  /**
   * A stored block. `again` compares it also when it was found right before. Rejects with the system's error when that says
   * nothing of the block.
   */
  async read(name: BlockName, known: KnownDigest, again = false): Promise<Finding> {
    const { index, proven } = this.#parts;
    const row = index.stored(name);
    if (row === undefined) return MISSING;
    const read = await this.#readFile(name, row.bytes);
    if (typeof read === 'string') return await this.#condemn(name, read);
    const { data, identity } = read;
    if (!again && identity !== undefined && proven.has(blockPath(name), identity)) {
      return { kind: 'right', data };
    }
    const digest = await digestOf(data);
    const expected = row.digest ?? (await known());
    if (expected !== undefined && !(await hasDigest(data, expected, digest))) {
      return await this.#condemn(name, 'does not have its digest');
    }
    if (row.digest === undefined) await index.learn(name, digest);
    if (identity !== undefined) proven.add(name, identity);
    return { kind: 'right', data };
  }

  /**
   * A block that the index does not know yet, because it is being made anew: it is entered when its file has the digest that
   * somebody knows. Rejects as read().
   */
  async readUnentered(name: BlockName, length: number, known: KnownDigest): Promise<Finding> {
    const { index, proven } = this.#parts;
    const expected = await known();
    if (expected === undefined) return MISSING;
    const read = await this.#readFile(name, length);
    // Whatever is wrong with it is seen when it is entered.
    if (typeof read === 'string') return MISSING;
    const { data, identity } = read;
    const digest = await digestOf(data);
    if (!(await hasDigest(data, expected, digest))) return MISSING;
    await index.adoptProven(name, { bytes: length, digest });
    if (identity !== undefined) proven.add(name, identity);
    return { kind: 'right', data };
  }

  /** What is wrong with the file when it cannot be read as a block. */
  async #readFile(name: BlockName, length: number): Promise<ReadBlock | string> {
    try {
      return (await this.#parts.files.read(name, length)) ?? 'does not have its length';
    } catch (error) {
      const why = condemnation(error);
      if (why === undefined) throw error;
      return why;
    }
  }

  async #condemn(name: BlockName, why: string): Promise<Finding> {
    const { store, changes, logger } = this.#parts;
    this.#corrupt += 1;
    logger.warn(`A cached block was found damaged and is removed: its file ${why}.`, {
      block: blockPath(name),
    });
    try {
      await store.remove(name);
    } finally {
      changes.tell('corrupt', name);
    }
    return { kind: 'wrong', why };
  }
}

/** Why a failed read condemns the block; undefined when it says more of the disk than of the block. */
function condemnation(error: unknown): string | undefined {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
      return 'is gone';
    case 'ELOOP':
    case 'EISDIR':
    case 'ENXIO':
      return 'is no plain file';
    case 'EIO':
      return 'cannot be read';
    default:
      return undefined;
  }
}
