/**
 * What the engine tells by itself, brought to whoever keeps it: counts, block maps, ended mounts, problems, its log. Invariant:
 * the state is not told to change more often than a person can see, however much the engine reports.
 */
import type { Clock } from '../engine/clock.ts';
import type { EngineEvent, JobKey } from '../engine/control/protocol.ts';
import type { Logger } from '../engine/log.ts';
import type { Problem } from '../ipc/contract.ts';
import type { ActivityFeed } from './activity-feed.ts';
import type { BlockWatches } from './block-watches.ts';
import type { JobMounts } from './job-mounts.ts';
import type { JobRecords } from './job-records.ts';

/** A job's cached bytes change with every block; the list of jobs need not. Milliseconds. */
const CACHED_INTERVAL_MS = 1_000;

export interface EngineReportsOptions {
  readonly clock: Clock;
  readonly records: JobRecords;
  readonly activity: ActivityFeed;
  readonly blocks: BlockWatches;
  readonly mounts: JobMounts;
  /** For what the engine logs. */
  readonly logger: Logger;
  readonly changed: () => void;
}

export class EngineReports {
  readonly #options: EngineReportsOptions;
  #cachedToldAt = Number.NEGATIVE_INFINITY;

  constructor(options: EngineReportsOptions) {
    this.#options = options;
  }

  receive(event: EngineEvent): void {
    const { records, activity, blocks, mounts, logger, changed } = this.#options;
    switch (event.event) {
      case 'activity':
        activity.report(event.report);
        this.#noteCached(event.report.jobs);
        break;
      case 'blocks':
        blocks.report(event.watch, event);
        break;
      case 'session':
        mounts.keep(event.key, event);
        break;
      case 'ended':
        mounts.ended(event.key, event.reason, event.failed);
        break;
      case 'sources': {
        const { key, state, problem } = event;
        if (problem !== undefined) this.addProblem(problem, key);
        records.noteSource(key, state, problem);
        changed();
        break;
      }
      case 'problem': {
        const { key, path, code, sentence } = event;
        this.addProblem({ code, sentence }, key, path);
        if (key !== undefined) records.note(key, { problem: { code, sentence } });
        changed();
        break;
      }
      case 'log':
        logger[event.level](event.text);
        break;
      case 'ready':
    }
  }

  addProblem(problem: Problem, job?: JobKey, path?: string): void {
    this.#options.activity.addProblem({ ...problem, at: Date.now(), job: job ?? null, path: path ?? null });
  }

  #noteCached(jobs: readonly { readonly key: JobKey; readonly cachedBytes: number }[]): void {
    const { clock, records, changed } = this.#options;
    const now = clock.now();
    if (now - this.#cachedToldAt < CACHED_INTERVAL_MS) return;
    const news = jobs.filter(({ key, cachedBytes }) => records.find(key)?.listed.cachedBytes !== cachedBytes);
    if (news.length === 0) return;
    this.#cachedToldAt = now;
    for (const { key, cachedBytes } of news) records.note(key, { cachedBytes });
    changed();
  }
}
