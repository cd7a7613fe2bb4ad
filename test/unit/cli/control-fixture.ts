/** A running program's answers, as a command would get them. */
import type { Status } from '../../../src-main/cli/status-view.ts';
import type { CacheStatus, Job } from '../../../src-main/ipc/contract.ts';

export const JOB: Job = {
  key: '0a1b2c3d-1',
  id: 1,
  catalogue: '/a.db',
  name: 'survey',
  sources: ['https://h.example/'],
  files: 3,
  bytes: 3 * 1024 ** 3,
  created: null,
  state: 'unmounted',
  mountPoint: '/m/survey',
  mountedAt: null,
  cachedBytes: 1024 ** 2,
  source: 'reachable',
  problem: null,
};

export const CACHE: CacheStatus = {
  directory: '/c',
  usedBytes: 1024 ** 2,
  blocks: 1,
  limitBytes: null,
  freeDiskBytes: null,
  pinnedBytes: 0,
  evictableBytes: 1024 ** 2,
  trouble: null,
  jobs: [
    { job: JOB.key, namespace: 'a', name: 'survey', bytes: 1024, blocks: 1 },
    { job: JOB.key, namespace: 'b', name: 'survey', bytes: 2048, blocks: 2 },
    { job: null, namespace: 'c', name: 'gone', bytes: 1024 ** 2, blocks: 9 },
  ],
  pins: [],
};

export function statusOf(jobs: readonly Job[], rest: Partial<Status['state']> = {}): Status {
  return {
    info: {
      version: '1.0.0',
      contract: 1,
      pid: 7,
      can: { reveal: false, drag: false, download: false, choose: false },
      screen: null,
    },
    state: {
      engine: { state: 'running', since: 0, restarts: 0, sentence: null },
      paused: false,
      jobs: [...jobs],
      catalogues: [],
      publishInto: '/data/magnetar.db',
      tasks: [],
      settingsProblem: null,
      theme: 'system',
      firstRun: false,
      ...rest,
    },
    activity: {
      at: 0,
      jobs: [
        {
          job: JOB.key,
          readBytes: 0,
          fetchedBytes: 0,
          hits: 0,
          misses: 0,
          readRate: 1023.94 * 1024 ** 2,
          fetchRate: 1,
        },
      ],
      transfers: [],
      readers: [],
      history: { fetched: [], read: [] },
      problems: [],
      cache: { usedBytes: 0, limitBytes: null, freeDiskBytes: null },
    },
    cache: { ...CACHE, jobs: [] },
    isSilent: false,
  };
}
