/**
 * Who wants a running program to end, and how badly: a signal asks, a second one forces, a third leaves at once. Invariant:
 * a crash of our own is a request too, so that no mount outlives the code that serves it.
 */
import type { Logger } from '../engine/log.ts';
import { EXIT_FAILED, EXIT_OK } from './failure.ts';
import { leave } from './leave.ts';
import { onStopSignals, signalExitCode } from '../stop-signals.ts';

export class StopRequest {
  /** Resolves when somebody asked. */
  readonly asked: Promise<void>;
  readonly #asked = Promise.withResolvers<void>();
  readonly #forced = new AbortController();
  readonly #logger: Logger;
  readonly #unlisten: () => void;
  #code = EXIT_OK;
  #isAsked = false;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.asked = this.#asked.promise;
    this.#unlisten = onStopSignals({
      first: (signal) => {
        logger.info(`${signal} received, unmounting`);
        this.#ask();
      },
      again: (signal) => {
        const code = signalExitCode(signal);
        if (this.#forced.signal.aborted) void leave({ code, atOnce: true });
        logger.warn(`${signal} received again, unmounting by force`);
        this.#force(code);
      },
    });
    process.on('uncaughtException', this.#onCrash);
  }

  /** How the process is to end. */
  get code(): number {
    return this.#code;
  }

  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** Aborted when nobody wants to wait for readers any more. */
  get forced(): AbortSignal {
    return this.#forced.signal;
  }

  /** The program itself was asked over its socket and has agreed. */
  quit(): void {
    this.#force(EXIT_OK);
  }

  close(): void {
    this.#unlisten();
    process.off('uncaughtException', this.#onCrash);
  }

  readonly #onCrash = (error: unknown): void => {
    this.#logger.error('Something unexpected failed; unmounting', error);
    this.#force(EXIT_FAILED);
  };

  #force(code: number): void {
    if (!this.#forced.signal.aborted) this.#code = code;
    this.#forced.abort();
    this.#ask();
  }

  #ask(): void {
    this.#isAsked = true;
    this.#asked.resolve();
  }
}
