/**
 * What fails in the page itself goes to the program's log, where somebody can find it. Invariant: at most ten reports a minute,
 * none longer than the log takes, and reporting fails silently: it must not be the next failure.
 */
import { codeOf } from './failure.ts';

const REPORTS_A_MINUTE = 10;
const MINUTE_MS = 60_000;
/** The contract's limit for a line of the log. Characters. */
const TEXT_CHARACTERS = 4_000;

export interface FailureReportsOptions {
  readonly write: (text: string) => Promise<unknown>;
  /** Milliseconds; only differences mean anything. */
  readonly now: () => number;
}

export class FailureReports {
  readonly #options: FailureReportsOptions;
  #reportedAt: readonly number[] = [];
  #leftOut = 0;
  /** What has not reached the log yet, because the program cannot be reached. */
  #waiting: readonly string[] = [];
  #sending = false;

  constructor(options: FailureReportsOptions) {
    this.#options = options;
  }

  /** `place` is React's account of where it happened. */
  report(what: string, cause: unknown, place = ''): void {
    const now = this.#options.now();
    this.#reportedAt = this.#reportedAt.filter((at) => now - at < MINUTE_MS);
    if (Math.max(this.#reportedAt.length, this.#waiting.length) >= REPORTS_A_MINUTE) {
      this.#leftOut += 1;
      return;
    }
    this.#reportedAt = [...this.#reportedAt, now];
    const before = this.#leftOut === 0 ? '' : ` (${this.#leftOut} before it were left out)`;
    this.#leftOut = 0;
    const text = `${what}${before}: ${described(cause)}${place}`;
    this.#waiting = [...this.#waiting, text.slice(0, TEXT_CHARACTERS)];
    void this.send();
  }

  /** Sends what waits; to be called when the program can be reached again. */
  async send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    for (let [text] = this.#waiting; text !== undefined; [text] = this.#waiting) {
      if (!(await this.#isOver(text))) break;
      this.#waiting = this.#waiting.slice(1);
    }
    this.#sending = false;
  }

  /** False when it is worth another try. */
  async #isOver(text: string): Promise<boolean> {
    try {
      await this.#options.write(text);
      return true;
    } catch (cause) {
      return codeOf(cause) !== 'DISCONNECTED';
    }
  }
}

/** Hears what nobody catches. */
export function hearFailures(target: Pick<EventTarget, 'addEventListener'>, reports: FailureReports): void {
  target.addEventListener('error', (event) => {
    const { error } = event as { readonly error?: unknown };
    // Without one it is the browser's own remark, such as that a layout takes another frame.
    if (error !== undefined && error !== null) reports.report('The screen failed', error);
  });
  target.addEventListener('unhandledrejection', (event) => {
    const { reason } = event as { readonly reason?: unknown };
    reports.report('Something the screen asked for failed', reason);
  });
}

function described(cause: unknown): string {
  try {
    return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  } catch {
    return 'something that has no text';
  }
}
