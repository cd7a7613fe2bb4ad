/**
 * The engine's end of the IPC channel. Invariant: a supervisor that does not read makes nobody wait here and fills no memory:
 * answers are kept for it, what only informs is left out.
 */
import { inspect } from 'node:util';
import type { Logger, LogLevel } from '../log.ts';
import type { EngineEvent, FromEngine } from './protocol.ts';

/** Messages not yet taken by the channel; it takes one in microseconds while somebody reads at the other end. */
const CLOGGED_AT = 256;

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

export class SupervisorChannel {
  #waiting = 0;

  /** Whether the supervisor is behind: then it is better to send less, later. */
  get isClogged(): boolean {
    return this.#waiting >= CLOGGED_AT;
  }

  /** Resolves when the message is out, or cannot be sent any more. */
  send(message: FromEngine): Promise<void> {
    if (process.send === undefined || !process.connected) return Promise.resolve();
    this.#waiting += 1;
    return new Promise((resolve) => {
      process.send?.(message, undefined, undefined, () => {
        this.#waiting -= 1;
        resolve();
      });
    });
  }

  /** Sends what is of use now or not at all. */
  inform(event: EngineEvent): void {
    if (!this.isClogged) void this.send(event);
  }

  /** A logger that writes nothing here: the supervisor keeps the log. */
  logger(level: () => LogLevel): Logger {
    const at =
      (line: LogLevel) =>
      (message: string, details?: unknown): void => {
        if (LEVELS.indexOf(line) > LEVELS.indexOf(level())) return;
        const traces = level() === 'debug';
        const text = details === undefined ? message : `${message}: ${asText(details, traces)}`;
        this.inform({ event: 'log', level: line, text });
      };
    return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
  }
}

/** The responder sends its details as text. Of an error its sentence is enough, unless somebody looks for a mistake. */
function asText(details: unknown, traces: boolean): string {
  if (details instanceof Error && !traces) return details.message;
  return typeof details === 'string' ? details : inspect(details, { breakLength: Infinity });
}
