/**
 * Messages on a stream of bytes: one JSON value per line, UTF-8, ended by a newline. Invariant: never more than one line of
 * the allowed length is kept, whatever the other end sends.
 */

/** The longest message a client sends is a path of a catalogue, a quarter of this. Bytes. */
export const MAX_REQUEST_LINE = 1024 * 1024;
/** A block map of a file of many terabytes in base64 still fits. Bytes. */
export const MAX_ANSWER_LINE = 64 * 1024 * 1024;

const NEWLINE = 0x0a;

export interface ParsedMessage {
  readonly value: unknown;
}

/** Undefined when `text` is no JSON. */
export function parseMessage(text: string): ParsedMessage | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

export class LineReader {
  readonly #maxLine: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** Pieces of the line that has no end yet. */
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(maxLine: number) {
    this.#maxLine = maxLine;
  }

  /**
   * Hands every value that `chunk` completes to `deliver`, until that says false. Returns what is wrong with the bytes; the
   * reader is of no use after that.
   */
  push(chunk: Buffer, deliver: (value: unknown) => boolean): string | undefined {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const tooLong = this.#keep(chunk.subarray(start, end));
      if (tooLong !== undefined) return tooLong;
      const message = this.#take();
      if (message === undefined) return 'A line is not JSON in UTF-8.';
      if (!deliver(message.value)) return undefined;
      start = end + 1;
    }
    return this.#keep(chunk.subarray(start));
  }

  #keep(piece: Buffer): string | undefined {
    this.#length += piece.length;
    if (this.#length > this.#maxLine) {
      this.#pieces = [];
      return `A line is longer than ${this.#maxLine} bytes.`;
    }
    if (piece.length > 0) this.#pieces.push(piece);
    return undefined;
  }

  #take(): ParsedMessage | undefined {
    const line = Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [];
    this.#length = 0;
    try {
      return parseMessage(this.#decoder.decode(line));
    } catch {
      // Bytes that are no UTF-8.
      return undefined;
    }
  }
}
