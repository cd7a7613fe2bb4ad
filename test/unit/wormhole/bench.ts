/** A Wormhole on scripted sources and a clock that stands still, with everything around it within a test's reach. */
import type { Priority } from '../../../src-main/engine/entangler/block-reader.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import type { Transfer } from '../../../src-main/engine/wormhole/transfer.ts';
import {
  TransferPlaces,
  type TransferPlacesOptions,
} from '../../../src-main/engine/wormhole/transfer-places.ts';
import { Wormhole, type WormholeOptions } from '../../../src-main/engine/wormhole/wormhole.ts';
import { contentOf, ScriptedSource, sourceObject } from '../../helpers/scripted-source.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';

export const BLOCK = 1000;
export const IDLE = { waiting: 0, running: 0, backingOff: 0 };
const object = sourceObject('movie', 1_000_000);

/** A Wormhole with one slot unless told otherwise; jitter always takes the whole span, so the first back-off is 200 ms. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly first: ScriptedSource;
  readonly wormhole: Wormhole;

  constructor(
    { slots = 1, queueCapacity, ...options }: Partial<WormholeOptions> & TransferPlacesOptions = {},
    sources = [new ScriptedSource('first')],
  ) {
    this.first = sources[0] ?? new ScriptedSource('none');
    const { clock } = this;
    this.wormhole = new Wormhole({
      sources,
      clock,
      random: () => 1,
      logger: silentLogger,
      places: new TransferPlaces({ slots, ...(queueCapacity === undefined ? {} : { queueCapacity }) }),
      ...options,
    });
  }

  submit(block: number, priority: Priority = 'user', digest?: Buffer): Transfer {
    const offset = block * BLOCK;
    return this.wormhole.submit({ object, offset, length: BLOCK, digest, priority, context: { block } });
  }

  /** Blocks asked of the first source, in order. */
  get asked(): readonly number[] {
    return this.first.calls.map((call) => Math.floor(call.request.offset / BLOCK));
  }

  /** Answers whatever the first source is asked, until nothing is asked any more. */
  async finishAll(): Promise<void> {
    for (let open = this.first.open; open.length > 0; open = this.first.open) {
      for (const call of open) call.finish();
      await turn();
    }
  }
}

export function bytesOf(block: number): Buffer {
  return contentOf('movie', block * BLOCK, BLOCK);
}

export const reset = () => new GhostError('SOURCE_UNREACHABLE', 'connection reset');

/** What became of a promise, without failing on a rejection nobody awaits yet. */
export function outcomeOf(transfer: Transfer): Promise<string> {
  return transfer.promise.then(
    () => 'delivered',
    (error: unknown) => (error instanceof GhostError ? error.code : 'not ours'),
  );
}
