/**
 * One download: a file of a mounted job, read by a child process. Invariant: this process never touches the mount, which may
 * wait for the very engine it looks after; a file that cannot be read to its end never looks complete; and once the download is
 * over, its child is gone.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../engine/clock.ts';
import type { Logger } from '../engine/log.ts';
import { attachment } from './content-disposition.ts';
import { refusalOf, unreadable } from './download-refusals.ts';
import { FileReader } from './file-reader.ts';
import { refuse, type Refusal } from './replies.ts';

/** A browser whose download is paused; it keeps one of the places. Milliseconds. */
export const STALLED_LIMIT_MS = 10 * 60 * 1_000;

export interface FoundFile {
  readonly absolute: string;
  readonly name: string;
  readonly bytes: number;
}

interface DownloadOptions {
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Download {
  readonly #options: DownloadOptions;
  readonly #over = Promise.withResolvers<void>();
  #reader: FileReader | undefined;
  #ended: string | undefined;

  constructor(options: DownloadOptions) {
    this.#options = options;
  }

  /** Of the process that reads; undefined while there is none. */
  get pid(): number | undefined {
    return this.#reader?.pid;
  }

  /** Resolves when nothing of it is left. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Breaks it off. `why` is the rest of a sentence: `its job was unmounted`. */
  end(why: string): void {
    const { response } = this.#options;
    this.#ended ??= why;
    this.#reader?.stop();
    // One that waits for its browser to read on would not notice.
    if (response.headersSent && !response.writableEnded) response.destroy();
  }

  /** Answers the request, whatever becomes of it. Never rejects. */
  async run(find: () => Promise<FoundFile>): Promise<void> {
    try {
      await this.#send(await find());
    } catch (error) {
      this.#fail(refusalOf(error, this.#options.logger));
    } finally {
      this.#reader?.stop();
      await this.#reader?.end();
      this.#over.resolve();
    }
  }

  async #send(file: FoundFile): Promise<void> {
    const { response, logger } = this.#options;
    // The client may have left while the file was looked up.
    if (response.closed) return;
    if (this.#ended !== undefined) {
      this.#fail(unreadable(this.#ended));
      return;
    }
    const reader = new FileReader(file.absolute);
    this.#reader = reader;
    response.once('close', () => reader.stop());
    const { length, rest } = await this.#pass(reader, file);
    const failure = length > file.bytes ? 'it is longer than the catalogue says' : await reader.end();
    if (failure === undefined && length === file.bytes) {
      this.#sendHead(file);
      response.end(rest);
      return;
    }
    const why = failure ?? `it has ${length} bytes, the catalogue says ${file.bytes}`;
    if (!response.closed && this.#ended === undefined)
      logger.warn(`A download of ${file.absolute} failed: ${why}`);
    this.#fail(unreadable(this.#ended ?? why));
  }

  /**
   * Sends all but the last chunk, which completes the file: that is for when the reader has said that all is well. Returns
   * how many bytes there are, as far as anybody wants to know.
   */
  async #pass(
    reader: FileReader,
    file: FoundFile,
  ): Promise<{ readonly length: number; readonly rest: Buffer | undefined }> {
    const { response } = this.#options;
    let length = 0;
    let rest: Buffer | undefined;
    for await (const chunk of reader.chunks()) {
      length += chunk.length;
      if (length > file.bytes || response.closed) break;
      if (rest !== undefined) {
        this.#sendHead(file);
        if (!response.write(rest)) await this.#drained();
      }
      rest = chunk;
    }
    return { length, rest };
  }

  /** Not before the first byte is there: until then a failure can still be told in words. */
  #sendHead(file: FoundFile): void {
    const { response } = this.#options;
    if (response.headersSent) return;
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(file.bytes),
      'Content-Disposition': attachment(file.name),
      'Accept-Ranges': 'none',
    });
  }

  #drained(): Promise<void> {
    const { response, clock } = this.#options;
    return new Promise((resolve) => {
      const cancel = clock.after(STALLED_LIMIT_MS, () => response.destroy());
      const done = (): void => {
        cancel();
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.once('drain', done).once('close', done);
    });
  }

  #fail(refusal: Refusal): void {
    const { response } = this.#options;
    if (response.headersSent) response.destroy();
    else refuse(response, refusal);
  }
}
