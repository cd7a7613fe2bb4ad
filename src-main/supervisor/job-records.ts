/**
 * The jobs of all catalogues and what state each is in. Invariant: a state follows only from those that may come before it,
 * and a job that is mounted stays here even when its catalogue no longer lists it.
 */
import { join } from 'node:path';
import type { JobKey, JobPlace, ListedJob } from '../engine/control/protocol.ts';
import { GhostError } from '../engine/errors.ts';
import { ownCommand } from '../output/own-command.ts';
import { isOfSource } from '../engine/wormhole/source-standing.ts';
import { redactUri } from '../engine/wormhole/sources/source-uri.ts';
import type { Job, Problem } from '../ipc/contract.ts';
import { hasKey, jobKey } from './job-keys.ts';
import { assignFolders } from './mount-names.ts';

export interface JobRecord {
  readonly place: JobPlace;
  /** As the settings name it. */
  readonly catalogue: string;
  readonly listed: ListedJob;
  readonly state: Job['state'];
  /** Where it is mounted or being mounted; undefined: nowhere. */
  readonly mountPoint: string | undefined;
  readonly mountedAt: number | undefined;
  readonly problem: Problem | undefined;
  readonly source: Job['source'];
  /** What a source is to blame for; gone when it is back. */
  readonly sourceProblem: Problem | undefined;
}

export interface Listing {
  readonly catalogue: string;
  /** Real path. */
  readonly database: string;
  readonly jobs: readonly ListedJob[];
}

const NEXT: Readonly<Record<Job['state'], readonly Job['state'][]>> = {
  unmounted: ['mounting'],
  // Back to `unmounted` when nobody wants it any more while there is no engine to finish it.
  mounting: ['mounted', 'failed', 'unmounted'],
  // `mounting` again when the engine was lost, `unmounted` when another program unmounted it.
  mounted: ['unmounting', 'mounting', 'unmounted', 'failed'],
  // `mounted` again when it was busy.
  unmounting: ['unmounted', 'mounted', 'failed'],
  failed: ['mounting', 'unmounted'],
};

type Change = { readonly [Field in 'mountPoint' | 'mountedAt' | 'problem']?: JobRecord[Field] };

export class JobRecords {
  #records: ReadonlyMap<JobKey, JobRecord> = new Map();
  #folders: ReadonlyMap<JobKey, string> = new Map();

  /** In the order of the catalogues, then of their numbers. */
  get all(): readonly JobRecord[] {
    return [...this.#records.values()];
  }

  find(key: JobKey): JobRecord | undefined {
    return this.#records.get(key);
  }

  /** Throws JOB_UNKNOWN. */
  get(key: JobKey): JobRecord {
    const record = this.#records.get(key);
    if (record !== undefined) return record;
    throw new GhostError(
      'JOB_UNKNOWN',
      `No catalogue that is listed has a job ${key}; \`${ownCommand()} status\` shows those there are.`,
    );
  }

  /** Takes what the catalogues say now. */
  list(listings: readonly Listing[]): void {
    const records = new Map<JobKey, JobRecord>();
    for (const { catalogue, database, jobs } of listings) {
      for (const listed of jobs.filter(({ id }) => hasKey(id))) {
        const key = jobKey(database, listed.id);
        const place = { key, database, job: listed.id };
        records.set(key, { ...(this.#records.get(key) ?? IDLE), place, catalogue, listed });
      }
    }
    for (const record of this.#records.values()) {
      const { key } = record.place;
      if (isUsed(record) && !records.has(key)) records.set(key, record);
    }
    this.#records = records;
    const named = [...records.values()].map(({ place, listed }) => ({ ...listed, key: place.key }));
    this.#folders = assignFolders(named, this.#folders);
  }

  /** The record in its new state. Throws for a state that cannot follow: that is our own fault. */
  move(key: JobKey, state: Job['state'], change: Change = {}): JobRecord {
    const before = this.get(key);
    if (!NEXT[before.state].includes(state)) {
      throw new Error(`job ${key} cannot become ${state}, it is ${before.state}`);
    }
    // What is mounted, or about to be, may have told of its sources already.
    const fresh = state === 'mounted' || state === 'unmounting' ? {} : UNTRIED;
    return this.#put({ ...before, ...fresh, state, ...change });
  }

  /** What changes without the state. */
  note(key: JobKey, change: { readonly problem?: Problem; readonly cachedBytes?: number }): void {
    const before = this.#records.get(key);
    if (before === undefined) return;
    const { cachedBytes = before.listed.cachedBytes, problem } = change;
    const listed = { ...before.listed, cachedBytes };
    if (problem === undefined) this.#put({ ...before, listed });
    else if (!isOfSource(problem.code)) this.#put({ ...before, listed, problem });
    // That a source is away says more than one of the reads that fail for it.
    else if (before.source === 'reachable') this.#put({ ...before, listed, sourceProblem: problem });
  }

  /** What the engine says of a job's sources: it clears what they had caused, and nothing else. */
  noteSource(key: JobKey, source: Job['source'], sourceProblem: Problem | undefined): void {
    const before = this.#records.get(key);
    if (before !== undefined && isUsed(before)) this.#put({ ...before, source, sourceProblem });
  }

  /** Where a job is, or would be, mounted. */
  mountPoint(key: JobKey, mountRoot: string): string {
    const { mountPoint, place } = this.get(key);
    return mountPoint ?? join(mountRoot, this.#folders.get(place.key) ?? place.key);
  }

  shown(record: JobRecord, mountRoot: string): Job {
    const { place, catalogue, listed, state, mountedAt, source, sourceProblem } = record;
    const { id, name, sources, files, bytes, created, cachedBytes } = listed;
    return {
      key: place.key,
      id,
      catalogue,
      name,
      // A source may carry a password, and a screen may be looked at by others.
      sources: sources.map((uri) => redactUri(uri)),
      files,
      bytes,
      created: created ?? null,
      state,
      mountPoint: this.mountPoint(place.key, mountRoot),
      mountedAt: mountedAt ?? null,
      cachedBytes,
      source,
      problem: sourceProblem ?? record.problem ?? null,
    };
  }

  #put(record: JobRecord): JobRecord {
    // A map that is replaced, not changed: who walks `all` sees one moment.
    this.#records = new Map(this.#records).set(record.place.key, record);
    return record;
  }
}

const UNTRIED = { source: 'reachable', sourceProblem: undefined } as const;

const IDLE = {
  ...UNTRIED,
  state: 'unmounted',
  mountPoint: undefined,
  mountedAt: undefined,
  problem: undefined,
} as const;

/** Whether something of it is, or may be, in the tree of files. */
export function isUsed({ state }: Pick<JobRecord, 'state'>): boolean {
  return state === 'mounting' || state === 'mounted' || state === 'unmounting';
}
