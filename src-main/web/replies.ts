/**
 * Refusals: one plain sentence, a status, and the end of the connection, so that a body that was sent along is never read.
 * Invariant: a refusal says nothing a stranger did not know.
 */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { SECURITY_HEADERS } from './security-headers.ts';

export interface Refusal {
  readonly status: number;
  readonly sentence: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function refuse(response: ServerResponse, { status, sentence, headers }: Refusal): void {
  const body = `${sentence}\n`;
  response.writeHead(status, { ...refusalHeaders(body), ...headers });
  response.end(body);
}

/** For a connection that has no response object: an upgrade, or bytes that are no HTTP. */
export function refuseSocket(socket: Duplex, { status, sentence, headers }: Refusal): void {
  const body = `${sentence}\n`;
  const lines = Object.entries({ ...SECURITY_HEADERS, ...refusalHeaders(body), ...headers });
  // A client that keeps its half open must not keep the connection.
  socket.once('finish', () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
      ...lines.map(([name, value]) => `${name}: ${value}`),
      '',
      body,
    ].join('\r\n'),
  );
}

function refusalHeaders(body: string): Record<string, string> {
  return {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
}
