/**
 * Electron's entry: composes, decides nothing. Invariant: a second instance ends before it touches a setting, a catalogue or
 * a mount, and no page exists before everything that locks it down is in place.
 */
import { join } from 'node:path';
import { app, dialog, Menu } from 'electron';
import { startDesktopApp, type DesktopApp } from './app/electron/desktop-app.ts';
import { lockDownApp, lockDownPages } from './app/electron/lock-down.ts';
import { messageOf } from './engine/errors.ts';
import { LOG_FILE } from './output/logging.ts';
import { createSettingsLog } from './output/settings-log.ts';
import { onStopSignals } from './stop-signals.ts';
import { userDirectories } from './supervisor/settings/directories.ts';
import { openSettings } from './supervisor/settings/settings.ts';

/** From the sources and from what is built of them alike. */
const PACKAGE = join(import.meta.dirname, '..');
const APP_ID = 'io.orbit.ghostfs';

if (app.requestSingleInstanceLock()) main();
else app.exit(0);

function main(): void {
  lockDownApp();
  app.setAppUserModelId(APP_ID);
  let running: DesktopApp | undefined;
  app.on('second-instance', () => running?.show());
  app.on('activate', () => running?.show());
  // The tray stays when the window is gone.
  app.on('window-all-closed', () => {});
  // Before Electron is ready nothing has been started that would have to be stopped.
  app.on('before-quit', (event) => {
    if (running === undefined || running.isLeaving()) return;
    event.preventDefault();
    running.quit();
  });
  app
    .whenReady()
    .then(async () => {
      const desktop = start();
      running = desktop;
      // Only now: Electron puts handlers of its own in the place of earlier ones, and its second signal ends the process.
      onStopSignals({
        first: () => desktop.quit(),
        again: () => desktop.forceQuit(),
        isUnderWay: desktop.isQuitting,
      });
      await desktop.started;
    })
    .catch((error: unknown) => {
      dialog.showErrorBox('Orbit GhostFS cannot start', messageOf(error));
      app.exit(1);
    });
}

function start(): DesktopApp {
  const directories = userDirectories();
  const settings = openSettings({
    file: join(directories.config, 'config.toml'),
    env: process.env,
    overrides: {},
    directories,
  });
  const logger = createSettingsLog({
    settings,
    directory: directories.state,
    write: (line) => void process.stderr.write(`${line}\n`),
  });
  // Electron says it to the person.
  process.on('uncaughtExceptionMonitor', (error) => logger.error('Something unexpected failed', error));
  process.on('unhandledRejection', (error) => logger.error('Something unexpected failed', error));
  lockDownPages(join(PACKAGE, 'dist', 'screen'), logger);
  setApplicationMenu();
  return startDesktopApp({
    settings,
    logger,
    logFile: join(directories.state, LOG_FILE),
    assets: join(PACKAGE, 'assets'),
    preload: join(PACKAGE, 'dist', 'ipc', 'preload.cjs'),
  });
}

/** Only macOS needs one: without it not even copy and paste have their keys there. */
function setApplicationMenu(): void {
  const roles = [{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }] as const;
  Menu.setApplicationMenu(process.platform === 'darwin' ? Menu.buildFromTemplate([...roles]) : null);
}
