/** Reads what a request carries. Invariant: never more than the limit is kept. */
import type { IncomingMessage } from 'node:http';

/** Undefined when there is more than `limit` bytes. Rejects when the client breaks off. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop must not destroy the connection: the refusal goes over it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
