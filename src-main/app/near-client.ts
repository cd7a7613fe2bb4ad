/**
 * The main process as a client of its own dispatcher: tray, notifications and quitting see what every screen sees, and act
 * through the same methods. Invariant: an event is acknowledged once it has been handled, so nothing queues up.
 */
import type {
  Input,
  MethodName,
  Output,
  Problem,
  TopicEvent,
  TopicInput,
  TopicName,
} from '../ipc/contract.ts';
import type { ClientMessage, ServerMessage } from '../ipc/wire.ts';
import type { Caller, Dispatcher } from '../ipc/dispatcher.ts';

interface Waiting {
  readonly resolve: (output: never) => void;
  readonly reject: (error: Error) => void;
}

/** What the dispatcher answered instead of a result; `code` is the contract's. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';
  readonly code: string;

  constructor({ code, sentence }: Problem) {
    super(sentence);
    this.code = code;
  }
}

export class NearClient {
  readonly #connection: { receive(message: ClientMessage): void; close(): void };
  readonly #calls = new Map<number, Waiting>();
  readonly #listeners = new Map<number, (event: never) => void>();
  readonly #failed: (sentence: string) => void;
  #lastId = 0;

  /** `failed` hears why a subscription ended, or the whole connection; both are faults of the program. */
  constructor(dispatcher: Pick<Dispatcher, 'connect'>, caller: Caller, failed: (sentence: string) => void) {
    this.#failed = failed;
    this.#connection = dispatcher.connect(
      caller,
      (message) => this.#receive(message),
      () => {},
    );
  }

  /** Rejects with a RefusedCall. */
  call<Name extends MethodName>(method: Name, input: Input<Name>): Promise<Output<Name>> {
    const id = this.#nextId();
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#connection.receive({ type: 'call', id, method, input });
    });
  }

  /** Returns what ends it. */
  subscribe<Name extends TopicName>(
    topic: Name,
    input: TopicInput<Name>,
    listener: (event: TopicEvent<Name>) => void,
  ): () => void {
    const id = this.#nextId();
    this.#listeners.set(id, listener);
    this.#connection.receive({ type: 'subscribe', id, topic, input });
    return () => {
      if (this.#listeners.delete(id)) this.#connection.receive({ type: 'unsubscribe', id });
    };
  }

  close(): void {
    this.#connection.close();
    this.#listeners.clear();
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'result':
        this.#calls.get(message.id)?.resolve(message.output as never);
        this.#calls.delete(message.id);
        break;
      case 'error':
        this.#fail(message.id, message.error);
        break;
      case 'event':
        this.#listeners.get(message.id)?.(message.event as never);
        this.#connection.receive({ type: 'acknowledge', id: message.id, sequence: message.sequence });
        break;
      case 'refused':
        this.#failed(message.sentence);
    }
  }

  #fail(id: number, problem: Problem): void {
    const call = this.#calls.get(id);
    if (call === undefined) {
      this.#listeners.delete(id);
      this.#failed(problem.sentence);
      return;
    }
    this.#calls.delete(id);
    call.reject(new RefusedCall(problem));
  }
}
