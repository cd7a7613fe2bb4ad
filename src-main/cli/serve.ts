/**
 * Keeps mounts in the foreground until somebody asks to stop or a mount ends by itself. Invariant: whatever way it ends,
 * every mount it made has been taken away or the reason why not has been said.
 */
import { systemClock, type Clock } from '../engine/clock.ts';
import type { MountEnd } from '../engine/fuse/driver.ts';
import { GhostEngine, type EngineOptions, type GhostFs, type JobOptions } from '../engine/ghostfs.ts';
import { inTime } from '../engine/in-time.ts';
import type { Logger } from '../engine/log.ts';
import { startAudit } from './audit.ts';
import { EXIT_FAILED, EXIT_OK } from './failure.ts';
import { leave, type Outcome } from './leave.ts';
import { pendingMount, pendingMountPoint, type PendingMount } from './pending-mount.ts';
import { onStopSignals, signalExitCode, type StopSignal } from '../stop-signals.ts';

/** An orderly end takes milliseconds, on a slow cache disk seconds; past this something hangs. */
const CLOSE_LIMIT_MS = 15_000;
/** fusermount3 answers at once or never. */
const FORCED_DETACH_LIMIT_MS = 2_000;

export interface Serving {
  readonly engine: EngineOptions;
  readonly mounts: readonly JobOptions[];
  /** Called once, when every mount answers. */
  readonly announce: (mounted: readonly GhostFs[]) => void;
}

/** Resolves when everything is over. Rejects when a mount cannot be made; then none is left. */
export async function serve({ engine: options, mounts, announce }: Serving): Promise<Outcome> {
  const { logger } = options;
  const engine = new GhostEngine(options);
  const running: GhostFs[] = [];
  let pending: PendingMount | undefined;
  const stop = Promise.withResolvers<number>();
  let stopped = false;
  let forced: Promise<never> | undefined;
  const requestStop = (code: number): void => {
    stopped = true;
    stop.resolve(code);
  };
  const unlisten = onStopSignals({
    first(signal) {
      logger.info(`${signal} received, unmounting`);
      requestStop(EXIT_OK);
    },
    again: (signal) => {
      forced ??= leaveByForce(signal, running, pending, systemClock);
    },
  });
  const onCrash = (error: unknown): void => {
    logger.error('Something unexpected failed; unmounting', error);
    requestStop(EXIT_FAILED);
  };
  process.on('uncaughtException', onCrash);
  try {
    for (const job of mounts) {
      const place = await pendingMount(job.mountPoint);
      if (stopped) break;
      pending = place;
      running.push(await engine.mount(job));
      pending = undefined;
    }
    const audits = stopped ? [] : mounts.map(({ database, job }) => startAudit({ database, job }, logger));
    for (const mount of running) {
      void mount.ended.then((end) => {
        if (end !== undefined) requestStop(reportEnd(mount, end, logger));
      });
    }
    if (!stopped) announce(running);
    const code = await stop.promise;
    const clean = await closeAll(engine, running, logger, systemClock);
    // Both ways out race for the same mounts; who asked twice gets the exit code of that.
    await forced;
    return {
      code: clean === undefined ? EXIT_FAILED : code,
      atOnce: clean !== true || audits.some((isRunning) => isRunning()),
    };
  } catch (error) {
    await closeAll(engine, running, logger, systemClock);
    throw error;
  } finally {
    unlisten();
    process.off('uncaughtException', onCrash);
  }
}

function reportEnd(mount: GhostFs, end: NonNullable<MountEnd>, logger: Logger): number {
  const { failed } = end;
  logger[failed ? 'error' : 'warn'](`The mount at ${mount.mountPoint} ended: ${end.reason}`);
  return failed ? EXIT_FAILED : EXIT_OK;
}

/** True when all is over, false when a session lives on until this process ends, undefined when something went wrong. */
async function closeAll(
  engine: GhostEngine,
  running: readonly GhostFs[],
  logger: Logger,
  clock: Clock,
): Promise<boolean | undefined> {
  const closing = closeMounts(engine, running);
  const results = await inTime(closing, CLOSE_LIMIT_MS, clock);
  if (results === undefined) {
    logger.error(`Unmounting takes more than ${CLOSE_LIMIT_MS / 1000} s; leaving without waiting any longer`);
    await detachAll(running, undefined, clock);
    return undefined;
  }
  for (const result of results) {
    if (result.status === 'rejected') logger.error('Unmounting failed', result.reason);
  }
  if (results.some(({ status }) => status === 'rejected')) return undefined;
  return results.every((result) => result.status === 'fulfilled' && result.value);
}

/** The engine last: what the mounts wrote to the cache ends with them. */
async function closeMounts(
  engine: GhostEngine,
  running: readonly GhostFs[],
): Promise<PromiseSettledResult<boolean>[]> {
  const results = await Promise.allSettled(running.map((mount) => mount.close()));
  return [...results, ...(await Promise.allSettled([engine.close().then(() => true)]))];
}

async function leaveByForce(
  signal: StopSignal,
  running: readonly GhostFs[],
  pending: PendingMount | undefined,
  clock: Clock,
): Promise<never> {
  await detachAll(running, pending, clock);
  return await leave({ code: signalExitCode(signal), atOnce: true });
}

/** Takes the mounts out of the tree whatever their sessions do; their readers end with this process. */
async function detachAll(
  running: readonly GhostFs[],
  pending: PendingMount | undefined,
  clock: Clock,
): Promise<void> {
  const { detach } = await import('../engine/fuse/kernel/mount.ts');
  const detachPending = async (place: PendingMount): Promise<void> => {
    const mountPoint = await pendingMountPoint(place);
    if (mountPoint !== undefined) await detach(mountPoint);
  };
  const detaching = Promise.allSettled([
    ...running.map(({ mountPoint }) => detach(mountPoint)),
    ...(pending === undefined ? [] : [detachPending(pending)]),
  ]);
  await inTime(detaching, FORCED_DETACH_LIMIT_MS, clock);
}
