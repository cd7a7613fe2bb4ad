/**
 * Turns between processes: an abstract socket (unix(7)) that only one can have bound, and that is free again however its owner
 * ends. Invariant: it orders, and never prevents: past a limit the work is done without it.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Whoever takes longer hangs, or means harm. */
const LIMIT_MS = 10_000;
const TRY_AGAIN_MS = 20;

/** Does it while no other process does something under the same name. Without such sockets (not Linux), at once. */
export async function inProcessTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const held = process.platform === 'linux' ? await bound(name) : undefined;
  try {
    return await work();
  } finally {
    held?.close();
  }
}

async function bound(name: string): Promise<Server | undefined> {
  // The kernel takes 107 bytes.
  const path = `\0orbit-ghost-${createHash('sha256').update(name).digest('hex')}`;
  const end = performance.now() + LIMIT_MS;
  while (performance.now() < end) {
    const server = createServer((socket) => socket.destroy());
    server.listen(path);
    try {
      await once(server, 'listening');
      return server;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return undefined;
    }
    await delay(TRY_AGAIN_MS);
  }
  return undefined;
}
