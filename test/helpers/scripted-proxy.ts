/**
 * A server that does exactly what a test tells it, byte by byte, below the level of any HTTP library: what a bad network,
 * a broken proxy or a hostile server would do. Each request asks the script for the steps to take.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';

export interface ScriptedRequest {
  /** From 0, in order of arrival. */
  readonly index: number;
  /** Which TCP connection brought it, from 0. */
  readonly connection: number;
  readonly method: string;
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a `Range: bytes=first-last` header. */
  readonly range: { readonly first: number; readonly last: number } | undefined;
}

/** Bytes to send, an end of the connection, or something to wait for first. */
export type Step =
  | { readonly send: string | Uint8Array }
  | { readonly close: 'fin' | 'reset' }
  | { readonly wait: Promise<unknown> };

export type Script = (request: ScriptedRequest) => Iterable<Step>;

export interface ScriptedServerOptions {
  /** Serves TLS with this PEM pair. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** What to do with a connection before anything is read from it; 'silence' accepts and never answers. */
  readonly onConnection?: (index: number) => 'serve' | 'fin' | 'reset' | 'silence';
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** Without a trailing slash. */
  readonly url: string;
  readonly requests: readonly ScriptedRequest[];
  connections(): number;
  /** Resolves with the request of that index as soon as it has arrived. */
  requested(index: number): Promise<ScriptedRequest>;
  /** Resolves when the client's end of that connection is gone. */
  disconnected(connection: number): Promise<void>;
  close(): Promise<void>;
}

export const fin: Step = { close: 'fin' };
export const reset: Step = { close: 'reset' };
/** A black hole: the connection stays open and nothing more comes. */
export const silence: Step = { wait: new Promise(() => undefined) };

export async function startScriptedServer(
  script: Script,
  { tls, onConnection = () => 'serve' }: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const gone: PromiseWithResolvers<void>[] = [];
  const requests: ScriptedRequest[] = [];
  const awaited = new Map<number, PromiseWithResolvers<ScriptedRequest>>();
  let connections = 0;

  const record = (head: string, connection: number): ScriptedRequest => {
    const request = parseHead(head, requests.length, connection);
    requests.push(request);
    awaited.get(request.index)?.resolve(request);
    return request;
  };
  const goneOf = (connection: number): PromiseWithResolvers<void> =>
    (gone[connection] ??= Promise.withResolvers());

  const accept = (socket: Socket): void => {
    const connection = connections;
    connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    // A client that hangs up is what many tests are about.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      goneOf(connection).resolve();
    });
    const behaviour = onConnection(connection);
    if (behaviour === 'fin') socket.end();
    else if (behaviour === 'reset') socket.resetAndDestroy();
    else if (behaviour === 'serve') serve(socket, (head) => script(record(head, connection)));
    else socket.resume();
  };
  const server: Server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    requested(index) {
      const there = requests[index];
      if (there !== undefined) return Promise.resolve(there);
      const waiting = awaited.get(index) ?? Promise.withResolvers();
      awaited.set(index, waiting);
      return waiting.promise;
    },
    disconnected: (connection) => goneOf(connection).promise,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Answers the requests of one connection one after the other. */
function serve(socket: Socket, stepsFor: (head: string) => Iterable<Step>): void {
  let text = '';
  let answering = Promise.resolve();
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      answering = answering.then(() => perform(socket, stepsFor(head)));
    }
  });
}

async function perform(socket: Socket, steps: Iterable<Step>): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return;
    if ('send' in step) {
      await new Promise((resolve) => socket.write(step.send, resolve));
      // Steps arrive as packets of their own.
      await nextTurn();
    } else if ('wait' in step) {
      await step.wait;
    } else if (step.close === 'fin') {
      socket.end();
    } else {
      socket.resetAndDestroy();
    }
  }
}

function parseHead(head: string, index: number, connection: number): ScriptedRequest {
  const [first = '', ...lines] = head.split('\r\n');
  const [method = '', target = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const match = /^bytes=(\d+)-(\d+)$/.exec(headers['range'] ?? '');
  const range = match === null ? undefined : { first: Number(match[1]), last: Number(match[2]) };
  return { index, connection, method, target, headers, range };
}

/** Head and body of a response; `content-length` is the body's unless `headers` says otherwise (undefined leaves it out). */
export function reply(
  status: number,
  headers: Readonly<Record<string, string | number | undefined>>,
  body: Uint8Array = new Uint8Array(),
): readonly [head: Step, body: Step] {
  const lines = Object.entries({ 'content-length': body.length, ...headers })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return [{ send: `HTTP/1.1 ${status} Scripted\r\n${lines.join('')}\r\n` }, { send: body }];
}

/** The right answer to a range request for `content`; `headers` override what the right answer would carry. */
export function rangeReply(
  { range }: ScriptedRequest,
  content: Uint8Array,
  headers: Readonly<Record<string, string | number | undefined>> = {},
): readonly [head: Step, body: Step] {
  if (range === undefined) return reply(200, headers, content);
  const contentRange = `bytes ${range.first}-${range.last}/${content.length}`;
  const body = content.subarray(range.first, range.last + 1);
  return reply(206, { 'content-range': contentRange, ...headers }, body);
}

/** The first `count` bytes of what the steps would send. */
export function* firstBytes(steps: Iterable<Step>, count: number): Iterable<Step> {
  let left = count;
  for (const step of steps) {
    if (!('send' in step)) {
      yield step;
      continue;
    }
    const bytes = Buffer.from(step.send).subarray(0, left);
    left -= bytes.length;
    yield { send: bytes };
    if (left === 0) return;
  }
}

/** Every byte in a packet of its own. */
export function* byteByByte(bytes: Uint8Array): Iterable<Step> {
  for (let at = 0; at < bytes.length; at += 1) yield { send: bytes.subarray(at, at + 1) };
}

/** A body in HTTP's chunked coding. */
export function chunked(...chunks: readonly Uint8Array[]): Uint8Array {
  const parts = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
  return Buffer.concat([...parts, '0\r\n\r\n'].map((part) => Buffer.from(part)));
}
