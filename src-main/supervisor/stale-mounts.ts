/**
 * Mounts that an earlier program left when it was killed. They answer everybody with an error until they are taken away, so
 * a starting program does that. Invariant: a mount that somebody serves stays, and none is looked at from this process.
 */
import { spawn } from 'node:child_process';
import type { Clock } from '../engine/clock.ts';
import { Errno, messageOf } from '../engine/errors.ts';
import { mountAt, ownMounts, type MountEntry } from '../engine/fuse/kernel/mount-table.ts';
import { placeOf } from '../engine/fuse/mount-place.ts';
import type { Logger } from '../engine/log.ts';
import { childCommand } from './child-command.ts';
import { removeDeadMount } from './dead-mounts.ts';
import { inTime } from '../engine/in-time.ts';

/** A dead mount answers as soon as a Node has started; what takes longer is served by somebody, well or not. */
const PROBE_LIMIT_MS = 5_000;
/** As many dead mounts at one place go at one start; more than a few never come together. */
const LAYERS_MAX = 64;

export interface StaleMountsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

export class StaleMounts {
  readonly #options: StaleMountsOptions;
  /** By mount point. */
  readonly #removals: Promise<ReadonlyMap<string, Promise<void>>>;

  /** Begins at once. */
  constructor(options: StaleMountsOptions) {
    this.#options = options;
    this.#removals = this.#begin();
  }

  /** Resolves when nothing stale is left where somebody wants to mount. Never rejects. */
  async cleared(mountPoint: string): Promise<void> {
    await (await this.#removals).get(await placeOf(mountPoint));
  }

  /** Resolves when nothing stale is left. Never rejects. */
  async allCleared(): Promise<void> {
    await Promise.all((await this.#removals).values());
  }

  async #begin(): Promise<ReadonlyMap<string, Promise<void>>> {
    if (process.platform !== 'linux') return new Map();
    try {
      const places = new Set((await ownMounts()).map(({ mountPoint }) => mountPoint));
      return new Map([...places].map((mountPoint) => [mountPoint, this.#remove(mountPoint)]));
    } catch (error) {
      this.#options.logger.warn(`Dead mounts were not looked for: ${messageOf(error)}`);
      return new Map();
    }
  }

  /** Of several at one place only the last can be looked at; what it covers is seen when it is gone. */
  async #remove(mountPoint: string): Promise<void> {
    const { clock, logger } = this.#options;
    try {
      for (let layer = 0; layer < LAYERS_MAX; layer += 1) {
        const entry = await ownMountAt(mountPoint);
        if (entry === undefined || (await mountAnswer(mountPoint, clock)) !== 'dead') return;
        await removeDeadMount({ mountPoint, connection: entry.minor });
        logger.info(`Took away the dead mount at ${mountPoint}`);
      }
    } catch (error) {
      logger.warn(`The dead mount at ${mountPoint} was not taken away: ${messageOf(error)}`);
    }
  }
}

/** The topmost mount there, if this program made it. */
async function ownMountAt(mountPoint: string): Promise<MountEntry | undefined> {
  const [top, own] = [await mountAt(mountPoint), await ownMounts()];
  return own.find(({ minor }) => minor === top?.minor);
}

/** Looked at by a child: whoever waits for a mount that hangs can hardly be ended. */
export async function mountAnswer(mountPoint: string, clock: Clock): Promise<'answers' | 'dead' | 'silent'> {
  const { executable, arguments: args } = childCommand('supervisor/probe-main');
  const child = spawn(executable, [...args, mountPoint], { stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  const code = await inTime(ended, PROBE_LIMIT_MS, clock);
  if (code === undefined) {
    child.kill('SIGKILL');
    // It ends with the wait it hangs in.
    child.unref();
    return 'silent';
  }
  return code === Errno.ENOTCONN ? 'dead' : 'answers';
}
