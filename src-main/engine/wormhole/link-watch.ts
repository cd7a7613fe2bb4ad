/**
 * Notices that the machine slept or has other addresses than before: connections of then may be dead without a sign, and
 * sources that were out of reach may be within. One per engine. Invariant: it looks only while somebody listens, and each
 * listener is called at most once per look.
 */
import { networkInterfaces } from 'node:os';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';

/** A look takes less than 0.1 ms; whoever waits on a dead connection has nearly all of his 30 s left after it. Milliseconds. */
const LOOK_INTERVAL_MS = 2_000;
/**
 * A look that comes later than this was held up by sleep, or by something as bad. A busy machine holds up a timer for less, and
 * no router forgets a connection so soon. Milliseconds.
 */
const ASLEEP_MS = 5_000;

export interface LinkWatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds that pass while the machine sleeps, too: those of the clock may not. The system's time unless given. */
  readonly wallTime?: () => number;
  /** What is to be the same from look to look; the machine's addresses unless given. Undefined: not known now. */
  readonly addresses?: () => string | undefined;
}

export class LinkWatch {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #wallTime: () => number;
  readonly #addresses: () => string | undefined;
  readonly #listeners = new Set<() => void>();
  #lookedAt = 0;
  #seen: string | undefined;
  #cancelLook: (() => void) | undefined;

  constructor({ clock, logger, wallTime = Date.now, addresses = machineAddresses }: LinkWatchOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#wallTime = wallTime;
    this.#addresses = addresses;
  }

  /** Calls `listener` when connections should be renewed, until the returned function is called. */
  onChange(listener: () => void): () => void {
    if (this.#listeners.size === 0) {
      this.#lookedAt = this.#wallTime();
      this.#seen = this.#addresses();
      this.#schedule();
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#cancelLook?.();
    };
  }

  #schedule(): void {
    this.#cancelLook = this.#clock.after(LOOK_INTERVAL_MS, () => {
      this.#schedule();
      this.#look();
    });
  }

  #look(): void {
    const now = this.#wallTime();
    const slept = now - this.#lookedAt - LOOK_INTERVAL_MS > ASLEEP_MS;
    this.#lookedAt = now;
    const addresses = this.#addresses() ?? this.#seen;
    const moved = addresses !== this.#seen;
    this.#seen = addresses;
    if (!slept && !moved) return;
    const what = slept ? 'the machine was asleep' : 'the network changed';
    this.#logger.info(`${what}; connections are renewed`);
    for (const listener of this.#listeners) listener();
  }
}

/** Those by which others can be reached: what a container or a cable without a network brings comes and goes unnoticed. */
function machineAddresses(): string | undefined {
  try {
    return Object.entries(networkInterfaces())
      .flatMap(([name, all = []]) => all.map((one) => ({ name, ...one })))
      .filter(({ internal, address }) => !internal && !/^(fe[89ab]|169\.254\.)/.test(address))
      .map(({ name, address }) => `${name} ${address}`)
      .toSorted()
      .join();
  } catch {
    // It takes a descriptor, of which there may be none.
    return undefined;
  }
}
