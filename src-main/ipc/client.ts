/**
 * A program's side of the control socket: typed calls and subscriptions. Invariant: every call ends once, at the latest with
 * the connection, and an event is acknowledged when its listener has run.
 */
import { lstatSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { GhostError, messageOf, type GhostErrorCode } from '../engine/errors.ts';
import type { Input, MethodName, Output, Problem, TopicEvent, TopicInput, TopicName } from './contract.ts';
import type { ClientMessage, ServerMessage } from './wire.ts';
import { LineReader, MAX_ANSWER_LINE } from './framing.ts';
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

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: GhostError) => void;
}

interface Listening {
  readonly event: (event: unknown) => void;
  readonly failed: ((error: GhostError) => void) | undefined;
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
  return new SocketClient(socket);
}

class SocketClient implements Client {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #reader = new LineReader(MAX_ANSWER_LINE);
  readonly #calls = new Map<number, Waiting>();
  readonly #subscriptions = new Map<number, Listening>();
  #lastId = 0;
  /** Why the connection ended; calls after that are rejected with it too. */
  #end: GhostError | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#finish(new GhostError('ENGINE_AWAY', 'Orbit GhostFS has ended the connection.'));
        resolve();
      });
    });
    socket.on('error', (cause) => {
      const sentence = `The connection to Orbit GhostFS broke (${cause.message}).`;
      this.#finish(new GhostError('ENGINE_AWAY', sentence, { cause }));
    });
    socket.on('data', (chunk) => {
      const problem = this.#reader.push(chunk, (value) => {
        // From our own supervisor, found in this user's own directory.
        this.#receive(value as ServerMessage);
        return this.#end === undefined;
      });
      if (problem !== undefined)
        this.#finish(new GhostError('INTERNAL', `Orbit GhostFS answers nonsense: ${problem}`));
    });
  }

  call<Name extends MethodName>(method: Name, input: Input<Name>): Promise<Output<Name>> {
    const { promise, resolve, reject } = Promise.withResolvers<Output<Name>>();
    if (this.#end !== undefined) {
      reject(this.#end);
      return promise;
    }
    const id = this.#nextId();
    // The supervisor is held to the contract's output of this very method.
    this.#calls.set(id, { resolve: (output) => resolve(output as Output<Name>), reject });
    this.#send({ type: 'call', id, method, input });
    return promise;
  }

  subscribe<Name extends TopicName>(
    topic: Name,
    input: TopicInput<Name>,
    listener: (event: TopicEvent<Name>) => void,
    failed?: (error: GhostError) => void,
  ): () => void {
    const id = this.#nextId();
    this.#subscriptions.set(id, { event: (event) => listener(event as TopicEvent<Name>), failed });
    this.#send({ type: 'subscribe', id, topic, input });
    return () => {
      if (this.#subscriptions.delete(id)) this.#send({ type: 'unsubscribe', id });
    };
  }

  close(): void {
    this.#finish(new GhostError('ENGINE_AWAY', 'The connection to Orbit GhostFS was closed.'));
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'result':
        this.#take(message.id)?.resolve(message.output);
        break;
      case 'error':
        this.#fail(message.id, errorOf(message.error));
        break;
      case 'event':
        // One that was ended here meanwhile is not acknowledged: the supervisor forgets it too.
        if (!this.#subscriptions.has(message.id)) break;
        this.#subscriptions.get(message.id)?.event(message.event);
        this.#send({ type: 'acknowledge', id: message.id, sequence: message.sequence });
        break;
      case 'refused':
        this.#finish(new GhostError('INTERNAL', `Orbit GhostFS refused a message: ${message.sentence}`));
    }
  }

  #fail(id: number, error: GhostError): void {
    this.#take(id)?.reject(error);
    const subscription = this.#subscriptions.get(id);
    this.#subscriptions.delete(id);
    subscription?.failed?.(error);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#calls.get(id);
    this.#calls.delete(id);
    return waiting;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #send(message: ClientMessage): void {
    if (this.#end === undefined) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #finish(error: GhostError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#socket.destroy();
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
    this.#subscriptions.clear();
  }
}

function errorOf({ code, sentence }: Problem): GhostError {
  // Codes come from the same table at the other end.
  return new GhostError(code as GhostErrorCode, sentence);
}

function notRunning(cause?: unknown): GhostError {
  return new GhostError('ENGINE_AWAY', 'Orbit GhostFS is not running; start it with `orbit-ghost up`.', {
    cause,
  });
}

function connectionError(path: string, cause: Error): GhostError {
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return notRunning(cause);
  const sentence = `The control socket ${path} cannot be reached (${messageOf(cause)}).`;
  return new GhostError(code === 'EACCES' ? 'PERMISSION_DENIED' : 'ENGINE_AWAY', sentence, { cause });
}
