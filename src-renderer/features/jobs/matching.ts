/** Which jobs a search finds: every word must occur in the name, the mount point, a source or the state. Pure. */
import type { Job } from '../../../src-main/ipc/contract.ts';

export function matchingJobs(jobs: readonly Job[], search: string): readonly Job[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return jobs;
  return jobs.filter((job) => {
    const text = [job.name, job.mountPoint, ...job.sources, job.state].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
