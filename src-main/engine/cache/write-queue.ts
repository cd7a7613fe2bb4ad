/**
 * Orders the work on block files: one operation per block at a time, few writes at once, and a bound on the bytes that
 * wait. Invariant: a block that waits to be written can be read from here, so a slow disk causes no second fetch.
 */
import { GhostError } from '../errors.ts';

/** Node's thread pool has four threads; writes take half, so that cache reads and name lookups never wait behind them. */
const WRITES_AT_ONCE = 2;
/** Bytes. A second or more of a fast link; past that the disk is not keeping up and memory matters more. */
const WAITING_BYTES_LIMIT = 128 * 1_024 * 1_024;

export class WriteQueue {
  /** The last operation of each block that has any, under the block's path. */
  readonly #tails = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Buffer>();
  #waitingBytes = 0;
  #free = WRITES_AT_ONCE;
  readonly #blocked: (() => void)[] = [];

  /** Bytes accepted but not stored yet. */
  waitingData(path: string): Buffer | undefined {
    return this.#waiting.get(path);
  }

  /** Stops serving bytes that wait; their write, if any, goes on. */
  hideData(path: string): void {
    this.#waiting.delete(path);
  }

  /** Whether any operation on the block is under way or waits. */
  isBusy(path: string): boolean {
    return this.#tails.has(path);
  }

  /** Runs `operation` after all earlier ones of the same block, whether those failed or not. */
  async inOrder<T>(path: string, operation: () => Promise<T>): Promise<T> {
    const result = (this.#tails.get(path) ?? Promise.resolve()).then(operation);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(path, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(path) === tail) this.#tails.delete(path);
    }
  }

  /** As inOrder(), with `data` readable meanwhile. Throws CACHE_BUSY when too much waits. */
  async write(path: string, data: Buffer, operation: () => Promise<void>): Promise<void> {
    if (this.#waitingBytes + data.length > WAITING_BYTES_LIMIT) {
      throw new GhostError('CACHE_BUSY', 'The cache disk is slower than the source; the block was not kept.');
    }
    this.#waitingBytes += data.length;
    this.#waiting.set(path, data);
    try {
      await this.inOrder(path, operation);
    } finally {
      this.#waitingBytes -= data.length;
      if (this.#waiting.get(path) === data) this.#waiting.delete(path);
    }
  }

  /** Runs `operation` when few enough others run. */
  async whenFree<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((go) => this.#blocked.push(go));
    try {
      return await operation();
    } finally {
      const next = this.#blocked.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
