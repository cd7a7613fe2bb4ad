/** `/download`: a few downloads at a time. Invariant: what is asked for is checked before anything is looked up. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../engine/clock.ts';
import type { Logger } from '../engine/log.ts';
import { METHODS } from '../ipc/contract.ts';
import { Download, type FoundFile } from './download.ts';
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

export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #running = new Set<Download>();

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  async answer(query: string, response: ServerResponse): Promise<void> {
    const wanted = wantedFile(query);
    if (wanted === undefined) {
      refuse(response, { status: 400, sentence: 'Expected /download?job=KEY&path=PATH.' });
      return;
    }
    if (this.#running.size >= MAX_DOWNLOADS) {
      const sentence = `${MAX_DOWNLOADS} downloads are under way; wait for one to end.`;
      refuse(response, { status: 503, sentence, headers: { 'Retry-After': '10' } });
      return;
    }
    const { find, clock, logger } = this.#options;
    const download = new Download({ response, clock, logger });
    this.#running.add(download);
    await download.run(() => find(wanted.job, wanted.path, download));
    this.#running.delete(download);
  }

  /** Ends all of them. */
  close(): void {
    for (const download of this.#running) download.end('the program ends');
  }
}

/** Exactly one of each, and as the contract wants them. */
function wantedFile(query: string): { readonly job: string; readonly path: string } | undefined {
  const pairs = [...new URLSearchParams(query)];
  if (pairs.length !== 2) return undefined;
  return METHODS['files.path'].input.safeParse(Object.fromEntries(pairs)).data;
}
