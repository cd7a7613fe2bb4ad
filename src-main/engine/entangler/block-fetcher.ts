/**
 * Fetches the block of a flight: the catalogue says where it is, the Wormhole brings it. Invariant: a description that turns
 * out to be outdated fails no read as long as the catalogue has a better one.
 */
import { GhostError, type GhostErrorCode } from '../errors.ts';
import { isSameDigest, type ExpectedDigest } from '../verify.ts';
import type { Delivery, TransferRequest } from '../wormhole/transfer.ts';
import type { Wormhole } from '../wormhole/wormhole.ts';
import type { BlockFile } from './block-reader.ts';
import { Descriptions, transferRequest, type FileDescription } from './descriptions.ts';
import type { Flight } from './flight.ts';

/** Failures that a file renamed or published again would cause. */
const OUTDATED: ReadonlySet<GhostErrorCode> = new Set([
  'SOURCE_REFUSED',
  // Some servers say so of a file that is not there.
  'CREDENTIALS_REFUSED',
  'OBJECT_CHANGED',
  'BLOCK_CORRUPT',
]);

export interface BlockFetcherOptions {
  readonly wormhole: Wormhole;
  /** Where a file is at its sources, and its digests. */
  readonly describe: (file: BlockFile) => Promise<FileDescription>;
  /** Job number, for errors. */
  readonly job: number | undefined;
}

export class BlockFetcher {
  readonly #options: BlockFetcherOptions;
  readonly #descriptions: Descriptions;

  constructor(options: BlockFetcherOptions) {
    this.#options = options;
    this.#descriptions = new Descriptions(options.describe);
  }

  /** What the catalogue says the block must have; undefined when it has no digests. */
  async digestOf(flight: Flight): Promise<ExpectedDigest | undefined> {
    return this.#requestOf(flight, await this.#descriptions.of(flight.file)).digest;
  }

  /** Rejects with the error of the catalogue or of the last source asked. */
  async fetch(flight: Flight): Promise<Delivery> {
    const description = await this.#descriptions.of(flight.file);
    const request = this.#requestOf(flight, description);
    try {
      return await this.#transfer(flight, request);
    } catch (error) {
      if (flight.over || !(error instanceof GhostError) || !OUTDATED.has(error.code)) throw error;
      const renewed = this.#requestOf(flight, await this.#descriptions.renewed(flight.file, description));
      if (isSame(request, renewed)) throw error;
      return await this.#transfer(flight, renewed);
    }
  }

  #requestOf(flight: Flight, description: FileDescription): TransferRequest {
    if (flight.over) throw new GhostError('INTERRUPTED', 'nobody waits for the block any more');
    return transferRequest(flight, description, this.#options.job);
  }

  #transfer(flight: Flight, request: TransferRequest): Promise<Delivery> {
    const transfer = this.#options.wormhole.submit(request);
    flight.board(transfer);
    return transfer.promise;
  }
}

/** Whether the catalogue says the same of this block as before. */
function isSame({ object, digest }: TransferRequest, other: TransferRequest): boolean {
  const samePath = object.path.join('/') === other.object.path.join('/');
  if (!samePath || object.size !== other.object.size || object.mtime !== other.object.mtime) return false;
  return isSameDigest(digest, other.digest);
}
