/**
 * `/download`: a file of a mounted job, read by a child process. Invariant: this process never touches the mount, which may
 * wait for the very engine it looks after; and a file that cannot be read to its end never looks complete.
 */
import type { ServerResponse } from 'node:http';
import { GhostError, type GhostErrorCode } from '../engine/errors.ts';
import type { Clock } from '../engine/clock.ts';
import type { Logger } from '../engine/log.ts';
import { METHODS } from '../ipc/contract.ts';
import { attachment } from './content-disposition.ts';
import { FileReader } from './file-reader.ts';
import { refuse, type Refusal } from './replies.ts';

/** Each is a process, and shares the link with whoever reads the mount. */
export const MAX_DOWNLOADS = 4;
/** A browser whose download is paused; it keeps one of the places. Milliseconds. */
export const STALLED_LIMIT_MS = 10 * 60 * 1_000;

/** What the supervisor knows of a file. */
export type FindDownload = (
  job: string,
  path: string,
) => Promise<{ readonly absolute: string; readonly name: string; readonly bytes: number }>;

type FoundFile = Awaited<ReturnType<FindDownload>>;

const STATUS_OF_CODE: Partial<Record<GhostErrorCode, number>> = {
  NOT_FOUND: 404,
  JOB_UNKNOWN: 404,
  IS_A_DIRECTORY: 400,
  ARGUMENT_INVALID: 400,
  ENGINE_AWAY: 503,
};

interface DownloadOptions {
  readonly find: FindDownload;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Downloads {
  readonly #options: DownloadOptions;
  readonly #readers = new Set<FileReader>();
  #places = 0;

  constructor(options: DownloadOptions) {
    this.#options = options;
  }

  async answer(query: string, response: ServerResponse): Promise<void> {
    const wanted = wantedFile(query);
    if (wanted === undefined) {
      refuse(response, { status: 400, sentence: 'Expected /download?job=KEY&path=PATH.' });
      return;
    }
    if (this.#places >= MAX_DOWNLOADS) {
      const sentence = `${MAX_DOWNLOADS} downloads are under way; wait for one to end.`;
      refuse(response, { status: 503, sentence, headers: { 'Retry-After': '10' } });
      return;
    }
    this.#places += 1;
    try {
      const file = await this.#options.find(wanted.job, wanted.path);
      await this.#send(file, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else refuse(response, this.#refusalOf(error));
    } finally {
      this.#places -= 1;
    }
  }

  /** Ends all of them. */
  close(): void {
    for (const reader of this.#readers) reader.stop();
  }

  async #send(file: FoundFile, response: ServerResponse): Promise<void> {
    // The client may have left while the file was looked up.
    if (response.closed) return;
    const reader = new FileReader(file.absolute);
    this.#readers.add(reader);
    response.once('close', () => reader.stop());
    try {
      const { length, rest } = await this.#pass(reader, file, response);
      const failure = length > file.bytes ? 'it is longer than the catalogue says' : await reader.end();
      if (failure === undefined && length === file.bytes) {
        this.#sendHead(file, response);
        response.end(rest);
        return;
      }
      const why = failure ?? `it has ${length} bytes, the catalogue says ${file.bytes}`;
      if (!response.closed) this.#options.logger.warn(`A download of ${file.absolute} failed: ${why}`);
      if (response.headersSent) response.destroy();
      else refuse(response, { status: 502, sentence: `The file could not be read: ${why}.` });
    } finally {
      reader.stop();
      this.#readers.delete(reader);
    }
  }

  /**
   * Sends all but the last chunk, which completes the file: that is for when the reader has said that all is well. Returns
   * how many bytes there are, as far as anybody wants to know.
   */
  async #pass(
    reader: FileReader,
    file: FoundFile,
    response: ServerResponse,
  ): Promise<{ readonly length: number; readonly rest: Buffer | undefined }> {
    let length = 0;
    let rest: Buffer | undefined;
    for await (const chunk of reader.chunks()) {
      length += chunk.length;
      if (length > file.bytes || response.closed) break;
      if (rest !== undefined) {
        this.#sendHead(file, response);
        if (!response.write(rest)) await this.#drained(response);
      }
      rest = chunk;
    }
    return { length, rest };
  }

  /** Not before the first byte is there: until then a failure can still be told in words. */
  #sendHead(file: FoundFile, response: ServerResponse): void {
    if (response.headersSent) return;
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(file.bytes),
      'Content-Disposition': attachment(file.name),
      'Accept-Ranges': 'none',
    });
  }

  #drained(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(STALLED_LIMIT_MS, () => response.destroy());
      const done = (): void => {
        cancel();
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.once('drain', done).once('close', done);
    });
  }

  #refusalOf(error: unknown): Refusal {
    if (error instanceof GhostError)
      return { status: STATUS_OF_CODE[error.code] ?? 500, sentence: error.message };
    this.#options.logger.error('A download failed unexpectedly', error);
    return { status: 500, sentence: 'Something unexpected failed; the log says what.' };
  }
}

/** Exactly one of each, and as the contract wants them. */
function wantedFile(query: string): { readonly job: string; readonly path: string } | undefined {
  const pairs = [...new URLSearchParams(query)];
  if (pairs.length !== 2) return undefined;
  return METHODS['files.path'].input.safeParse(Object.fromEntries(pairs)).data;
}
