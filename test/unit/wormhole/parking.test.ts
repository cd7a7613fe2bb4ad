/** Transfers in a back-off: when they come back, and that their memory may be used meanwhile. */
import { expect, test } from 'vitest';
import { BlockMemory } from '../../../src-main/engine/wormhole/block-memory.ts';
import { Journey } from '../../../src-main/engine/wormhole/journey.ts';
import { Parking } from '../../../src-main/engine/wormhole/parking.ts';
import { defaultRetryPolicy } from '../../../src-main/engine/wormhole/retry.ts';
import { TransferState } from '../../../src-main/engine/wormhole/transfer.ts';
import { sourceObject } from '../../helpers/scripted-source.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

const LENGTH = 1000;

/** A transfer on the wire that has got so many bytes. */
function begun(memory: BlockMemory, bytes: number): TransferState {
  const journey = new Journey(1, defaultRetryPolicy, () => 1);
  const transfer = new TransferState(
    {
      object: sourceObject('movie', LENGTH),
      offset: 0,
      length: LENGTH,
      digest: undefined,
      priority: 'user',
      context: {},
    },
    journey,
    { start: () => expect.unreachable(), displaced: () => expect.unreachable() },
  );
  transfer.lease = memory.take(LENGTH, 'user');
  transfer.block.append(Buffer.alloc(bytes), 0);
  return transfer;
}

test('half a block is kept for resuming as long as nobody needs the room, an empty one takes none', async () => {
  const clock = new VirtualClock();
  const memory = new BlockMemory(() => undefined, 3 * LENGTH);
  const resumed: number[] = [];
  const parking = new Parking({
    clock,
    capacity: 10,
    resume: (transfer) => resumed.push(transfer.block.received),
    displaced: () => expect.unreachable(),
  });
  const transfers = [1, 2, 0].map((bytes) => begun(memory, bytes));
  for (const [index, transfer] of transfers.entries()) parking.park(transfer, 100 + index);
  expect([memory.used, memory.inUse]).toEqual([2 * LENGTH, 0]);
  memory.take(2 * LENGTH, 'user');
  expect(transfers.map(({ block, lease }) => [block.received, lease === undefined])).toEqual([
    [0, true],
    [2, false],
    [0, true],
  ]);
  await clock.advance(102);
  expect([resumed, parking.size, clock.pending]).toEqual([[0, 2, 0], 0, 0]);
});
