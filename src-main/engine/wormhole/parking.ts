/**
 * Where transfers sit out a back-off without occupying a place on the wire. Bounded in number like every line; the memory of
 * half-filled blocks is lent meanwhile. Invariant: a parked transfer either comes back through `resume` or has been taken out.
 */
import type { Clock } from '../clock.ts';
import { PriorityQueue } from '../entangler/priority-queue.ts';
import type { TransferState } from './transfer.ts';

export interface ParkingOptions {
  readonly clock: Clock;
  readonly capacity: number;
  /** The back-off is over. */
  readonly resume: (transfer: TransferState) => void;
  /** The transfer found no room, or lost it to one of higher priority. */
  readonly displaced: (transfer: TransferState) => void;
}

export class Parking {
  readonly #options: ParkingOptions;
  readonly #line: PriorityQueue<TransferState>;

  constructor(options: ParkingOptions) {
    this.#options = options;
    this.#line = new PriorityQueue(options.capacity);
  }

  get size(): number {
    return this.#line.size;
  }

  /** Keeps the transfer for `ms` milliseconds. */
  park(transfer: TransferState, ms: number): void {
    const admission = this.#line.push(transfer, transfer.priority);
    if (!admission.admitted) {
      this.#options.displaced(transfer);
      return;
    }
    transfer.lendMemory();
    transfer.cancelWake = this.#options.clock.after(ms, () => {
      this.#line.remove(transfer);
      this.#left(transfer);
      this.#options.resume(transfer);
    });
    if (admission.displaced !== undefined) {
      this.#left(admission.displaced);
      this.#options.displaced(admission.displaced);
    }
  }

  upgrade(transfer: TransferState): void {
    this.#line.upgrade(transfer, transfer.priority);
  }

  /** Takes a transfer out before its time; nothing when it is not here. */
  remove(transfer: TransferState): void {
    if (this.#line.remove(transfer)) this.#left(transfer);
  }

  #left(transfer: TransferState): void {
    transfer.cancelWake?.();
    transfer.cancelWake = undefined;
  }
}
