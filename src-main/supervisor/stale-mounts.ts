/**
 * Mounts that an earlier program left when it was killed. They answer everybody with an error until they are taken away, so
 * a starting program does that. Invariant: a mount that somebody serves stays.
 */
import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../engine/clock.ts';
import { messageOf } from '../engine/errors.ts';
import { parseMountInfo } from '../engine/fuse/kernel/mount-table.ts';
import type { Logger } from '../engine/log.ts';
import { removeDeadMount } from './dead-mounts.ts';
import { inTime } from '../engine/in-time.ts';

const OUR_TYPE = 'fuse.orbit-ghost';
/** A dead mount answers at once; what takes longer is served by somebody, well or not. */
const PROBE_LIMIT_MS = 1_000;

/** Never rejects. */
export async function removeStaleMounts(mountRoot: string, clock: Clock, logger: Logger): Promise<void> {
  if (process.platform !== 'linux') return;
  try {
    const entries = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
    const ours = entries.filter(
      ({ type, mountPoint }) => type === OUR_TYPE && mountPoint.startsWith(`${mountRoot}/`),
    );
    for (const { mountPoint, minor } of ours.toReversed()) {
      if ((await inTime(isDead(mountPoint), PROBE_LIMIT_MS, clock)) !== true) continue;
      await removeDeadMount({ mountPoint, connection: minor });
      logger.info(`Took away the dead mount at ${mountPoint}`);
    }
  } catch (error) {
    logger.warn(`Dead mounts below ${mountRoot} were not taken away: ${messageOf(error)}`);
  }
}

/** Another program's mount, never one of ours: our engine has mounted nothing yet. */
function isDead(mountPoint: string): Promise<boolean> {
  return stat(mountPoint).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOTCONN',
  );
}
