/**
 * A node:http server that a stranger cannot wear out, and whose own refusals carry our headers too. Invariant: header, time
 * and number of connections are bounded before a request reaches any code of ours.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { refuse, refuseSocket, type Refusal } from './replies.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** The longest path Linux opens is 4 KiB, thrice that when encoded; other servers' cookies of the same host add some. Bytes. */
const MAX_HEADER_BYTES = 32 * 1024;
/** From the first byte to the end of the headers, and of the whole request: milliseconds here, a second through a tunnel. */
const HEADERS_TIMEOUT_MS = 4_000;
const REQUEST_TIMEOUT_MS = 6_000;
const CHECK_TIMEOUTS_MS = 1_000;
const KEEP_ALIVE_MS = 5_000;
/** Browsers open six for each tab. */
const MAX_CONNECTIONS = 256;

const NOT_HTTP: Refusal = { status: 400, sentence: 'This is not HTTP.' };
/** By the code of Node's parser or server. */
const PARSER_REFUSALS: ReadonlyMap<string | undefined, Refusal> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    { status: 431, sentence: `More than ${MAX_HEADER_BYTES} bytes of headers are not read.` },
  ],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', { status: 413, sentence: 'The chunks of the request carry too much.' }],
  ['ERR_HTTP_REQUEST_TIMEOUT', { status: 408, sentence: 'The request did not end in time.' }],
]);

interface HttpHandlers {
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export function createHttpServer({ request: answer, upgrade }: HttpHandlers): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_TIMEOUTS_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The guard refuses it, with our headers.
    requireHostHeader: false,
  });
  server.maxConnections = MAX_CONNECTIONS;
  /** Connections with an answer under way: words between its bytes would become part of it. */
  const answering = new WeakMap<Duplex, number>();
  const count = (socket: Duplex, change: number): void => {
    answering.set(socket, (answering.get(socket) ?? 0) + change);
  };
  const dressed = (response: ServerResponse): ServerResponse => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    return response;
  };

  server.on('request', (request, response) => {
    const { socket } = request;
    count(socket, 1);
    response.once('close', () => count(socket, -1));
    answer(request, dressed(response));
  });
  const unexpected = (_request: IncomingMessage, response: ServerResponse): void => {
    refuse(dressed(response), { status: 417, sentence: 'Send the request without "Expect".' });
  };
  server.on('checkContinue', unexpected);
  server.on('checkExpectation', unexpected);
  server.on('upgrade', (request, socket, head) => {
    // Nobody else listens once the socket has left the server; its end is told by `close`.
    socket.on('error', () => undefined);
    upgrade(request, socket, head);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || (answering.get(socket) ?? 0) > 0) socket.destroy(error);
    else refuseSocket(socket, PARSER_REFUSALS.get(error.code) ?? NOT_HTTP);
  });
  return server;
}
