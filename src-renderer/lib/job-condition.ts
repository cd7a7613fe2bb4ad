/** What a job is in at the moment, in one word: its state, or what keeps a mounted one from fetching. Pure. */
import type { Job } from '../../src-main/ipc/contract.ts';

export type JobCondition = Job['state'] | 'offline' | 'refused';

/** `offline`: no source answers. `refused`: they want other credentials. What is cached can be read in both. */
export function jobCondition({ state, source }: Pick<Job, 'state' | 'source'>): JobCondition {
  if (state !== 'mounted' || source === 'reachable') return state;
  return source === 'away' ? 'offline' : 'refused';
}

/** Whether a person has to do something about it, rather than wait. */
export function needsPerson(job: Pick<Job, 'state' | 'source'>): boolean {
  const condition = jobCondition(job);
  return condition === 'failed' || condition === 'refused';
}

/** The worst that keeps mounted jobs from fetching, and how many it holds for; undefined when nothing does. */
export function sourceTrouble(
  jobs: readonly Pick<Job, 'state' | 'source'>[],
): { readonly condition: 'offline' | 'refused'; readonly jobs: number } | undefined {
  for (const condition of ['refused', 'offline'] as const) {
    const count = jobs.filter((job) => jobCondition(job) === condition).length;
    if (count > 0) return { condition, jobs: count };
  }
  return undefined;
}
