/**
 * `orbit-ghost up`: the whole program without a window, until somebody asks it to stop. Standard output carries one line when
 * it is ready, with the address of the screen, and with `--demo` what to try. Invariant: it ends with nothing mounted.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDemo } from '../../demo/demo.ts';
import { systemClock } from '../../engine/clock.ts';
import { GhostError } from '../../engine/errors.ts';
import type { Logger } from '../../engine/log.ts';
import { startProgram, type Program } from '../../program.ts';
import { userDirectories, type Directories } from '../../supervisor/settings/directories.ts';
import { openSettings, type SettingsStore, type SettingValues } from '../../supervisor/settings/settings.ts';
import { depart } from '../departure.ts';
import { demoText } from '../demo-text.ts';
import { EXIT_FAILED } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { ownCommand } from '../../output/own-command.ts';
import { createSettingsLog } from '../../output/settings-log.ts';
import { productVersion } from '../product-version.ts';
import { StopRequest } from '../stop-request.ts';

export interface UpCommand {
  /** Above the settings, for this run. */
  readonly overrides: Partial<SettingValues>;
  readonly screen: boolean;
  readonly demo: boolean;
}

const WITHOUT_DESKTOP = {
  autostart: `It is for the desktop app; this program runs without one. To start \`${ownCommand()} up\` at login, make it a systemd user service.`,
};
/** From the sources and from what is built of them alike. */
const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));
const SCREEN = join(PACKAGE, 'dist', 'screen');
/** An orderly end takes milliseconds, on a slow cache disk seconds; past this something hangs. */
const FORCED_LIMIT_MS = 20_000;

export async function upCommand(command: UpCommand): Promise<Outcome> {
  const directories = userDirectories();
  const demo = command.demo ? await ensureDemo(directories) : undefined;
  const settings = openSettings({
    file: join(directories.config, 'config.toml'),
    env: process.env,
    overrides: command.overrides,
    directories,
    added: demo === undefined ? [] : [demo.database],
    unavailable: WITHOUT_DESKTOP,
  });
  const logger = loggerFor(command, settings, directories);
  const stop = new StopRequest(logger);
  try {
    const program = await startProgram({
      settings,
      host: undefined,
      screen: screenOf(command, logger),
      logger,
      version: productVersion(),
      quit: () => stop.quit(),
      leaving: stop.asked,
    });
    if (!stop.isAsked) announce(program, demo?.database);
    await stop.asked;
    const clean = await ended(program, stop, logger);
    return { code: clean ? stop.code : EXIT_FAILED, atOnce: !clean };
  } finally {
    settings.close();
    stop.close();
  }
}

/** The level follows the settings while it runs; a demo keeps its terminal free for what there is to try. */
function loggerFor(
  { demo, overrides }: UpCommand,
  settings: SettingsStore,
  { state: directory }: Directories,
): Logger {
  const level = demo && overrides.logLevel === undefined ? 'warn' : undefined;
  const write = (line: string): void => void process.stderr.write(`${line}\n`);
  return createSettingsLog({ settings, level, directory, write });
}

function screenOf({ screen }: UpCommand, logger: Logger): { readonly root: string } | undefined {
  if (!screen) return undefined;
  if (existsSync(join(SCREEN, 'index.html'))) return { root: SCREEN };
  logger.warn(`The screen is not built: ${SCREEN} is missing. Type "npm run build" and start again.`);
  return undefined;
}

function announce({ screenUrl, supervisor }: Program, demo: string | undefined): void {
  const lines = [
    screenUrl === undefined
      ? `Orbit GhostFS is running without a screen; this ends it: ${ownCommand()} down`
      : `Screen: ${screenUrl}`,
    ...(demo === undefined
      ? []
      : demoText({ jobs: supervisor.state().jobs, database: demo, screen: screenUrl !== undefined })),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Whether all is over as it should be. */
async function ended(program: Program, stop: StopRequest, logger: Logger): Promise<boolean> {
  const onBusy = (sentence: string): void => {
    logger.warn(`${sentence} Orbit GhostFS ends when that is over; ask again to end it now.`);
  };
  try {
    await inTime(depart({ program, forced: stop.forced, clock: systemClock, onBusy }), stop);
    return true;
  } catch (error) {
    logger.error('Unmounting failed', error);
    return false;
  }
}

/** Waiting for readers may take any time, unmounting by force may not. */
function inTime(departure: Promise<void>, { forced }: StopRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    departure.then(resolve, reject);
    const limit = (): void => {
      systemClock.after(FORCED_LIMIT_MS, () => {
        reject(
          new GhostError(
            'TIMEOUT',
            `It takes more than ${FORCED_LIMIT_MS / 1000} s; leaving without waiting any longer.`,
          ),
        );
      });
    };
    if (forced.aborted) limit();
    else forced.addEventListener('abort', limit, { once: true });
  });
}
