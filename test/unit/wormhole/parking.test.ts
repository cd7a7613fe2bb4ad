/** Holds the memory bound of transfers in a back-off. */
import { expect, test } from 'vitest';
import { Journey } from '../../../src-main/engine/wormhole/journey.ts';
import { Parking } from '../../../src-main/engine/wormhole/parking.ts';
import { defaultRetryPolicy } from '../../../src-main/engine/wormhole/retry.ts';
import { TransferState } from '../../../src-main/engine/wormhole/transfer.ts';
import { sourceObject } from '../../helpers/scripted-source.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

const MIB = 1024 * 1024;

/** A transfer of 16 MiB whose first byte has arrived. */
function begun(): TransferState {
  const length = 16 * MIB;
  const object = sourceObject('movie', length);
  const journey = new Journey(1, defaultRetryPolicy, () => 1);
  const transfer = new TransferState(
    { object, offset: 0, length, digest: undefined, priority: 'user', context: {} },
    journey,
    { start: () => expect.unreachable(), displaced: () => expect.unreachable() },
  );
  transfer.block.append(Buffer.from('x'), 0);
  return transfer;
}

test('half-filled blocks are kept up to 64 MiB, and room is made by those that leave', async () => {
  const clock = new VirtualClock();
  const resumed: number[] = [];
  const parking = new Parking({
    clock,
    capacity: 10,
    resume: (transfer) => resumed.push(transfer.block.received),
    displaced: () => expect.unreachable(),
  });
  const transfers = Array.from({ length: 5 }, begun);
  for (const [index, transfer] of transfers.entries()) parking.park(transfer, 100 + index);
  expect(transfers.map((transfer) => transfer.block.received)).toEqual([1, 1, 1, 1, 0]);

  await clock.advance(100);
  expect([resumed, parking.size]).toEqual([[1], 4]);
  const [kept, dropped] = [begun(), begun()];
  parking.park(kept, 100);
  parking.park(dropped, 100);
  expect([kept.block.received, dropped.block.received]).toEqual([1, 0]);

  parking.remove(kept);
  await clock.advance(100);
  expect([resumed.length, parking.size, clock.pending]).toEqual([6, 0, 0]);
});
