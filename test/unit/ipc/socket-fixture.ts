/** A control socket in a directory of its own, and raw connections to it; all gone when the test ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { connectUnixSocket, type Client } from '../../../src-main/ipc/client.ts';
import type { ServerMessage } from '../../../src-main/ipc/wire.ts';
import { serveUnixSocket, type UnixSocketServer } from '../../../src-main/ipc/unix-socket.ts';
import { contractProgram, NEAR, type ContractProgram } from '../../helpers/contract-program.ts';

/** Where a socket may be made; its directory does not exist yet. */
export async function socketPlace(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'control-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'place', 'control.sock');
}

export async function serve(path: string, program = contractProgram()): Promise<UnixSocketServer> {
  const { dispatcher } = program;
  const server = await serveUnixSocket({ dispatcher, path, caller: NEAR, logger: silentLogger });
  onTestFinished(() => server.close());
  return server;
}

export async function served(
  program = contractProgram(),
): Promise<{ readonly path: string; readonly program: ContractProgram; readonly server: UnixSocketServer }> {
  const path = await socketPlace();
  return { path, program, server: await serve(path, program) };
}

export async function connect(path: string): Promise<Client> {
  const client = await connectUnixSocket(path);
  onTestFinished(() => client.close());
  return client;
}

export interface RawConnection {
  readonly socket: Socket;
  /** What the server had said when it hung up. */
  readonly ended: Promise<readonly ServerMessage[]>;
}

/** A client that can say anything. */
export async function rawConnection(path: string): Promise<RawConnection> {
  const socket = createConnection(path);
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  // A reset is one way to hang up.
  socket.on('error', () => undefined);
  const ended = once(socket, 'close').then(() =>
    text
      .split('\n')
      // Behind the last newline: nothing, or what the end cut off.
      .slice(0, -1)
      .map((line) => JSON.parse(line) as ServerMessage),
  );
  await once(socket, 'connect');
  return { socket, ended };
}
