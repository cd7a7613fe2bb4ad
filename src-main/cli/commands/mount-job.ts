/** `orbit-ghost mount JOB` and `unmount JOB`: ask the running program. Standard output carries one line, when it is done. */
import { resolve } from 'node:path';
import { EXIT_OK } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { printable } from '../../output/printable.ts';
import { jobNamed, withRunning } from '../running.ts';

export interface MountJobCommand {
  /** As typed. */
  readonly job: string;
  readonly mountPoint: string | undefined;
}

export interface UnmountJobCommand {
  readonly job: string;
  readonly force: boolean;
}

export async function mountJobCommand({ job, mountPoint }: MountJobCommand): Promise<Outcome> {
  const line = await withRunning(async (client) => {
    const { key, name } = await jobNamed(client, job);
    const place = mountPoint === undefined ? {} : { mountPoint: resolve(mountPoint) };
    const mounted = await client.call('jobs.mount', { job: key, ...place });
    return `mounted ${name} at ${mounted.mountPoint}`;
  });
  process.stdout.write(`${printable(line)}\n`);
  return { code: EXIT_OK, atOnce: false };
}

export async function unmountJobCommand({ job, force }: UnmountJobCommand): Promise<Outcome> {
  const line = await withRunning(async (client) => {
    const { key, name, mountPoint, state } = await jobNamed(client, job);
    await client.call('jobs.unmount', { job: key, force });
    const wasMounted = state !== 'unmounted' && state !== 'failed';
    return wasMounted ? `unmounted ${name} from ${mountPoint}` : `${name} is not mounted`;
  });
  process.stdout.write(`${printable(line)}\n`);
  return { code: EXIT_OK, atOnce: false };
}
