/**
 * One browser's WebSocket. Invariant: while the browser does not take what it was sent, nothing more of it is read, so
 * neither acknowledgements nor calls bring more; nonsense ends this connection and nothing else.
 */
import type { WebSocket } from 'ws';
import type { Logger } from '../engine/log.ts';
import type { ServerMessage } from '../ipc/wire.ts';
import type { Caller, Dispatcher } from '../ipc/dispatcher.ts';
import { parseMessage } from '../ipc/framing.ts';

/** Half a second of events at their busiest; past it the browser is behind. Bytes. */
const BEHIND_BYTES = 1024 * 1024;
/** What the calls under way may still add while nothing is read. Bytes. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;
const POLICY_VIOLATION = 1008;

/** The page asks for reveal and the like in vain: it may be on another machine, behind a tunnel. */
const BROWSER: Caller = {
  near: false,
  can: { reveal: false, drag: false, download: true, choose: false },
};

export function serveSocket(socket: WebSocket, dispatcher: Dispatcher, logger: Logger): void {
  const keepUp = (): void => {
    if (socket.isPaused && socket.bufferedAmount <= BEHIND_BYTES) socket.resume();
  };
  const send = (message: ServerMessage): void => {
    if (socket.readyState !== socket.OPEN) return;
    // Its callback also brings failures, which the socket's own events tell.
    socket.send(JSON.stringify(message), keepUp);
    if (socket.bufferedAmount > BEHIND_BYTES) socket.pause();
    if (socket.bufferedAmount <= MAX_UNSENT_BYTES) return;
    logger.warn('A browser does not take its answers and was hung up');
    socket.terminate();
  };
  const connection = dispatcher.connect(BROWSER, send, () => socket.close(POLICY_VIOLATION));
  const refuse = (sentence: string): void => {
    send({ type: 'refused', sentence });
    connection.close();
    socket.close(POLICY_VIOLATION);
  };

  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== socket.OPEN) return;
    const message = isBinary || !Buffer.isBuffer(data) ? undefined : parseMessage(data.toString('utf8'));
    if (message === undefined) refuse('A message is not JSON text.');
    else connection.receive(message.value);
  });
  // Broken frames and those that are too large: the socket closes itself with the code for it.
  socket.on('error', (error) => logger.debug('A browser broke the WebSocket protocol', error));
  socket.once('close', () => connection.close());
}
