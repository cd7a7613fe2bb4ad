/**
 * The control socket: commands of the same user reach the supervisor through it. Invariant: at most one supervisor of a user
 * listens, and only that user can connect.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { GhostError } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import { ownCommand } from '../output/own-command.ts';
import { connectUnixSocket, notAnswering } from './client.ts';
import type { Caller, Dispatcher } from './dispatcher.ts';
import { claimSocket, SOCKET_MODE } from './unix-socket-claim.ts';
import { serveSocketConnection } from './unix-socket-connection.ts';

export { controlSocketPath } from './unix-socket-place.ts';

/** A person's commands and scripts side by side; more is a script that forgets to hang up. */
const MAX_CONNECTIONS = 256;
/** One that starts at the same moment listens within this; past it, it hangs. Milliseconds. */
const ANSWER_LIMIT_MS = 2_000;
const ASK_AGAIN_MS = 50;

export interface UnixSocketOptions {
  readonly dispatcher: Dispatcher;
  readonly path: string;
  readonly caller: Caller;
  readonly logger: Logger;
}

export interface UnixSocketServer {
  /** Answers on their way are still delivered to clients that read; then everything is hung up. */
  close(): Promise<void>;
}

/** Rejects with ALREADY_RUNNING, naming the process, when this user has a supervisor already. */
export async function serveUnixSocket({
  dispatcher,
  path,
  caller,
  logger,
}: UnixSocketOptions): Promise<UnixSocketServer> {
  const claim = await claimSocket(path);
  if (claim === undefined) throw await alreadyRunning(path);
  const connections = new Map<Socket, () => void>();
  const server = createServer((socket) => {
    connections.set(socket, serveSocketConnection(socket, { dispatcher, caller, logger }));
    socket.once('close', () => connections.delete(socket));
  });
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await listen(server, path);
    // The directory keeps others out; this says it of the socket too.
    chmodSync(path, SOCKET_MODE);
  } catch (error) {
    server.close();
    claim.release();
    throw error;
  }
  server.on('error', (error) => logger.error('The control socket failed', error));
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const hangUp of connections.values()) hangUp();
      await closed;
      claim.release();
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function alreadyRunning(path: string): Promise<GhostError> {
  const pid = await Promise.race([pidBehind(path), delay(ANSWER_LIMIT_MS, undefined, { ref: false })]);
  return new GhostError(
    'ALREADY_RUNNING',
    pid === undefined
      ? notAnswering(path)
      : `Orbit GhostFS is already running as process ${pid}; stop it with \`${ownCommand()} down\` before starting another.`,
  );
}

/** Asks until there is an answer: the other one may be just starting. */
async function pidBehind(path: string): Promise<number | undefined> {
  const end = performance.now() + ANSWER_LIMIT_MS;
  while (performance.now() < end) {
    try {
      const client = await connectUnixSocket(path);
      try {
        return (await client.call('app.info', {})).pid;
      } finally {
        client.close();
      }
    } catch {
      await delay(ASK_AGAIN_MS);
    }
  }
  return undefined;
}
