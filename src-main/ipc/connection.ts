/**
 * One client's side of the dispatcher: reads its messages, calls handlers, keeps its subscriptions. Invariant: a client can
 * hold only so many calls and subscriptions, and after its end nothing is sent to it.
 */
import type { z } from 'zod';
import type { Clock } from '../engine/clock.ts';
import { GhostError } from '../engine/errors.ts';
import type { Logger } from '../engine/log.ts';
import { METHODS, TOPICS } from './contract.ts';
import { clientMessage } from './wire.ts';
import type { MethodName, TopicName } from './contract.ts';
import type { ClientMessage, ServerMessage } from './wire.ts';
import type { Caller, Handlers, Topics, TopicStream } from './handlers.ts';
import { invalidInput, problemOf } from './problem.ts';
import { Subscription } from './subscription.ts';

/** A screen has a handful under way; more is a fault or an attack. */
export const MAX_CALLS = 64;
export const MAX_SUBSCRIPTIONS = 32;
/** Of a word that a client made up, in an answer. Characters. */
const QUOTED_MAX = 64;

export interface Connection {
  /** A parsed JSON value, whatever it is. */
  receive(message: unknown): void;
  /** The client is gone: its subscriptions end, answers to its calls go nowhere. */
  close(): void;
}

export interface ConnectionOptions {
  readonly handlers: Handlers;
  readonly topics: Topics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly caller: Caller;
  readonly send: (message: ServerMessage) => void;
  readonly end: () => void;
}

type Call = Extract<ClientMessage, { type: 'call' }>;
type Subscribe = Extract<ClientMessage, { type: 'subscribe' }>;

export class ClientConnection implements Connection {
  readonly #options: ConnectionOptions;
  readonly #calls = new Set<number>();
  readonly #subscriptions = new Map<number, Subscription>();
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  receive(value: unknown): void {
    if (this.#closed) return;
    const parsed = clientMessage.safeParse(value);
    if (!parsed.success) {
      this.#refuse(invalidInput('This is no message of the contract', parsed.error).message);
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'call':
        if (this.#isFree(message.id)) void this.#call(message);
        break;
      case 'subscribe':
        if (this.#isFree(message.id)) this.#subscribe(message);
        break;
      case 'acknowledge':
        // A subscription that is gone may still be acknowledged: the messages crossed.
        if (this.#subscriptions.get(message.id)?.acknowledge(message.sequence) === false) {
          this.#refuse(`Event ${message.sequence} of subscription ${message.id} was never sent.`);
        }
        break;
      case 'unsubscribe':
        this.#subscriptions.get(message.id)?.close();
        this.#subscriptions.delete(message.id);
    }
  }

  close(): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
  }

  async #call({ id, method, input }: Call): Promise<void> {
    // Counted before anything else: a client is answered once for each id, and only so many at a time.
    this.#calls.add(id);
    let answer: ServerMessage;
    try {
      if (this.#calls.size > MAX_CALLS) throw tooMany('calls', MAX_CALLS);
      answer = { type: 'result', id, output: await this.#handle(method, input) };
    } catch (error) {
      answer = this.#error(id, error, `Call "${quoted(method)}"`);
    }
    this.#calls.delete(id);
    this.#send(answer);
  }

  #handle(method: string, input: unknown): Promise<unknown> {
    if (!isMethod(method)) throw unknownWord('method', method);
    const { input: schema, reach } = METHODS[method];
    const { caller, handlers } = this.#options;
    if (reach === 'near' && !caller.near) {
      throw new GhostError(
        'PERMISSION_DENIED',
        `"${method}" cannot be used from a browser; use the app or the command line on that machine.`,
      );
    }
    // One schema and one handler under one name: the compiler cannot follow that they belong together.
    const handler = handlers[method] as (input: unknown, caller: Caller) => Promise<unknown>;
    return handler(accepted(schema, input, `Call "${method}"`), caller);
  }

  #subscribe({ id, topic, input }: Subscribe): void {
    const { clock, topics } = this.#options;
    const what = `Subscription to "${quoted(topic)}"`;
    const fail = (error: unknown): void => {
      this.#subscriptions.delete(id);
      this.#send(this.#error(id, error, what));
    };
    try {
      if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) throw tooMany('subscriptions', MAX_SUBSCRIPTIONS);
      if (!isTopic(topic)) throw unknownWord('topic', topic);
      const source = topics[topic] as (input: unknown, changed: () => void) => Promise<TopicStream<unknown>>;
      const wanted = accepted(TOPICS[topic].input, input, what);
      const subscription = new Subscription({
        clock,
        open: (changed) => source(wanted, changed),
        send: (sequence, event) => this.#send({ type: 'event', id, sequence, event }),
        fail,
      });
      this.#subscriptions.set(id, subscription);
      subscription.start();
    } catch (error) {
      fail(error);
    }
  }

  #isFree(id: number): boolean {
    if (!this.#calls.has(id) && !this.#subscriptions.has(id)) return true;
    this.#refuse(`The id ${id} is in use already.`);
    return false;
  }

  #error(id: number, error: unknown, what: string): ServerMessage {
    return { type: 'error', id, error: problemOf(error, what, this.#options.logger) };
  }

  #refuse(sentence: string): void {
    this.#send({ type: 'refused', sentence });
    this.close();
    this.#options.end();
  }

  #send(message: ServerMessage): void {
    if (!this.#closed) this.#options.send(message);
  }
}

function accepted(schema: z.ZodType, input: unknown, what: string): unknown {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalidInput(what, parsed.error);
}

// Own keys only: "constructor" is no method.
const isMethod = (name: string): name is MethodName => Object.hasOwn(METHODS, name);
const isTopic = (name: string): name is TopicName => Object.hasOwn(TOPICS, name);

function unknownWord(kind: 'method' | 'topic', word: string): GhostError {
  return new GhostError('UNSUPPORTED', `There is no ${kind} "${quoted(word)}" here.`);
}

function tooMany(kind: string, limit: number): GhostError {
  return new GhostError(
    'QUEUE_FULL',
    `More than ${limit} ${kind} at once are not answered; wait for some to end.`,
  );
}

function quoted(word: string): string {
  return word.slice(0, QUOTED_MAX);
}
