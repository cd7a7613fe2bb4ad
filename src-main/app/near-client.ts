/**
 * The main process as a client of its own dispatcher: tray, notifications and quitting see what every screen sees, and act
 * through the same methods.
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
import type { Caller, Dispatcher } from '../ipc/dispatcher.ts';
import { ProtocolClient } from '../ipc/protocol-client.ts';

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
  readonly #protocol = new ProtocolClient({
    failure: (problem) => new RefusedCall(problem),
    away: new RefusedCall({ code: 'SHUTTING_DOWN', sentence: 'The program is ending.' }),
  });
  readonly #failed: (sentence: string) => void;
  readonly #hangUp: () => void;

  /** `failed` hears why a subscription ended, or the whole connection; both are faults of the program. */
  constructor(dispatcher: Pick<Dispatcher, 'connect'>, caller: Caller, failed: (sentence: string) => void) {
    this.#failed = failed;
    const connection = dispatcher.connect(
      caller,
      (message) => {
        if (message.type === 'refused') failed(message.sentence);
        else this.#protocol.receive(message);
      },
      () => this.#protocol.disconnected(),
    );
    this.#hangUp = () => connection.close();
    this.#protocol.connected((message) => connection.receive(message));
  }

  /** Rejects with a RefusedCall. */
  call<Name extends MethodName>(method: Name, input: Input<Name>): Promise<Output<Name>> {
    return this.#protocol.call(method, input);
  }

  /** Returns what ends it. */
  subscribe<Name extends TopicName>(
    topic: Name,
    input: TopicInput<Name>,
    listener: (event: TopicEvent<Name>) => void,
  ): () => void {
    const onProblem = ({ sentence }: Problem): void => this.#failed(sentence);
    return this.#protocol.subscribe(topic, input, listener, { onProblem });
  }

  close(): void {
    this.#hangUp();
    this.#protocol.disconnected();
  }
}
