/**
 * The transport between the app's window and the dispatcher. Invariant: nothing is heard that was not sent by the main frame
 * of that window while it shows our own page; every load of the page is a connection of its own.
 */
import type { IpcMain, IpcMainEvent, Item, WebContents } from 'electron';
import type { Logger } from '../engine/log.ts';
import type { ServerMessage } from './wire.ts';
import type { Caller, Connection, Dispatcher } from './dispatcher.ts';
import { CHANNELS } from './electron-channels.ts';

export interface WindowTransport {
  readonly ipc: Pick<IpcMain, 'on' | 'off'>;
  readonly contents: WebContents;
  readonly dispatcher: Pick<Dispatcher, 'connect'>;
  readonly caller: Caller;
  readonly isOwnPage: (address: string) => boolean;
  /** The page has spoken for the first time since it was loaded. */
  readonly spoken: () => void;
  /** What the system is to drag; undefined when nothing may be. Must not wait for anything. */
  readonly drag: (job: unknown, path: unknown) => Item | undefined;
  readonly logger: Logger;
}

/** Serves one window until the returned function is called or the window is gone. */
export function serveWindow(options: WindowTransport): () => void {
  const { ipc, contents, dispatcher, caller, spoken, drag, logger } = options;
  let connection: Connection | undefined;
  const hangUp = (): void => {
    connection?.close();
    connection = undefined;
  };
  const send = (message: ServerMessage): void => {
    if (!contents.isDestroyed()) contents.send(CHANNELS.answer, message);
  };
  const onMessage = (event: IpcMainEvent, message: unknown): void => {
    if (!isTrusted(event, options)) return;
    if (connection === undefined) {
      connection = dispatcher.connect(caller, send, hangUp);
      spoken();
    }
    connection.receive(message);
  };
  // Here and now: the system takes the drag over only while the page's own drag event is being handled.
  const onDrag = (event: IpcMainEvent, job: unknown, path: unknown): void => {
    if (!isTrusted(event, options)) return;
    const item = drag(job, path);
    if (item === undefined) logger.warn('A drag of a file that cannot be dragged was refused');
    else contents.startDrag(item);
  };
  const onNavigation = ({ isMainFrame, isSameDocument }: NavigationStart): void => {
    if (isMainFrame && !isSameDocument) hangUp();
  };
  const close = (): void => {
    hangUp();
    ipc.off(CHANNELS.message, onMessage);
    ipc.off(CHANNELS.drag, onDrag);
    if (contents.isDestroyed()) return;
    contents.off('did-start-navigation', onNavigation);
    contents.off('render-process-gone', hangUp);
    contents.off('destroyed', close);
  };
  ipc.on(CHANNELS.message, onMessage);
  ipc.on(CHANNELS.drag, onDrag);
  contents.on('did-start-navigation', onNavigation);
  contents.on('render-process-gone', hangUp);
  contents.on('destroyed', close);
  return close;
}

interface NavigationStart {
  readonly isMainFrame: boolean;
  readonly isSameDocument: boolean;
}

function isTrusted(event: IpcMainEvent, { contents, isOwnPage, logger }: WindowTransport): boolean {
  const { sender, senderFrame: frame } = event;
  const trusted =
    sender === contents &&
    // Null once the frame has gone elsewhere.
    frame !== null &&
    frame.frameTreeNodeId === contents.mainFrame.frameTreeNodeId &&
    frame.parent === null &&
    isOwnPage(frame.url);
  if (!trusted) logger.warn('A message from a page that is not ours was refused');
  return trusted;
}
