/**
 * `/download`, and `/download/check`, which says whether it would go on: a few downloads at a time. Invariant: what is asked
 * for is checked before anything is looked up.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../engine/clock.ts';
import type { Logger } from '../engine/log.ts';
import { METHODS } from '../ipc/contract.ts';
import { Download, type FoundFile } from './download.ts';
import { refusalOf } from './download-refusals.ts';
import { refuse } from './replies.ts';

/** Each is a process, and shares the link with whoever reads the mount. */
export const MAX_DOWNLOADS = 4;

/** What the supervisor knows of a file; from then on it knows of the download too, and may end it. */
export type FindDownload = (
  job: string,
  path: string,
  download: Pick<Download, 'pid' | 'over' | 'end'>,
) => Promise<FoundFile>;

interface DownloadsOptions {
  readonly find: FindDownload;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface WantedFile {
  readonly job: string;
  readonly path: string;
}

/** Stands for one that is only asked about: it uses nothing, and is over. */
const NO_DOWNLOAD = { pid: undefined, over: Promise.resolve(), end: () => undefined };

export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #running = new Set<Download>();

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  async answer(query: string, response: ServerResponse): Promise<void> {
    const wanted = this.#admitted(query, response);
    if (wanted === undefined) return;
    const { find, clock, logger } = this.#options;
    const download = new Download({ response, clock, logger });
    this.#running.add(download);
    await download.run(() => find(wanted.job, wanted.path, download));
    this.#running.delete(download);
  }

  /** Whether it could begin now: a browser that is led to a download shows nobody why that is refused. */
  async ask(query: string, response: ServerResponse): Promise<void> {
    const wanted = this.#admitted(query, response);
    if (wanted === undefined) return;
    try {
      await this.#options.find(wanted.job, wanted.path, NO_DOWNLOAD);
      response.writeHead(204).end();
    } catch (error) {
      refuse(response, refusalOf(error, this.#options.logger));
    }
  }

  /** Ends all of them. */
  close(): void {
    for (const download of this.#running) download.end('the program ends');
  }

  /** Undefined when it has been refused. */
  #admitted(query: string, response: ServerResponse): WantedFile | undefined {
    const wanted = wantedFile(query);
    if (wanted === undefined) {
      refuse(response, { status: 400, sentence: 'Expected ?job=KEY&path=PATH.' });
      return undefined;
    }
    if (this.#running.size < MAX_DOWNLOADS) return wanted;
    const sentence = `${MAX_DOWNLOADS} downloads are under way; wait for one to end.`;
    refuse(response, { status: 503, sentence, headers: { 'Retry-After': '10' } });
    return undefined;
  }
}

/** Exactly one of each, and as the contract wants them. */
function wantedFile(query: string): WantedFile | undefined {
  const pairs = [...new URLSearchParams(query)];
  if (pairs.length !== 2) return undefined;
  return METHODS['files.path'].input.safeParse(Object.fromEntries(pairs)).data;
}
