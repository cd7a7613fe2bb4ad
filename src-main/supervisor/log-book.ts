/** The last lines of the log, for screens. Invariant: bounded, and every line is fit to be shown: no control characters, no secrets. */
import { messageOf } from '../engine/errors.ts';
import type { Logger, LogLevel } from '../engine/log.ts';
import type { LogLine } from '../ipc/contract.ts';

/** What a person scrolls through; the file has the rest. */
const MAX_LINES = 500;
/** Of one line, so that 500 of them stay small. Characters. */
const MAX_TEXT = 4_000;

const LEVELS = ['error', 'warn', 'info', 'debug'] as const satisfies readonly LogLevel[];

export interface LogBookOptions {
  /** Lines above this level are not kept. */
  readonly level: () => LogLevel;
  /** Makes any text one harmless line. */
  readonly printable: (text: string) => string;
}

export class LogBook {
  readonly #options: LogBookOptions;
  readonly #listeners = new Set<() => void>();
  readonly #lines: LogLine[] = [];
  /** Lines ever written; the last of them has this number. */
  #written = 0;

  constructor(options: LogBookOptions) {
    this.#options = options;
  }

  /** A logger that writes here and to `next`. */
  logger(from: LogLine['from'], next: Logger): Logger {
    const at = (level: LogLevel) => (message: string, details?: unknown) => {
      const told = details === undefined ? message : `${message}: ${messageOf(details)}`;
      this.#add({ at: Date.now(), level, from, text: this.#options.printable(told).slice(0, MAX_TEXT) });
      next[level](message, details);
    };
    return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
  }

  /** The lines after number `after` that are still kept, and the number of the last. */
  since(after: number): { readonly lines: readonly LogLine[]; readonly last: number } {
    const fresh = Math.min(this.#written - after, this.#lines.length);
    return { lines: fresh === 0 ? [] : this.#lines.slice(-fresh), last: this.#written };
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #add(line: LogLine): void {
    if (LEVELS.indexOf(line.level) > LEVELS.indexOf(this.#options.level())) return;
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    this.#written += 1;
    for (const listener of this.#listeners) listener();
  }
}
