/**
 * What the engine counted, made into what a screen shows: rates, two minutes of history, who reads. Knows nothing of where
 * reports come from; the clock's milliseconds measure, the wall's are shown.
 */
import type { ActivityReport, JobKey } from '../engine/control/protocol.ts';
import type { Activity } from '../ipc/contract.ts';
import { RateHistory } from './rate-history.ts';
import { RateMeter } from './rate-meter.ts';

type Shown = Pick<Activity, 'jobs' | 'transfers' | 'readers' | 'history'>;

const NOTHING: ActivityReport = { jobs: [], transfers: [], readers: [], cacheUsedBytes: 0 };

export class ActivityBook {
  readonly #history = new RateHistory();
  #meter = new RateMeter();
  #latest: ActivityReport | undefined;
  /** What was counted so far, by job; undefined when counting has just begun. */
  #counted: ReadonlyMap<JobKey, ActivityReport['jobs'][number]> | undefined;

  /** Undefined before the first report. */
  get latest(): ActivityReport | undefined {
    return this.#latest;
  }

  /** `at` in the clock's milliseconds. */
  report(at: number, report: ActivityReport): void {
    const before = this.#counted;
    const gained = (field: 'fetchedBytes' | 'readBytes'): number =>
      // When the first amount came together nobody knows.
      before === undefined
        ? 0
        : report.jobs.reduce(
            (sum, job) => sum + Math.max(0, job[field] - (before.get(job.key)?.[field] ?? 0)),
            0,
          );
    this.#history.add(at, gained('fetchedBytes'), gained('readBytes'));
    this.#meter.report(at, totalsOf(report));
    this.#latest = report;
    this.#counted = new Map(report.jobs.map((job) => [job.key, job]));
  }

  /** Nobody counts any more: what was under way is not, the history stays. */
  silence(at: number): void {
    if (this.#latest === undefined) return;
    this.#history.add(at, 0, 0);
    this.#meter = new RateMeter();
    this.#counted = undefined;
    this.#latest = { ...NOTHING, cacheUsedBytes: this.#latest.cacheUsedBytes };
  }

  shown(): Shown {
    const { jobs, transfers, readers } = this.#latest ?? NOTHING;
    const { samples } = this.#history;
    return {
      jobs: jobs.map(({ key, readBytes, fetchedBytes, hits, misses }) => ({
        job: key,
        readBytes,
        fetchedBytes,
        hits,
        misses,
        readRate: this.#meter.rate(readOf(key)),
        fetchRate: this.#meter.rate(fetchedOf(key)),
      })),
      transfers: transfers.map(({ key, ...transfer }) => ({
        ...transfer,
        job: key,
        rate: this.#meter.rate(transferOf(transfer.id)),
      })),
      readers: readers.map(({ key, pid, process, path, bytes, lastReadAt }) => ({
        job: key,
        pid,
        process,
        path: path ?? null,
        bytes,
        rate: this.#meter.rate(readerOf(key, pid)),
        lastReadAt,
      })),
      history: {
        fetched: samples.map(({ fetched }) => fetched),
        read: samples.map(({ read }) => read),
      },
    };
  }
}

const readOf = (key: JobKey): string => `read ${key}`;
const fetchedOf = (key: JobKey): string => `fetched ${key}`;
const transferOf = (id: string): string => `transfer ${id}`;
const readerOf = (key: JobKey, pid: number): string => `reader ${key} ${pid}`;

function totalsOf({ jobs, transfers, readers }: ActivityReport): ReadonlyMap<string, number> {
  return new Map([
    ...jobs.map(({ key, readBytes }) => [readOf(key), readBytes] as const),
    ...jobs.map(({ key, fetchedBytes }) => [fetchedOf(key), fetchedBytes] as const),
    ...transfers.map(({ id, received }) => [transferOf(id), received] as const),
    ...readers.map(({ key, pid, bytes }) => [readerOf(key, pid), bytes] as const),
  ]);
}
