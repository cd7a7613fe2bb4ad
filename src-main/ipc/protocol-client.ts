/**
 * The client's side of the control contract, without a transport: calls and subscriptions by id, acknowledgement of each event,
 * a new subscription after a gap or a new connection. It serves the page too, so it imports nothing but types. Invariant: every
 * call is settled exactly once, at the latest with the connection.
 */
import type { Input, MethodName, Output, Problem, TopicEvent, TopicInput, TopicName } from './contract.ts';
import type { ClientMessage, ServerMessage } from './wire.ts';

/** A subscription that ended with an error (the engine is away) is asked for again after this long. */
const ASK_AGAIN_MS = 1_000;

export interface ProtocolOptions {
  /** What a call that failed there rejects with. */
  readonly failure: (problem: Problem) => Error;
  /** What calls reject with while there is no connection, unless its end says otherwise. */
  readonly away: Error;
  /** Starts a timer, and returns what cancels it. Without one a subscription that failed is over. */
  readonly after?: (ms: number, callback: () => void) => () => void;
}

export interface SubscribeOptions {
  /** The subscription ended: for now where it is asked for again, else for good. */
  readonly onProblem?: ((problem: Problem) => void) | undefined;
}

interface Call {
  readonly resolve: (output: never) => void;
  readonly reject: (failure: Error) => void;
}

interface Subscription {
  readonly topic: TopicName;
  readonly input: unknown;
  readonly listener: (event: never) => void;
  readonly onProblem: ((problem: Problem) => void) | undefined;
  /** Of this connection; undefined while none is asked for. */
  id: number | undefined;
  sequence: number;
  /** An event that was handled but not acknowledged, because nothing more is wanted now. */
  owed: boolean;
  cancelRetry: (() => void) | undefined;
}

export class ProtocolClient {
  readonly #options: ProtocolOptions;
  readonly #calls = new Map<number, Call>();
  readonly #subscriptions = new Set<Subscription>();
  readonly #byId = new Map<number, Subscription>();
  #send: ((message: ClientMessage) => void) | undefined;
  #away: Error;
  #nextId = 1;
  #held = false;

  constructor(options: ProtocolOptions) {
    this.#options = options;
    this.#away = options.away;
  }

  /** A connection is there: everything that is wanted is subscribed on it. */
  connected(send: (message: ClientMessage) => void): void {
    this.#send = send;
    for (const subscription of this.#subscriptions) this.#ask(subscription);
  }

  /** The connection is gone: calls under way fail, subscriptions wait for the next one. */
  disconnected(why: Error = this.#options.away): void {
    this.#send = undefined;
    this.#away = why;
    this.#byId.clear();
    for (const subscription of this.#subscriptions) this.#forget(subscription);
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.reject(why);
  }

  /** While held nothing is acknowledged, so the server sends nothing more: for a hidden page. */
  hold(held: boolean): void {
    this.#held = held;
    if (held) return;
    for (const subscription of this.#subscriptions) if (subscription.owed) this.#acknowledge(subscription);
  }

  call<Name extends MethodName>(method: Name, input: Input<Name>): Promise<Output<Name>> {
    const send = this.#send;
    if (send === undefined) return Promise.reject(this.#away);
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#calls.set(id, { resolve, reject });
      send({ type: 'call', id, method, input });
    });
  }

  /** Follows a topic over all connections until the returned function is called. */
  subscribe<Name extends TopicName>(
    topic: Name,
    input: TopicInput<Name>,
    listener: (event: TopicEvent<Name>) => void,
    { onProblem }: SubscribeOptions = {},
  ): () => void {
    const subscription: Subscription = {
      topic,
      input,
      listener,
      onProblem,
      id: undefined,
      sequence: 0,
      owed: false,
      cancelRetry: undefined,
    };
    this.#subscriptions.add(subscription);
    this.#ask(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
      this.#drop(subscription);
    };
  }

  receive(message: ServerMessage): void {
    switch (message.type) {
      case 'result':
        this.#takeCall(message.id)?.resolve(message.output as never);
        return;
      case 'error':
        this.#failed(message.id, message.error);
        return;
      case 'event':
        this.#event(message.id, message.sequence, message.event);
        return;
      case 'refused':
        // The server ends the connection after this; the transport reports that.
        return;
    }
  }

  #event(id: number, sequence: number, event: unknown): void {
    const subscription = this.#byId.get(id);
    // Cancelled meanwhile: its last event may still be on the way.
    if (subscription === undefined) return;
    if (sequence !== subscription.sequence + 1) {
      this.#drop(subscription);
      this.#ask(subscription);
      return;
    }
    subscription.sequence = sequence;
    subscription.owed = true;
    try {
      subscription.listener(event as never);
    } finally {
      if (!this.#held && subscription.id === id) this.#acknowledge(subscription);
    }
  }

  #acknowledge(subscription: Subscription): void {
    subscription.owed = false;
    if (subscription.id === undefined) return;
    this.#send?.({ type: 'acknowledge', id: subscription.id, sequence: subscription.sequence });
  }

  #failed(id: number, problem: Problem): void {
    const { failure, after } = this.#options;
    const call = this.#takeCall(id);
    if (call !== undefined) {
      call.reject(failure(problem));
      return;
    }
    const subscription = this.#byId.get(id);
    if (subscription === undefined) return;
    this.#byId.delete(id);
    this.#forget(subscription);
    if (after === undefined) this.#subscriptions.delete(subscription);
    subscription.onProblem?.(problem);
    if (this.#subscriptions.has(subscription)) {
      subscription.cancelRetry = after?.(ASK_AGAIN_MS, () => this.#ask(subscription));
    }
  }

  #ask(subscription: Subscription): void {
    this.#forget(subscription);
    if (this.#send === undefined) return;
    const id = this.#nextId++;
    subscription.id = id;
    this.#byId.set(id, subscription);
    this.#send({ type: 'subscribe', id, topic: subscription.topic, input: subscription.input });
  }

  #drop(subscription: Subscription): void {
    if (subscription.id !== undefined) {
      this.#byId.delete(subscription.id);
      this.#send?.({ type: 'unsubscribe', id: subscription.id });
    }
    this.#forget(subscription);
  }

  #forget(subscription: Subscription): void {
    subscription.cancelRetry?.();
    subscription.cancelRetry = undefined;
    subscription.id = undefined;
    subscription.sequence = 0;
    subscription.owed = false;
  }

  #takeCall(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }
}
