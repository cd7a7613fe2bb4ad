/**
 * The files of a job as its catalogue has them. Invariant: an absolute path leaves only for a job that is mounted and a path
 * that its catalogue has; the mount itself is never touched to find out.
 */
import { basename, join } from 'node:path';
import type { EngineRequestName, EngineRequests, JobKey } from '../engine/control/protocol.ts';
import { GhostError } from '../engine/errors.ts';
import type { BlocksEvent, Output } from '../ipc/contract.ts';
import type { TopicStream } from '../ipc/handlers.ts';
import type { BlockWatches } from './block-watches.ts';
import type { Download, Downloads } from './downloads.ts';
import type { JobRecords } from './job-records.ts';

export interface JobFilesOptions {
  readonly records: JobRecords;
  readonly blocks: BlockWatches;
  readonly downloads: Downloads;
  readonly request: <Name extends Extract<EngineRequestName, 'listFiles' | 'describeFile'>>(
    name: Name,
    input: EngineRequests[Name]['input'],
  ) => Promise<EngineRequests[Name]['output']>;
}

export interface FilePlace {
  readonly job: JobKey;
  /** Relative to the job's root; empty is the root. */
  readonly path: string;
}

export class JobFiles {
  readonly #options: JobFilesOptions;

  constructor(options: JobFilesOptions) {
    this.#options = options;
  }

  async list({
    job,
    ...page
  }: FilePlace & { readonly offset: number; readonly limit: number }): Promise<Output<'files.list'>> {
    const { records, request } = this.#options;
    const { place, listed } = records.get(job);
    const { entries, total } = await request('listFiles', { ...place, ...page });
    return { entries: [...entries], total, cachedBytes: page.path === '' ? listed.cachedBytes : null };
  }

  /** Absolute. Rejects with NOT_FOUND, or MOUNT_FAILED when the job is not mounted. */
  async locate({ job, path }: FilePlace): Promise<string> {
    const root = this.mountPointOf(job);
    const { records, request } = this.#options;
    try {
      await request('describeFile', { ...records.get(job).place, path });
    } catch (error) {
      // So it is there.
      if (!(error instanceof GhostError && error.code === 'IS_A_DIRECTORY')) throw error;
    }
    return join(root, ...path.split('/'));
  }

  /**
   * What a download needs to know of its file; from now on the download counts as a user of the mount. Rejects as `locate`,
   * and with IS_A_DIRECTORY.
   */
  async startDownload(
    { job, path }: FilePlace,
    download: Download,
  ): Promise<{ absolute: string; name: string; bytes: number }> {
    const root = this.mountPointOf(job);
    const { records, request, downloads } = this.#options;
    // No await since it was seen to be mounted: an unmount would not know of this download.
    downloads.add(job, download);
    const { size } = await request('describeFile', { ...records.get(job).place, path });
    const absolute = join(root, ...path.split('/'));
    return { absolute, name: basename(absolute), bytes: size };
  }

  /** The map of a file's blocks for as long as somebody looks at it. Rejects as the engine does when there is no such file. */
  async watch({ job, path }: FilePlace, changed: () => void): Promise<TopicStream<BlocksEvent>> {
    const { records, blocks } = this.#options;
    return await blocks.open(records.get(job).place, path, changed);
  }

  /** Throws JOB_UNKNOWN, and MOUNT_FAILED when it is not mounted. */
  mountPointOf(job: JobKey): string {
    const { state, mountPoint, place, listed } = this.#options.records.get(job);
    if (state === 'mounted' && mountPoint !== undefined) return mountPoint;
    const name = listed.name === '' ? `Job ${place.job}` : listed.name;
    throw new GhostError(
      'MOUNT_FAILED',
      `"${name}" is not mounted, so its files have no path; mount it first.`,
      {
        job: place.job,
      },
    );
  }
}
