/**
 * Gives requests under way a moment to show that their connection is alive, and makes those anew that bring nothing. Invariant:
 * a request that brings a byte in time goes on, and nobody is blamed for one that does not.
 */
import type { Clock } from '../clock.ts';
import type { TransferState } from './transfer.ts';

/** Two round trips on a bad mobile link: an answer that was lost on the way has been sent again by then. Milliseconds. */
const PATIENCE_MS = 2_000;

export class Doubts {
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on these have PATIENCE_MS; those in line or in a back-off have no connection to doubt. */
  doubt(transfers: Iterable<TransferState>): void {
    const doubted = [...transfers].flatMap((transfer) => {
      const { asking, block } = transfer;
      return asking === undefined ? [] : [{ transfer, asking, received: block.received }];
    });
    if (doubted.length === 0) return;
    const cancel = this.#clock.after(PATIENCE_MS, () => {
      this.#cancels.delete(cancel);
      for (const { transfer, asking, received } of doubted) {
        if (transfer.asking === asking && transfer.block.received === received) transfer.renewAttempt();
      }
    });
    this.#cancels.add(cancel);
  }

  close(): void {
    for (const cancel of this.#cancels) cancel();
  }
}
