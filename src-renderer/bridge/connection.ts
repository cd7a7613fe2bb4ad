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
  /** `since`: when it began; of `lost`, when something was last heard that the person could see. */
  readonly onPhase: (phase: ConnectionPhase, since: number) => void;
  /** False: the server answers, and says that there is no session. Unreachable counts as true. */
  readonly sessionIsGood: () => Promise<boolean>;
  readonly after: (ms: number, callback: () => void) => () => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly dice: () => number;
}

export class Connection {
  readonly #options: ConnectionOptions;
  #tries = 0;
  #held = false;
  #heardAt: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Opens the link now, also in the middle of a pause. */
  start(): void {
    this.#cancel?.();
    const { open, protocol, onPhase, now } = this.#options;
    let close: (() => void) | undefined;
    close = open({
      up: (send) => {
        this.#tries = 0;
        onPhase('open', now());
        protocol.connected(send);
      },
      message: (message) => {
        if (!this.#held) this.#heardAt = now();
        protocol.receive(message);
      },
      down: (why) => {
        close?.();
        protocol.disconnected(why);
        onPhase('lost', this.#heardAt ?? now());
        void this.#again();
      },
    });
  }

  /** While held, as for a hidden page, nothing new comes: what is shown ages, also when answers are heard. */
  hold(held: boolean): void {
    this.#held = held;
    this.#options.protocol.hold(held);
  }

  async #again(): Promise<void> {
    const { sessionIsGood, onPhase, after, now, dice } = this.#options;
    if (!(await sessionIsGood())) {
      onPhase('no-session', now());
      return;
    }
    this.#cancel = after(backOff(this.#tries++, dice()), () => this.start());
  }
}
