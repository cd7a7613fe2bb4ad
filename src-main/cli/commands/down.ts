/** `orbit-ghost down`: ends the running program, returns when its process is gone, and tells what is mounted all the same. */
import { setTimeout as delay } from 'node:timers/promises';
import { GhostError } from '../../engine/errors.ts';
import { ownMounts } from '../../engine/fuse/kernel/mount-table.ts';
import { placeOf } from '../../engine/fuse/mount-place.ts';
import { printable } from '../../output/printable.ts';
import { EXIT_OK } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { isAlive } from '../process-alive.ts';
import { firstOf, withRunning } from '../running.ts';

export interface DownCommand {
  readonly force: boolean;
}

/** The supervisor gives the engine 15 seconds to finish; past this something hangs. */
const END_LIMIT_MS = 20_000;
const LOOK_AGAIN_MS = 20;

export async function downCommand({ force }: DownCommand): Promise<Outcome> {
  const { pid, places } = await withRunning(async (client) => {
    const info = await client.call('app.info', {});
    const { jobs } = await firstOf(client, 'state', {});
    await client.call('app.stop', { force });
    return { pid: info.pid, places: jobs.map(({ mountPoint }) => mountPoint) };
  });
  await ended(pid);
  process.stdout.write(`${printable(await whatRemains(places))}\n`);
  return { code: EXIT_OK, atOnce: false };
}

/** The program's word is not enough: only the mount table knows what is mounted. `places`: where its jobs were, or would be. */
async function whatRemains(places: readonly string[]): Promise<string> {
  if (process.platform !== 'linux') return 'Orbit GhostFS has ended.';
  const mounted = [...new Set((await ownMounts()).map(({ mountPoint }) => mountPoint))];
  const own = new Set(await Promise.all(places.map(placeOf)));
  const left = mounted.filter((place) => own.has(place));
  const others = mounted.filter((place) => !own.has(place));
  const list = new Intl.ListFormat('en');
  const ended =
    left.length === 0
      ? 'Orbit GhostFS has ended; nothing of it is mounted any more.'
      : `Orbit GhostFS has ended, and ${list.format(left)} is still mounted; \`fusermount3 -u\` takes such a place away.`;
  return others.length === 0 ? ended : `${ended} Mounted by other processes: ${list.format(others)}.`;
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
