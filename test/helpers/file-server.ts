/**
 * A small, correct HTTP range server over a directory, which counts what it is asked for. For tests of what a client does
 * with a well-behaved server; misbehaving ones are scripted-proxy.ts.
 */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

interface ServedRequest {
  readonly method: string;
  /** As sent: percent-encoded, with the query. */
  readonly target: string;
  /** Decoded path below the directory, without a leading slash. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface FileServer extends AsyncDisposable {
  readonly port: number;
  /** Without a trailing slash. */
  readonly url: string;
  /** Every request so far, or those for one path. */
  requests(path?: string): readonly ServedRequest[];
  /** Body bytes handed to the network so far, in all or for one path. */
  bytes(path?: string): number;
  /** TCP connections accepted so far. */
  connections(): number;
  close(): Promise<void>;
}

export interface FileServerOptions {
  /** Which validator the responses carry; 'etag' sends a Last-Modified too, as servers do. */
  readonly validator?: 'etag' | 'last-modified' | 'none';
  /** This machine alone unless given. */
  readonly host?: string;
  /** A free one unless given. */
  readonly port?: number;
  /** The status to answer a request with instead of serving it; undefined serves it. */
  readonly refusal?: () => number | undefined;
}

export async function startFileServer(
  directory: string,
  {
    validator = 'etag',
    host = '127.0.0.1',
    port: wanted = 0,
    refusal = () => undefined,
  }: FileServerOptions = {},
): Promise<FileServer> {
  const root = await realpath(directory);
  const requests: ServedRequest[] = [];
  const bytes = new Map<string, number>();
  let connections = 0;
  const server = createServer((request, response) => {
    const served = describe(request);
    requests.push(served);
    const count = (sent: number): void => {
      bytes.set(served.path, (bytes.get(served.path) ?? 0) + sent);
    };
    const status = refusal();
    if (status !== undefined) {
      end(response, status);
      return;
    }
    answer(root, validator, served, response, count).catch(() => response.destroy());
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(wanted, host);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return {
    port,
    url: `http://${host}:${port}`,
    requests: (path) => requests.filter((request) => path === undefined || request.path === path),
    bytes: (path) =>
      path === undefined ? [...bytes.values()].reduce((sum, sent) => sum + sent, 0) : (bytes.get(path) ?? 0),
    connections: () => connections,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function describe(request: IncomingMessage): ServedRequest {
  const target = request.url ?? '/';
  let path = '';
  try {
    path = decodeURIComponent(target.replace(/[?#].*$/s, '')).replace(/^\/+/, '');
  } catch {
    // A target that cannot be decoded names no file.
  }
  return { method: request.method ?? '', target, path, headers: request.headers };
}

async function answer(
  root: string,
  validator: 'etag' | 'last-modified' | 'none',
  request: ServedRequest,
  response: ServerResponse,
  count: (sent: number) => void,
): Promise<void> {
  const file = await regularFile(root, request.path);
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405);
  if (file === undefined) return end(response, 404);
  const { size, mtimeMs } = file;
  const modified = Math.floor(mtimeMs / 1000);
  const etag = `"${modified.toString(16)}-${size.toString(16)}"`;
  response.setHeader('accept-ranges', 'bytes');
  if (validator === 'etag') response.setHeader('etag', etag);
  if (validator !== 'none') response.setHeader('last-modified', new Date(modified * 1000).toUTCString());
  if (!conditionHolds(request.headers, etag, modified)) return end(response, 412);
  const range = rangeOf(request.headers.range, size);
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${size}`);
    return end(response, 416);
  }
  const { first, last } = range ?? { first: 0, last: size - 1 };
  if (range !== undefined) response.setHeader('content-range', `bytes ${first}-${last}/${size}`);
  response.setHeader('content-length', last - first + 1);
  response.writeHead(range === undefined ? 200 : 206);
  if (request.method === 'HEAD' || last < first) {
    response.end();
    return;
  }
  const body = createReadStream(file.path, { start: first, end: last });
  body.on('data', (chunk) => count(chunk.length));
  await pipeline(body, response);
}

async function regularFile(
  root: string,
  path: string,
): Promise<{ readonly path: string; readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    const real = await realpath(join(root, normalize(`/${path}`)));
    if (!real.startsWith(root + sep)) return undefined;
    const stats = await stat(real);
    return stats.isFile() ? { path: real, size: stats.size, mtimeMs: stats.mtimeMs } : undefined;
  } catch {
    return undefined;
  }
}

function conditionHolds(headers: IncomingHttpHeaders, etag: string, modified: number): boolean {
  const match = headers['if-match'];
  if (match !== undefined) return match === '*' || match.split(/\s*,\s*/).includes(etag);
  const since = Date.parse(headers['if-unmodified-since'] ?? '');
  return Number.isNaN(since) || modified * 1000 <= since;
}

/** A single range; several, or another unit, are ignored as RFC 9110, 14.2 allows. */
function rangeOf(
  header: string | undefined,
  size: number,
): { readonly first: number; readonly last: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const first = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return first <= last ? { first, last } : 'unsatisfiable';
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0 });
  response.end();
}
