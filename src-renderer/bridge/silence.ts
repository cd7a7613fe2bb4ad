/**
 * Notices a program that keeps its connection and says nothing: it is stopped, it hangs, a tunnel to it broke. Invariant: only
 * seconds in which the page itself ran count, so that a good connection outlasts a laptop's sleep.
 */

const TICK_MS = 1_000;
/** A quiet program has nothing to tell; so that it is heard all the same, it is asked. Seconds. */
const ASK_AFTER = 3;
/** Longer than a busy machine or a bad network takes for a small answer; past it a person should know. Seconds. */
export const SILENCE_LIMIT = 10;

export interface SilenceOptions {
  readonly after: (ms: number, callback: () => void) => () => void;
  /** Asks for any sign of life. */
  readonly ask: () => void;
  /** Called once; the watch has ended then. */
  readonly onSilent: () => void;
}

export class SilenceWatch {
  readonly #options: SilenceOptions;
  #silentFor = 0;
  #cancel: () => void;

  /** Begins at once. */
  constructor(options: SilenceOptions) {
    this.#options = options;
    this.#cancel = this.#tickLater();
  }

  heard(): void {
    this.#silentFor = 0;
  }

  end(): void {
    this.#cancel();
  }

  #tickLater(): () => void {
    const { after, ask, onSilent } = this.#options;
    return after(TICK_MS, () => {
      // One, however late: the rest of the time this page slept.
      this.#silentFor += 1;
      if (this.#silentFor === SILENCE_LIMIT) {
        onSilent();
        return;
      }
      this.#cancel = this.#tickLater();
      if (this.#silentFor === ASK_AFTER) ask();
    });
  }
}
