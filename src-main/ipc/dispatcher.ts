/**
 * The one door between what clients ask and what the program does: every transport hands its messages to a connection of
 * this dispatcher. Invariant: nothing reaches a handler that the contract's schemas did not accept.
 */
import type { Clock } from '../engine/clock.ts';
import type { Logger } from '../engine/log.ts';
import type { ServerMessage } from './wire.ts';
import { ClientConnection, type Connection } from './connection.ts';
import type { Caller, Handlers, Topics } from './handlers.ts';

export type { Connection } from './connection.ts';
export type { Caller, Handlers, Topics } from './handlers.ts';

export class Dispatcher {
  readonly #options: {
    readonly handlers: Handlers;
    readonly topics: Topics;
    readonly logger: Logger;
    readonly clock: Clock;
  };

  constructor(options: { handlers: Handlers; topics: Topics; logger: Logger; clock: Clock }) {
    this.#options = options;
  }

  /** `end` is called after a last `refused` message when the client talks nonsense; the transport then hangs up. */
  connect(caller: Caller, send: (message: ServerMessage) => void, end: () => void): Connection {
    return new ClientConnection({ ...this.#options, caller, send, end });
  }
}
