/**
 * Electron's entry: composes, decides nothing. Invariant: a second instance ends before it touches a setting, a catalogue or
 * a mount, and no page exists before everything that locks it down is in place.
 */
import { join } from 'node:path';
import { app, dialog, Menu } from 'electron';
import { startDesktopApp, type DesktopApp } from './app/electron/desktop-app.ts';
import { lockDownApp, lockDownPages } from './app/electron/lock-down.ts';
import { createLogging } from './output/logging.ts';
import { messageOf } from './engine/errors.ts';
import { userDirectories } from './supervisor/settings/directories.ts';
import { openSettings } from './supervisor/settings/settings.ts';

/** Built: dist/main.js, beside the screen and the preload script; the icons lie beside dist. */
const BUILT = import.meta.dirname;
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
  app.on('before-quit', (event) => {
    if (running === undefined || running.isLeaving()) return;
    event.preventDefault();
    running.quit();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());
  app
    .whenReady()
    .then(async () => (running = await start()))
    .catch((error: unknown) => {
      dialog.showErrorBox('Orbit GhostFS cannot start', messageOf(error));
      app.exit(1);
    });
}

async function start(): Promise<DesktopApp> {
  const directories = userDirectories();
  const settings = openSettings({
    file: join(directories.config, 'config.toml'),
    env: process.env,
    overrides: {},
    directories,
  });
  const logger = createLogging({
    level: settings.values.logLevel,
    directory: directories.state,
    write: (line) => void process.stderr.write(`${line}\n`),
  });
  lockDownPages(join(BUILT, 'screen'), logger);
  setApplicationMenu();
  return await startDesktopApp({
    settings,
    logger,
    assets: join(BUILT, '..', 'assets'),
    preload: join(BUILT, 'ipc', 'preload.cjs'),
  });
}

/** Only macOS needs one: without it not even copy and paste have their keys there. */
function setApplicationMenu(): void {
  const roles = [{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }] as const;
  Menu.setApplicationMenu(process.platform === 'darwin' ? Menu.buildFromTemplate([...roles]) : null);
}
