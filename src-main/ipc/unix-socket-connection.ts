/**
 * One client of the control socket. Invariant: while the client does not read what it was sent, nothing more of it is read,
 * so neither answers nor events pile up here; nonsense ends this connection and nothing else.
 */
import type { Socket } from 'node:net';
import type { Logger } from '../engine/log.ts';
import type { ServerMessage } from './wire.ts';
import type { Caller, Dispatcher } from './dispatcher.ts';
import { LineReader, MAX_REQUEST_LINE } from './framing.ts';

/** What the calls under way may still add while nothing is read. Bytes. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;
/** For a last word to a client that may have stopped reading. Milliseconds. */
const FAREWELL_MS = 1_000;

interface SocketConnectionOptions {
  readonly dispatcher: Dispatcher;
  readonly caller: Caller;
  readonly logger: Logger;
}

/** The returned function hangs up after what was sent has been delivered. */
export function serveSocketConnection(
  socket: Socket,
  { dispatcher, caller, logger }: SocketConnectionOptions,
): () => void {
  const reader = new LineReader(MAX_REQUEST_LINE);
  let farewell: NodeJS.Timeout | undefined;

  const send = (message: ServerMessage): void => {
    if (farewell !== undefined || !socket.writable) return;
    if (!socket.write(`${JSON.stringify(message)}\n`)) socket.pause();
    if (socket.writableLength <= MAX_UNREAD_BYTES) return;
    logger.warn('A client of the control socket does not read its answers and was hung up');
    socket.destroy();
  };
  const hangUp = (): void => {
    if (farewell !== undefined) return;
    farewell = setTimeout(() => socket.destroy(), FAREWELL_MS);
    // What it still says is thrown away, so that its end is seen.
    socket.resume();
    socket.end();
  };
  const connection = dispatcher.connect(caller, send, hangUp);

  socket.on('data', (chunk) => {
    if (farewell !== undefined) return;
    const problem = reader.push(chunk, (value) => {
      connection.receive(value);
      return farewell === undefined;
    });
    if (problem === undefined) return;
    send({ type: 'refused', sentence: problem });
    connection.close();
    hangUp();
  });
  socket.on('drain', () => socket.resume());
  // A client that is killed resets its connection: no news.
  socket.on('error', (error) => logger.debug('A client of the control socket broke off', error));
  socket.once('close', () => {
    clearTimeout(farewell);
    connection.close();
  });
  return () => {
    connection.close();
    hangUp();
  };
}
