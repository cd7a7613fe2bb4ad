/** What the desktop window's preload offers; absent in a browser. Messages are those of the contract. */
import type { ClientMessage, ServerMessage } from '../../src-main/ipc/wire.ts';

export interface DesktopBridge {
  readonly send: (message: ClientMessage) => void;
  readonly onMessage: (listener: (message: ServerMessage) => void) => () => void;
  /** Starts a native drag of one file; synchronously, within `dragstart`. */
  readonly drag: (job: string, path: string) => void;
}

declare global {
  interface Window {
    readonly orbitGhost?: DesktopBridge;
  }
}
