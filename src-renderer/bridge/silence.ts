/**
 * Notices a program that keeps its connection and says nothing: it is stopped, it hangs, a tunnel to it broke. Invariant: only
 * seconds in which the page itself ran count, so that a good connection outlasts a laptop's sleep.
 */

const TICK_MS = 1_000;
/** A quiet program has nothing to tell; so that it is heard all the same, it is asked. Seconds. */
const ASK_AFTER = 3;
/** On a slow line a large message takes long to come, and an answer stands behind it: another connection tells. Seconds. */
const KNOCK_AFTER = 5;
/** Longer than a busy machine or a bad network takes for a small answer; past it a person should know. Seconds. */
export const SILENCE_LIMIT = 10;
/** For a program that answers elsewhere: this connection may be dead all the same. Seconds. */
const SLOW_LIMIT = 60;

export interface SilenceOptions {
  readonly after: (ms: number, callback: () => void) => () => void;
  /** Asks for any sign of life. */
  readonly ask: () => void;
  /** Asks over a connection of its own: true when the program answers. Never rejects. */
  readonly knock: () => Promise<boolean>;
  /** Called once, with the seconds; the watch has ended then. */
  readonly onSilent: (seconds: number) => void;
}

export class SilenceWatch {
  readonly #options: SilenceOptions;
  #silentFor = 0;
  #limit = SILENCE_LIMIT;
  #cancel: () => void;

  /** Begins at once. */
  constructor(options: SilenceOptions) {
    this.#options = options;
    this.#cancel = this.#tickLater();
  }

  heard(): void {
    this.#silentFor = 0;
    this.#limit = SILENCE_LIMIT;
  }

  end(): void {
    this.#cancel();
  }

  #tickLater(): () => void {
    const { after, ask, onSilent } = this.#options;
    return after(TICK_MS, () => {
      // One, however late: the rest of the time this page slept.
      this.#silentFor += 1;
      if (this.#silentFor >= this.#limit) {
        onSilent(this.#silentFor);
        return;
      }
      this.#cancel = this.#tickLater();
      if (this.#silentFor === ASK_AFTER) ask();
      if (this.#silentFor === KNOCK_AFTER) void this.#knock();
    });
  }

  async #knock(): Promise<void> {
    const answers = await this.#options.knock();
    // What was heard meanwhile says more.
    if (answers && this.#silentFor >= KNOCK_AFTER) this.#limit = SLOW_LIMIT;
  }
}
