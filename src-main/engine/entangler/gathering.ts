/**
 * One read while it waits: collects the slices of its blocks and ends by the last slice, the first failure, the deadline or
 * an abort. Invariant: it ends once, and then no flight, timer or signal still knows of it.
 */
import type { Clock } from '../clock.ts';
import { GhostError } from '../errors.ts';
import type { BlockSlice } from './block-range.ts';
import type { Priority } from './block-reader.ts';
import type { Waiter } from './flight.ts';

export class Gathering {
  readonly promise: Promise<readonly Uint8Array[]>;
  readonly #slices: Uint8Array[] = [];
  readonly #onEnd: (() => void)[] = [];
  readonly #resolve: (slices: readonly Uint8Array[]) => void;
  readonly #reject: (error: unknown) => void;
  #missing: number;
  #over = false;
  #timedOut = false;

  constructor(slices: number) {
    this.#missing = slices;
    const { promise, resolve, reject } = Promise.withResolvers<readonly Uint8Array[]>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    if (slices === 0) this.#finish();
  }

  get over(): boolean {
    return this.#over;
  }

  /** Whether the deadline ended it. */
  get timedOut(): boolean {
    return this.#timedOut;
  }

  /** The waiter that fills the slice at `index`. */
  waiter(index: number, slice: BlockSlice, priority: Priority): Waiter {
    return {
      priority,
      arrived: (data) => {
        const part = data.subarray(slice.start, slice.end);
        this.#missing -= 1;
        // A copy while others are missing: a few bytes must not keep a whole block in memory that nobody counts.
        this.#slices[index] = this.#missing > 0 && part.length < data.length ? Buffer.from(part) : part;
        if (this.#missing === 0) this.#finish();
      },
      failed: (error) => this.#fail(error),
    };
  }

  /** Runs `callback` when the read ends, or now when it has. */
  onEnd(callback: () => void): void {
    if (this.#over) callback();
    else this.#onEnd.push(callback);
  }

  /** Bounds the wait. */
  limit(signal: AbortSignal, clock: Clock, deadlineMs: number): void {
    if (this.#over) return;
    const interrupt = () => this.#fail(new GhostError('INTERRUPTED', 'the reader stopped waiting'));
    const expire = () => {
      this.#timedOut = true;
      this.#fail(
        new GhostError(
          'TIMEOUT',
          `the source did not deliver within ${deadlineMs / 1000} seconds; try again when the network is better`,
        ),
      );
    };
    signal.addEventListener('abort', interrupt, { once: true });
    this.onEnd(() => signal.removeEventListener('abort', interrupt));
    this.onEnd(clock.after(deadlineMs, expire));
  }

  #finish(): void {
    if (this.#end()) this.#resolve(this.#slices);
  }

  #fail(error: unknown): void {
    if (this.#end()) this.#reject(error);
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    for (const callback of this.#onEnd.splice(0)) callback();
    return true;
  }
}
