/** An Entangler on a scripted network and a memory disk, with everything around it within a test's reach. */
import { artifactKey } from '../../../src-main/engine/cache/artifact-key.ts';
import type { BlockFile, Priority } from '../../../src-main/engine/entangler/block-reader.ts';
import { CommitBacklog } from '../../../src-main/engine/entangler/commit-backlog.ts';
import { Entangler, type EntanglerOptions } from '../../../src-main/engine/entangler/entangler.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import type { Logger } from '../../../src-main/engine/log.ts';
import type { ArtifactId } from '../../../src-main/engine/metadata/metadata-oracle.ts';
import {
  TransferPlaces,
  type TransferPlacesOptions,
} from '../../../src-main/engine/wormhole/transfer-places.ts';
import { Wormhole, type WormholeOptions } from '../../../src-main/engine/wormhole/wormhole.ts';
import { MemoryCache } from '../../helpers/memory-cache.ts';
import { contentOf, ScriptedSource, sha256, sourceObject } from '../../helpers/scripted-source.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';

export const BLOCK = 1000;

export function fileOf(id: string, size: number, blockSize = BLOCK): BlockFile {
  const key = artifactKey('1-test', { id, size, mtime: 0 }, blockSize);
  return { id: id as ArtifactId, key, size, mtime: 0, blockSize };
}

/** Right digests of every block. */
export function digestsOf(file: BlockFile, blockSize = file.blockSize): Buffer {
  const digests: Buffer[] = [];
  for (let offset = 0; offset < file.size; offset += blockSize) {
    digests.push(sha256(contentOf(file.id, offset, Math.min(blockSize, file.size - offset))));
  }
  return Buffer.concat(digests);
}

interface ReadOptions {
  readonly file?: BlockFile;
  readonly priority?: Priority;
  readonly signal?: AbortSignal;
}

export class Bench {
  readonly clock: VirtualClock;
  readonly cache = new MemoryCache();
  readonly warnings: string[] = [];
  readonly source: ScriptedSource;
  readonly wormhole: Wormhole;
  readonly places: TransferPlaces;
  readonly entangler: Entangler;
  /** 4.5 blocks. */
  readonly file = fileOf('movie', 4500);

  constructor(
    {
      clock = new VirtualClock(),
      ...options
    }: Partial<EntanglerOptions> & { readonly clock?: VirtualClock } = {},
    {
      slots,
      queueCapacity,
      memoryBytes,
      places,
      ...transport
    }: Partial<WormholeOptions> & TransferPlacesOptions & { readonly sources?: ScriptedSource[] } = {},
  ) {
    this.clock = clock;
    const logger: Logger = {
      error: (message) => this.warnings.push(message),
      warn: (message) => this.warnings.push(message),
      info: () => undefined,
      debug: () => undefined,
    };
    const sources = transport.sources ?? [new ScriptedSource('first')];
    this.source = sources[0] ?? new ScriptedSource('none');
    this.places =
      places ??
      new TransferPlaces({
        ...(slots === undefined ? {} : { slots }),
        ...(queueCapacity === undefined ? {} : { queueCapacity }),
        memoryBytes,
      });
    this.wormhole = new Wormhole({
      sources,
      clock,
      random: () => 1,
      logger,
      places: this.places,
      ...transport,
    });
    this.entangler = new Entangler({
      cache: this.cache,
      wormhole: this.wormhole,
      describe: (file) => Promise.resolve({ object: sourceObject(file.id, file.size) }),
      clock,
      logger,
      backlog: new CommitBacklog({ clock, memoryBytes }),
      ...options,
    });
  }

  /** Reads, compares with what the file should hold, and never rejects. */
  async read(
    offset: number,
    length: number,
    { file = this.file, priority = 'user', signal = new AbortController().signal }: ReadOptions = {},
  ): Promise<string> {
    try {
      const slices = await this.entangler.read({ file, offset, length, priority, signal });
      return Buffer.concat(slices).equals(contentOf(file.id, offset, length)) ? 'right' : 'wrong';
    } catch (error) {
      return error instanceof GhostError ? error.code : `not ours: ${String(error)}`;
    }
  }

  /** Blocks asked of the source, in order. */
  get asked(): readonly number[] {
    return this.source.calls.map((call) => Math.floor(call.request.offset / BLOCK));
  }

  /** Nothing is left of any read: no flight, waiter, queue entry, uncommitted byte, timer, or memory but what may be dropped. */
  leftovers(): readonly number[] {
    const { flights, waiters, uncommittedBytes } = this.entangler.stats();
    const { waiting, running, backingOff } = this.wormhole.stats();
    const { memory } = this.places;
    const { pending } = this.clock;
    return [flights, waiters, uncommittedBytes, waiting, running, backingOff, pending, memory.inUse];
  }

  /** Answers whatever the source is asked, until nothing is asked any more. */
  async finishAll(): Promise<void> {
    await turn();
    for (let open = this.source.open; open.length > 0; open = this.source.open) {
      for (const call of open) call.finish();
      await turn();
    }
  }
}

export const NOTHING = [0, 0, 0, 0, 0, 0, 0, 0];
