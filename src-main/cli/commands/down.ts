/** `orbit-ghost down`: ends the running program, returns when its process is gone, and tells what is mounted all the same. */
import { setTimeout as delay } from 'node:timers/promises';
import { GhostError } from '../../engine/errors.ts';
import { ownMounts } from '../../engine/fuse/kernel/mount-table.ts';
import { printable } from '../../output/printable.ts';
import { EXIT_OK } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { isAlive } from '../process-alive.ts';
import { withRunning } from '../running.ts';

export interface DownCommand {
  readonly force: boolean;
}

/** The supervisor gives the engine 15 seconds to finish; past this something hangs. */
const END_LIMIT_MS = 20_000;
const LOOK_AGAIN_MS = 20;

export async function downCommand({ force }: DownCommand): Promise<Outcome> {
  const pid = await withRunning(async (client) => {
    const info = await client.call('app.info', {});
    await client.call('app.stop', { force });
    return info.pid;
  });
  await ended(pid);
  process.stdout.write(`${printable(await whatRemains())}\n`);
  return { code: EXIT_OK, atOnce: false };
}

/** The program's word is not enough: only the mount table knows what is mounted. */
async function whatRemains(): Promise<string> {
  if (process.platform !== 'linux') return 'Orbit GhostFS has ended.';
  const places = [...new Set((await ownMounts()).map(({ mountPoint }) => mountPoint))];
  if (places.length === 0) return 'Orbit GhostFS has ended; nothing is mounted any more.';
  const named = new Intl.ListFormat('en').format(places);
  return `Orbit GhostFS has ended. Still mounted: ${named}. Another process serves that, or was killed; what a killed one left goes at the next start.`;
}

/** A process that is not our child tells nobody when it ends. */
async function ended(pid: number): Promise<void> {
  const limit = performance.now() + END_LIMIT_MS;
  while (isAlive(pid)) {
    if (performance.now() > limit) {
      throw new GhostError(
        'TIMEOUT',
        `Process ${pid} has not ended within ${END_LIMIT_MS / 1000} s although it was asked to; type \`kill ${pid}\`.`,
      );
    }
    await delay(LOOK_AGAIN_MS);
  }
}
