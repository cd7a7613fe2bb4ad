/**
 * One subscription of one client, from its source to the wire. Invariant: at most one event is under way, and none comes
 * sooner than a quarter of a second after the last: a slow client gets fewer and newer events, never a queue.
 */
import type { Clock } from '../engine/clock.ts';
import type { TopicStream } from './handlers.ts';

/** Four a second look live to a person and cost a screen little. Milliseconds. */
export const EVENT_INTERVAL_MS = 250;

export interface SubscriptionOptions {
  readonly clock: Clock;
  readonly open: (changed: () => void) => Promise<TopicStream<unknown>>;
  readonly send: (sequence: number, event: unknown) => void;
  /** Called once when it cannot go on; nothing is sent after that. */
  readonly fail: (error: unknown) => void;
}

export class Subscription {
  readonly #options: SubscriptionOptions;
  #stream: TopicStream<unknown> | undefined;
  /** Of the last event; 0 before the first. */
  #sequence = 0;
  #acknowledged = true;
  #changed = true;
  #sentAt = Number.NEGATIVE_INFINITY;
  #cancelWait: (() => void) | undefined;
  #closed = false;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  /** Opens its source; may fail at once. */
  start(): void {
    void this.#open();
  }

  /** False when the client acknowledges what it was never sent. */
  acknowledge(sequence: number): boolean {
    if (sequence > this.#sequence) return false;
    if (sequence === this.#sequence) this.#acknowledged = true;
    this.#pump();
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelWait?.();
    this.#stream?.close();
  }

  async #open(): Promise<void> {
    const { open } = this.#options;
    try {
      const stream = await open(() => {
        this.#changed = true;
        this.#pump();
      });
      // The client may have left while its source was being opened.
      if (this.#closed) {
        stream.close();
        return;
      }
      this.#stream = stream;
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#pump();
  }

  #pump(): void {
    const stream = this.#stream;
    if (this.#closed || stream === undefined || !this.#acknowledged || !this.#changed) return;
    if (this.#cancelWait !== undefined) return;
    const { clock, send } = this.#options;
    const wait = this.#sentAt + EVENT_INTERVAL_MS - clock.now();
    if (wait > 0) {
      this.#cancelWait = clock.after(wait, () => {
        this.#cancelWait = undefined;
        this.#pump();
      });
      return;
    }
    this.#changed = false;
    let event: unknown;
    try {
      event = stream.next();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (event === undefined) return;
    this.#sequence += 1;
    this.#acknowledged = false;
    this.#sentAt = clock.now();
    send(this.#sequence, event);
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.close();
    this.#options.fail(error);
  }
}
