/**
 * The two ways to a supervisor. A link reports when it is up, each message, and its end; whether to try again is decided
 * above it.
 */
import type { ClientMessage, ServerMessage } from '../../src-main/ipc/wire.ts';
import type { DesktopBridge } from './desktop.ts';
import { BridgeFailure } from './failure.ts';
import { parseServerMessage, asServerMessage } from './server-message.ts';
import { SilenceWatch, type SilenceOptions } from './silence.ts';

export interface LinkEvents {
  readonly up: (send: (message: ClientMessage) => void) => void;
  readonly message: (message: ServerMessage) => void;
  /** `why`: what calls under way fail with, where there is more to say than that the connection is lost. */
  readonly down: (why?: BridgeFailure) => void;
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

/** Ends, and is closed, also when nothing at all is heard for too long, be it up or still on its way. */
export function webSocketLink(url: string, watching: Omit<SilenceOptions, 'onSilent'>): OpenLink {
  return ({ up, message, down }) => {
    const socket = new WebSocket(url);
    let over = false;
    const end = (why?: BridgeFailure) => {
      if (over) return;
      over = true;
      watch.end();
      down(why);
    };
    const watch = new SilenceWatch({
      ...watching,
      onSilent: (seconds) => {
        end(
          new BridgeFailure(
            'DISCONNECTED',
            `Orbit GhostFS has not answered for ${seconds} seconds. What was asked of it may still be done; the connection is being made again.`,
          ),
        );
      },
    });
    socket.addEventListener('open', () => {
      watch.heard();
      up((sent) => socket.send(JSON.stringify(sent)));
    });
    socket.addEventListener('message', ({ data }: { readonly data: unknown }) => {
      watch.heard();
      const parsed = typeof data === 'string' ? parseServerMessage(data) : undefined;
      if (parsed !== undefined) message(parsed);
    });
    socket.addEventListener('close', () => end());
    socket.addEventListener('error', () => end());
    return () => {
      over = true;
      watch.end();
      socket.close();
    };
  };
}
