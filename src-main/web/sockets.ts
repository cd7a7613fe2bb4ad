/**
 * `/ws`: turns an upgrade into a WebSocket of a session and looks after those that are open. Invariant: nobody gets one
 * without a session, and none outlives its session or a browser that is gone.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Clock } from '../engine/clock.ts';
import type { Logger } from '../engine/log.ts';
import type { Dispatcher } from '../ipc/dispatcher.ts';
import { refuseSocket } from './replies.ts';
import { NO_SESSION } from './session-route.ts';
import type { Sessions } from './sessions.ts';
import { serveSocket } from './socket-connection.ts';

/** The longest message of the contract is a path of 262,144 characters at most; those of people are far shorter. Bytes. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;
/** A person's tabs. */
export const MAX_SOCKETS = 32;
/** A laptop that sleeps, a tunnel that broke: noticed after twice this. Milliseconds. */
export const HEARTBEAT_MS = 30_000;
const COMPRESSED_FROM_BYTES = 16 * 1024;
const GOING_AWAY = 1001;
const SESSION_ENDED = 4401;

interface SocketsOptions {
  readonly dispatcher: Dispatcher;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Sockets {
  readonly #options: SocketsOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD_BYTES,
    // For a slow line to a machine far away: the map of a huge file is large, and mostly one value. What is small stays as it is.
    perMessageDeflate: {
      threshold: COMPRESSED_FROM_BYTES,
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
    },
  });
  /** Those that have answered since the last ping. */
  readonly #answered = new WeakSet<WebSocket>();
  #cancelHeartbeat: () => void;

  constructor(options: SocketsOptions) {
    this.#options = options;
    this.#server.on('wsClientError', (_error, socket) => {
      refuseSocket(socket, { status: 400, sentence: 'This is no WebSocket handshake of version 13.' });
    });
    this.#cancelHeartbeat = this.#beatLater();
  }

  /** The request has passed the guard and asks for `/ws`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { sessions, dispatcher, logger } = this.#options;
    const session = sessions.find(request.headers.cookie);
    if (session === undefined) {
      refuseSocket(socket, NO_SESSION);
      return;
    }
    if (this.#server.clients.size >= MAX_SOCKETS) {
      refuseSocket(socket, { status: 503, sentence: 'Too many screens are open; close one.' });
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const detach = sessions.attach(session, () => webSocket.close(SESSION_ENDED));
      webSocket.once('close', detach);
      this.#answered.add(webSocket);
      webSocket.on('pong', () => this.#answered.add(webSocket));
      serveSocket(webSocket, dispatcher, logger);
    });
  }

  close(): void {
    this.#cancelHeartbeat();
    for (const socket of this.#server.clients) socket.close(GOING_AWAY);
    this.#server.close();
  }

  /** What `close` could not end politely. */
  terminate(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  #beatLater(): () => void {
    return this.#options.clock.after(HEARTBEAT_MS, () => {
      for (const socket of this.#server.clients) {
        if (this.#answered.delete(socket)) socket.ping();
        else socket.terminate();
      }
      this.#cancelHeartbeat = this.#beatLater();
    });
  }
}
