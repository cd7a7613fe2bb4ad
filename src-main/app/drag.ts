/**
 * The absolute path that the system drags when a person pulls a file out of our list. Computed from the job's state alone:
 * touching the mount here would wait for bytes. Invariant: the result lies below the job's mount point.
 */
import type { Job, State } from '../ipc/contract.ts';
import { join } from 'node:path';

/** Undefined when nothing may be dragged: the job is not mounted, or the path is not one inside it. */
export function dragPath(jobs: State['jobs'], key: unknown, path: unknown): string | undefined {
  if (typeof key !== 'string' || typeof path !== 'string') return undefined;
  const job = jobs.find((job) => job.key === key);
  return job?.state === 'mounted' ? below(job, path) : undefined;
}

function below({ mountPoint }: Job, path: string): string | undefined {
  const parts = path.split('/');
  // An empty part is the root itself, a leading, a trailing or a doubled slash.
  const leadsOut = parts.some((part) => part === '' || part === '.' || part === '..');
  if (leadsOut || path.includes('\0')) return undefined;
  if (process.platform === 'win32' && /[\\:]/.test(path)) return undefined;
  return join(mountPoint, ...parts);
}
