/**
 * The downloads that read a mount on behalf of a browser. Invariant: one is known from before its reader starts until that is
 * gone, so that an unmount names it or ends it.
 */
import type { JobKey } from '../engine/control/protocol.ts';
import { GhostError } from '../engine/errors.ts';

export interface Download {
  /** Of the process that reads; undefined while there is none. */
  readonly pid: number | undefined;
  /** Resolves when nothing of it is left. */
  readonly over: Promise<void>;
  /** `why` is the rest of a sentence: `its job was unmounted`. */
  end(why: string): void;
}

export class Downloads {
  readonly #jobs = new Map<Download, JobKey>();
  #closed = false;

  /** Throws SHUTTING_DOWN once they are closed. */
  add(job: JobKey, download: Download): void {
    if (this.#closed) throw new GhostError('SHUTTING_DOWN', 'The program is ending.');
    this.#jobs.set(download, job);
    void download.over.then(() => this.#jobs.delete(download));
  }

  of(job: JobKey): readonly Download[] {
    return [...this.#jobs].filter(([, key]) => key === job).map(([download]) => download);
  }

  endAll(job: JobKey): void {
    for (const download of this.of(job)) download.end('its job was unmounted');
  }

  /** Ends them all; there will be no more. */
  close(): void {
    this.#closed = true;
    for (const download of this.#jobs.keys()) download.end('the program ends');
  }
}
