/**
 * Keeps mounts in the foreground until somebody asks to stop or they end by themselves. Invariant: whatever way it ends, every
 * mount it made has been taken away or the reason why not has been said.
 */
import { resolve } from 'node:path';
import { systemClock } from '../engine/clock.ts';
import type { EngineSettings } from '../engine/control/protocol.ts';
import { inTime } from '../engine/in-time.ts';
import type { LogLevel } from '../engine/log.ts';
import { createLogging } from '../output/logging.ts';
import { SteadyMounts, type SteadyMount } from '../supervisor/steady-mounts.ts';
import { startAudit } from './audit.ts';
import { EXIT_FAILED, EXIT_OK } from './failure.ts';
import type { Outcome } from './leave.ts';
import { StopRequest } from './stop-request.ts';

/** To kill an engine takes a moment, and fusermount3 answers at once or never. */
const ABORT_LIMIT_MS = 5_000;

export type WantedMount = Omit<SteadyMount, 'key'>;

export interface Serving {
  readonly settings: Omit<EngineSettings, 'logLevel'>;
  readonly mounts: readonly WantedMount[];
  readonly logLevel: LogLevel;
  readonly logDirectory: string;
  /** Called once, with where they are, when every mount answers. */
  readonly announce: (mountPoints: readonly string[]) => void;
}

/** Resolves when everything is over. Rejects when a mount cannot be made; then none is left. */
export async function serve({
  settings,
  logLevel,
  logDirectory,
  announce,
  ...wanted
}: Serving): Promise<Outcome> {
  const logger = createLogging({
    level: logLevel,
    directory: logDirectory,
    write: (line) => void process.stderr.write(`${line}\n`),
  });
  const jobs = wanted.mounts.map((mount) => ({ ...mount, database: resolve(mount.database) }));
  const mounts = new SteadyMounts({
    mounts: jobs.map((mount) => ({ ...mount, key: String(mount.job) })),
    settings: {
      ...settings,
      // The log file has what standard error may leave out.
      logLevel: logLevel === 'debug' ? 'debug' : 'info',
    },
    clock: systemClock,
    logger,
  });
  const stop = new StopRequest(logger);
  const aborted = new Promise<unknown>((settle) => {
    stop.forced.addEventListener('abort', () => settle(inTime(mounts.abort(), ABORT_LIMIT_MS, systemClock)));
  });
  const end = async (): Promise<boolean> => (await Promise.race([mounts.stop(), aborted])) === true;
  let audits: readonly (() => boolean)[] = [];
  const begin = async (): Promise<void> => {
    const mountPoints = await mounts.start();
    if (stop.isAsked) return;
    audits = jobs.map(({ database, job }) => startAudit({ database, job }, logger));
    announce(mountPoints);
  };
  try {
    const over = Promise.race([mounts.over, stop.asked]);
    await Promise.race([begin(), over]);
    const failed = (await over) === true;
    const clean = await end();
    // Both ways out race for the same mounts; who asked twice gets the exit code of that.
    const code = stop.forced.aborted ? stop.code : failed || !clean ? EXIT_FAILED : EXIT_OK;
    return { code, atOnce: !clean || audits.some((isRunning) => isRunning()) };
  } catch (error) {
    await end();
    throw error;
  } finally {
    stop.close();
  }
}
