/**
 * A program's side of the control socket: typed calls and subscriptions. Invariant: every call ends once, at the latest with
 * the connection, and an event is acknowledged when its listener has run.
 */
import { lstatSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { GhostError, messageOf, type GhostErrorCode } from '../engine/errors.ts';
import { ownCommand } from '../output/own-command.ts';
import type { Input, MethodName, Output, Problem, TopicEvent, TopicInput, TopicName } from './contract.ts';
import type { ServerMessage } from './wire.ts';
import { LineReader, MAX_ANSWER_LINE } from './framing.ts';
import { ProtocolClient } from './protocol-client.ts';
import { assertPrivateDirectory, assertSocketPath } from './unix-socket-place.ts';

export interface Client {
  /** Rejects with the supervisor's GhostError, or ENGINE_AWAY when the connection ends first. */
  call<Name extends MethodName>(method: Name, input: Input<Name>): Promise<Output<Name>>;
  /** The returned function ends it. `failed` is called when the supervisor ends it while the connection lasts. */
  subscribe<Name extends TopicName>(
    topic: Name,
    input: TopicInput<Name>,
    listener: (event: TopicEvent<Name>) => void,
    failed?: (error: GhostError) => void,
  ): () => void;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Rejects with ENGINE_AWAY when nothing runs, PERMISSION_DENIED when the socket is not this user's own. */
export async function connectUnixSocket(path: string): Promise<Client> {
  assertSocketPath(path);
  if (lstatSync(dirname(path), { throwIfNoEntry: false }) === undefined) throw notRunning();
  assertPrivateDirectory(dirname(path));
  const socket = createConnection(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause) => reject(connectionError(path, cause)));
  });
  return socketClient(socket);
}

/** Somebody listens at `path`, but is stopped or hangs. */
export function notAnswering(path: string): string {
  return `Orbit GhostFS runs, for it holds ${path}, but does not answer; wait a moment. If that does not help, \`ss -xlp src ${path}\` tells its process: \`kill -CONT\` wakes one that was stopped, \`kill\` ends it.`;
}

function socketClient(socket: Socket): Client {
  const ended = new GhostError('ENGINE_AWAY', 'Orbit GhostFS has ended the connection.');
  const protocol = new ProtocolClient({ failure: errorOf, away: ended });
  const reader = new LineReader(MAX_ANSWER_LINE);
  let open = true;
  const finish = (why: GhostError): void => {
    if (!open) return;
    open = false;
    socket.destroy();
    protocol.disconnected(why);
  };
  socket.on('error', (cause) => {
    const sentence = `The connection to Orbit GhostFS broke (${cause.message}).`;
    finish(new GhostError('ENGINE_AWAY', sentence, { cause }));
  });
  socket.on('data', (chunk) => {
    const problem = reader.push(chunk, (value) => {
      // From our own supervisor, found in this user's own directory.
      const message = value as ServerMessage;
      if (message.type === 'refused')
        finish(new GhostError('INTERNAL', `Orbit GhostFS refused a message: ${message.sentence}`));
      else protocol.receive(message);
      return open;
    });
    if (problem !== undefined)
      finish(new GhostError('INTERNAL', `Orbit GhostFS answers nonsense: ${problem}`));
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      finish(ended);
      resolve();
    });
  });
  protocol.connected((message) => socket.write(`${JSON.stringify(message)}\n`));
  return {
    call: (method, input) => protocol.call(method, input),
    subscribe: (topic, input, listener, failed) => {
      const onProblem = failed && ((problem: Problem) => failed(errorOf(problem)));
      return protocol.subscribe(topic, input, listener, { onProblem });
    },
    closed,
    close: () => finish(new GhostError('ENGINE_AWAY', 'The connection to Orbit GhostFS was closed.')),
  };
}

function errorOf({ code, sentence }: Problem): GhostError {
  // Codes come from the same table at the other end.
  return new GhostError(code as GhostErrorCode, sentence);
}

function notRunning(cause?: unknown): GhostError {
  const sentence = `Orbit GhostFS is not running; start it with \`${ownCommand()} up\`.`;
  return new GhostError('ENGINE_AWAY', sentence, { cause });
}

function connectionError(path: string, cause: Error): GhostError {
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return notRunning(cause);
  const sentence = `The control socket ${path} cannot be reached (${messageOf(cause)}).`;
  return new GhostError(code === 'EACCES' ? 'PERMISSION_DENIED' : 'ENGINE_AWAY', sentence, { cause });
}
