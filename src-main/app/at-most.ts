/** Lets something happen so often in a span of time, and no oftener. */
import type { Clock } from '../engine/clock.ts';

export class AtMost {
  readonly #clock: Clock;
  readonly #times: number;
  readonly #spanMs: number;
  #taken: readonly number[] = [];

  constructor(clock: Clock, times: number, spanMs: number) {
    this.#clock = clock;
    this.#times = times;
    this.#spanMs = spanMs;
  }

  /** Whether it may happen now; if so, it counts as done. */
  take(): boolean {
    const now = this.#clock.now();
    const recent = this.#taken.filter((at) => now - at < this.#spanMs);
    const free = recent.length < this.#times;
    this.#taken = free ? [...recent, now] : recent;
    return free;
  }

  /** Begins anew, as if it had never happened. */
  forget(): void {
    this.#taken = [];
  }
}
