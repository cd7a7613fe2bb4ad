/**
 * What was opened, closed in the reverse order. Invariant: a step that fails is told and does not keep the others from running.
 */
import type { Logger } from './log.ts';

export class UndoSteps {
  readonly #logger: Logger;
  readonly #steps: (() => unknown)[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).toReversed()) {
      try {
        await step();
      } catch (error) {
        this.#logger.warn('Closing a part of the engine failed', error);
      }
    }
  }
}
