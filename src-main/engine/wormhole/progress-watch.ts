/**
 * Judges whether a request gets anywhere: a source that is silent or only trickles is as good as dead to a reader. The one
 * place where that is decided, for every scheme. Invariant: `stalled` is called at most once, and never after `stop`.
 */
import type { Clock } from '../clock.ts';

/**
 * What a request has to bring in every window after its first byte, bytes. With 16 KiB in the usual 10 s even the smallest
 * block takes longer than a reader's 30 s; a slower source is worth losing. An honest link of 256 kbit/s shared by sixteen
 * transfers brings more.
 */
const MIN_WINDOW_BYTES = 16 * 1024;

export interface ProgressWatchOptions {
  readonly clock: Clock;
  /** Milliseconds that may pass without a byte, and the length of the window in which MIN_WINDOW_BYTES have to come. */
  readonly windowMs: number;
  /** `reason` completes "the source ...". */
  readonly stalled: (reason: string) => void;
}

export class ProgressWatch {
  readonly #options: ProgressWatchOptions;
  #quietSince: number;
  /** When the present window began; undefined before the first byte, for a far source is not a slow one. */
  #windowSince: number | undefined;
  #windowBytes = 0;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(options: ProgressWatchOptions) {
    this.#options = options;
    this.#quietSince = options.clock.now();
    this.#arm();
  }

  received(bytes: number): void {
    this.#quietSince = this.#options.clock.now();
    this.#windowSince ??= this.#quietSince;
    this.#windowBytes += bytes;
  }

  /** Waiting on our side for a connection is not the source's silence: nothing is judged until it is over. */
  queued(queued: boolean): void {
    if (this.#stopped) return;
    this.#cancelTimer?.();
    if (queued) return;
    this.#quietSince = this.#options.clock.now();
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  /** Re-armed only when it runs out, because a timer per chunk would cost more than the chunk. */
  #arm(): void {
    const { clock, windowMs } = this.#options;
    const since = Math.min(this.#quietSince, this.#windowSince ?? Infinity);
    this.#cancelTimer = clock.after(since + windowMs - clock.now(), () => this.#judge());
  }

  #judge(): void {
    const { clock, windowMs, stalled } = this.#options;
    const now = clock.now();
    const seconds = windowMs / 1000;
    if (now - this.#quietSince >= windowMs) {
      this.stop();
      stalled(`sent nothing for ${seconds} seconds`);
      return;
    }
    if (this.#windowSince !== undefined && now - this.#windowSince >= windowMs) {
      if (this.#windowBytes < MIN_WINDOW_BYTES) {
        this.stop();
        stalled(`sent no more than ${this.#windowBytes} bytes in ${seconds} seconds`);
        return;
      }
      this.#windowSince = now;
      this.#windowBytes = 0;
    }
    this.#arm();
  }
}
