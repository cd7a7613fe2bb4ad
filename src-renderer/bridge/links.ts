/**
 * The two ways to a supervisor. A link reports when it is up, each message, and its end; whether to try again is decided
 * above it.
 */
import type { ClientMessage, ServerMessage } from '../../src-main/ipc/wire.ts';
import type { DesktopBridge } from './desktop.ts';
import { parseServerMessage, asServerMessage } from './server-message.ts';

export interface LinkEvents {
  readonly up: (send: (message: ClientMessage) => void) => void;
  readonly message: (message: ServerMessage) => void;
  readonly down: () => void;
}

/** Closes the link; `down` is not called for it. */
type Close = () => void;
export type OpenLink = (events: LinkEvents) => Close;

/** Through the preload of the desktop window. It is up as long as the window is. */
export function desktopLink(desktop: DesktopBridge): OpenLink {
  return ({ up, message }) => {
    const stop = desktop.onMessage((value) => {
      const parsed = asServerMessage(value);
      if (parsed !== undefined) message(parsed);
    });
    up((sent) => desktop.send(sent));
    return stop;
  };
}

export function webSocketLink(url: string): OpenLink {
  return ({ up, message, down }) => {
    const socket = new WebSocket(url);
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      down();
    };
    socket.addEventListener('open', () => up((sent) => socket.send(JSON.stringify(sent))));
    socket.addEventListener('message', ({ data }: { readonly data: unknown }) => {
      const parsed = typeof data === 'string' ? parseServerMessage(data) : undefined;
      if (parsed !== undefined) message(parsed);
    });
    socket.addEventListener('close', end);
    socket.addEventListener('error', end);
    return () => {
      over = true;
      socket.close();
    };
  };
}
