/**
 * A source that takes every request and never answers, until it is told to: the black hole a reader must be able to
 * leave. Plain HTTP with ranges once it answers.
 */
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { onCleanup } from '../../helpers/system-cleanup.ts';

export interface StallingServer {
  /** Ends with a slash. */
  readonly url: string;
  /** Decoded paths without the leading slash, in the order they were asked for. */
  readonly asked: readonly string[];
  /** From now on requests are answered; those that came before never are. */
  answer(): void;
}

/** Ended with the test. */
export async function startStallingServer(directory: string): Promise<StallingServer> {
  const asked: string[] = [];
  let answering = false;
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    asked.push(path);
    if (answering) serve(join(directory, path), request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port to be had on 127.0.0.1');
  onCleanup('stalling server', async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return {
    url: `http://127.0.0.1:${String(address.port)}/`,
    asked,
    answer: () => {
      answering = true;
    },
  };
}

function serve(path: string, request: IncomingMessage, response: ServerResponse): void {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  const { size } = status;
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(match?.[1] ?? 0);
  const last = match?.[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
  response.writeHead(match === null ? 200 : 206, {
    'accept-ranges': 'bytes',
    'content-length': last - start + 1,
    ...(match === null ? {} : { 'content-range': `bytes ${String(start)}-${String(last)}/${String(size)}` }),
  });
  if (request.method === 'HEAD') response.end();
  else createReadStream(path, { start, end: last }).pipe(response);
}
