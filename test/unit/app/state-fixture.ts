/** States and activity as the contract describes them, quiet unless a test says otherwise. */
import type { Activity, Job, State } from '../../../src-main/ipc/contract.ts';

export function jobOf(number: number, change: Partial<Job> = {}): Job {
  return {
    key: `0000abcd-${number}`,
    id: number,
    catalogue: '/catalogue.db',
    name: `Job ${number}`,
    sources: ['http://example.org/'],
    files: 3,
    bytes: 3_000,
    created: null,
    state: 'unmounted',
    mountPoint: `/mnt/job-${number}`,
    mountedAt: null,
    cachedBytes: 0,
    source: 'reachable',
    problem: null,
    ...change,
  };
}

export const mounted = (number: number, change: Partial<Job> = {}): Job =>
  jobOf(number, { state: 'mounted', mountedAt: 1, ...change });

export const problem = (code: string, sentence = `It is ${code}.`): Job['problem'] => ({ code, sentence });

export function stateOf(jobs: readonly Job[] = [], change: Partial<State> = {}): State {
  return {
    engine: { state: 'running', since: 0, restarts: 0, sentence: null },
    paused: false,
    jobs: [...jobs],
    catalogues: [],
    publishInto: '/data/magnetar.db',
    tasks: [],
    settingsProblem: null,
    theme: 'system',
    firstRun: false,
    ...change,
  };
}

export const engine = (
  state: State['engine']['state'],
  sentence: string | null = null,
): Pick<State, 'engine'> => ({
  engine: { state, since: 0, restarts: 0, sentence },
});

/** Somebody's fetch at this many bytes per second. */
export function activityOf(fetchRate: number): Activity {
  const counts = { readBytes: 0, fetchedBytes: 0, hits: 0, misses: 0, readRate: 0 };
  return {
    at: 0,
    jobs: [{ job: jobOf(1).key, ...counts, fetchRate }],
    transfers: [],
    readers: [],
    history: { fetched: [], read: [] },
    problems: [],
    cache: { usedBytes: 0, limitBytes: null, freeDiskBytes: null },
  };
}
