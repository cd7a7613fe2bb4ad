/**
 * What a child prints, kept for messages and searched for lines. Invariant: memory is bounded, the end is kept,
 * because the end of an output is where the reason for a failure stands.
 */
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';

// Enough for any tool's whole output in these tests; a runaway child cannot fill the machine with it.
const KEPT_BYTES = 8 * 2 ** 20;

export class ChildOutput {
  readonly #chunks: Buffer[] = [];
  readonly #lineListeners = new Set<(line: string) => void>();
  readonly #decoder = new StringDecoder('utf8');
  #kept = 0;
  #unfinished = '';

  append(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#kept += chunk.length;
    while (this.#kept > KEPT_BYTES && this.#chunks.length > 1)
      this.#kept -= this.#chunks.shift()?.length ?? 0;
    const lines = (this.#unfinished + this.#decoder.write(chunk)).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines) for (const listener of this.#lineListeners) listener(line);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  /** The last lines, for a message. */
  tail(lines = 30): string {
    return this.text().trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** The first complete line that matches, printed already or later; undefined once `end` settles without one. */
  async firstLine(pattern: RegExp, end: Promise<unknown>): Promise<RegExpExecArray | undefined> {
    for (const line of this.text().split('\n').slice(0, -1)) {
      const match = pattern.exec(line);
      if (match !== null) return match;
    }
    // No await between the search above and the subscription: a line in between would be missed.
    let listener: ((line: string) => void) | undefined;
    const found = new Promise<RegExpExecArray>((resolve) => {
      listener = (line) => {
        const match = pattern.exec(line);
        if (match !== null) resolve(match);
      };
      this.#lineListeners.add(listener);
    });
    try {
      return await Promise.race([found, end.then(() => undefined)]);
    } finally {
      if (listener !== undefined) this.#lineListeners.delete(listener);
    }
  }
}

/** The promise's value, or undefined after `ms` milliseconds. Leaves no timer behind. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      promise,
      delay(ms, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
  } finally {
    timer.abort();
  }
}
