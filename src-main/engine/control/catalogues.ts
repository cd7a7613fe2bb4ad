/**
 * The event loop's side of the catalogue thread. Invariant: every question is answered or rejected; a thread that ended is
 * replaced at the next question.
 */
import { Worker } from 'node:worker_threads';
import { GhostError, type GhostErrorCode } from '../errors.ts';
import type {
  CatalogueRequestName,
  CatalogueRequests,
  FromCatalogues,
  ToCatalogues,
} from './catalogue-messages.ts';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const WORKER = new URL(`./catalogue-worker${extension}`, import.meta.url);

interface Waiting {
  readonly resolve: (output: never) => void;
  readonly reject: (error: GhostError) => void;
}

export class Catalogues {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  ask<Name extends CatalogueRequestName>(
    name: Name,
    input: CatalogueRequests[Name]['input'],
  ): Promise<CatalogueRequests[Name]['output']> {
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const request = { id: this.#lastId, name, input } as ToCatalogues;
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker ??= this.#start();
      this.#worker.postMessage(request);
    });
  }

  /** What is being asked is rejected. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(WORKER, { name: 'catalogues' });
    worker.unref();
    worker.on('message', (message: FromCatalogues) => this.#receive(message));
    // An `exit` follows every error.
    let why = 'The thread that reads catalogues ended; try again.';
    worker.on('error', (error) => {
      why = `The thread that reads catalogues failed: ${error.message}`;
    });
    worker.on('exit', () => {
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(new GhostError('INTERNAL', why));
      this.#waiting.clear();
    });
    return worker;
  }

  #receive(message: FromCatalogues): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('error' in message) {
      const { code, sentence } = message.error;
      waiting?.reject(new GhostError(code as GhostErrorCode, sentence));
    } else waiting?.resolve(message.output as never);
  }
}
