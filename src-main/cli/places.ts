/**
 * Which job and which path in it a person means by a path of the terminal. Links are followed outside of mounts only: a mount
 * itself is never touched, so that one that does not answer holds up nothing.
 */
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ownMounts } from '../engine/fuse/kernel/mount-table.ts';
import type { Job } from '../ipc/contract.ts';
import { ownCommand } from '../output/own-command.ts';
import { UsageError } from './failure.ts';

export interface Place {
  readonly job: Job;
  /** Below the root of the job; empty: the root. */
  readonly path: string;
}

/** As the kernel has it. */
const LINKS_AT_MOST = 40;

/** Throws UsageError for a path that is in none of the jobs' places, mounted or not. */
export async function placeOf(typed: string, jobs: readonly Job[], from = process.cwd()): Promise<Place> {
  const roots = await rootsOf(jobs);
  const names = typed.startsWith('/') ? typed.split('/') : [...from.split('/'), ...typed.split('/')];
  const found = await follow(names, (path) => roots.has(path));
  const job = found.root === undefined ? undefined : roots.get(found.root);
  if (job !== undefined) return { job, path: found.names.join('/') };
  const mount = (await mountsOfOthers()).find(
    (root) => found.path === root || found.path.startsWith(`${root}/`),
  );
  throw new UsageError(
    mount === undefined
      ? `${typed} is not in a job's folder; \`${ownCommand()} status\` shows where the jobs are mounted.`
      : `${typed} is in the mount at ${mount}, which the running program did not make; mount the job with \`${ownCommand()} mount JOB\` instead.`,
  );
}

/** Where the jobs are, or would be, mounted; of two at one place the one that is. */
async function rootsOf(jobs: readonly Job[]): Promise<ReadonlyMap<string, Job>> {
  const order = jobs.toSorted((one, other) => Number(isMounted(one)) - Number(isMounted(other)));
  return new Map(await Promise.all(order.map(async (job) => [await rootOf(job), job] as const)));
}

function isMounted({ state }: Job): boolean {
  return state === 'mounted';
}

/** Without links, as the kernel has it: that of a job that is mounted is so already. */
async function rootOf(job: Job): Promise<string> {
  if (isMounted(job)) return job.mountPoint;
  const parent = dirname(job.mountPoint);
  return join(await realpath(parent).catch(() => parent), basename(job.mountPoint));
}

interface Followed {
  readonly path: string;
  /** Where it enters a job's folder; undefined: nowhere. */
  readonly root: string | undefined;
  readonly names: readonly string[];
}

async function follow(typed: readonly string[], isRoot: (path: string) => boolean): Promise<Followed> {
  const left = [...typed];
  let path = '/';
  let root: string | undefined;
  let names: string[] = [];
  let links = 0;
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (names.length === 0) root = undefined;
      names = names.slice(0, -1);
      path = dirname(path);
      continue;
    }
    path = join(path, name);
    if (root !== undefined) names.push(name);
    else if (isRoot(path)) root = path;
    else {
      const target = await readlink(path).catch(() => undefined);
      if (target === undefined) continue;
      links += 1;
      if (links > LINKS_AT_MOST) throw new UsageError(`There are too many links on the way to ${path}.`);
      path = target.startsWith('/') ? '/' : dirname(path);
      left.unshift(...target.split('/'));
    }
  }
  return { path, root, names };
}

async function mountsOfOthers(): Promise<readonly string[]> {
  const mounts = await ownMounts().catch(() => []);
  return mounts.map(({ mountPoint }) => mountPoint);
}
