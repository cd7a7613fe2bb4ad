/**
 * Keeps one link up for the life of the page: opens it, hands it to the protocol, opens it again after a growing pause.
 * Before a second try it asks whether the session is still good, since a refused WebSocket does not say why.
 */
import type { ProtocolClient } from '../../src-main/ipc/protocol-client.ts';
import { backOff } from './back-off.ts';
import type { OpenLink } from './links.ts';

export type ConnectionPhase = 'connecting' | 'open' | 'lost' | 'no-session';

export interface ConnectionOptions {
  readonly open: OpenLink;
  readonly protocol: ProtocolClient;
  readonly onPhase: (phase: ConnectionPhase) => void;
  /** False: the server answers, and says that there is no session. Unreachable counts as true. */
  readonly sessionIsGood: () => Promise<boolean>;
  readonly after: (ms: number, callback: () => void) => () => void;
  readonly dice: () => number;
}

export class Connection {
  readonly #options: ConnectionOptions;
  #tries = 0;
  #cancel: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Opens the link now, also in the middle of a pause. */
  start(): void {
    this.#cancel?.();
    const { open, protocol, onPhase } = this.#options;
    let close: (() => void) | undefined;
    close = open({
      up: (send) => {
        this.#tries = 0;
        onPhase('open');
        protocol.connected(send);
      },
      message: (message) => protocol.receive(message),
      down: () => {
        close?.();
        protocol.disconnected();
        onPhase('lost');
        void this.#again();
      },
    });
  }

  async #again(): Promise<void> {
    const { sessionIsGood, onPhase, after, dice } = this.#options;
    if (!(await sessionIsGood())) {
      onPhase('no-session');
      return;
    }
    this.#cancel = after(backOff(this.#tries++, dice()), () => this.start());
  }
}
