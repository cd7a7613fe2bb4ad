/**
 * The running desktop app: one program, one window, one tray icon, and how they are joined. Invariant: the process leaves
 * only through the quit sequence, whoever asks for it.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app, ipcMain, nativeImage, nativeTheme, Notification, powerMonitor, shell } from 'electron';
import { systemClock } from '../../engine/clock.ts';
import type { Logger } from '../../engine/log.ts';
import { serveWindow } from '../../ipc/electron-ipc.ts';
import type { Caller } from '../../ipc/dispatcher.ts';
import type { State } from '../../ipc/contract.ts';
import { startProgram, type Program } from '../../program.ts';
import type { SettingsStore } from '../../supervisor/settings/settings.ts';
import { dragPath } from '../drag.ts';
import { createDesktopHost } from '../host.ts';
import { AT_LOGIN_WORD, ownCommand, setLoginItem } from '../login-item.ts';
import { isOwnPage } from '../navigation-policy.ts';
import { NearClient } from '../near-client.ts';
import { NotificationPolicy } from '../notifications.ts';
import { detachQuestion, quitQuestion } from '../questions.ts';
import { QuitSequence } from '../quit-sequence.ts';
import { performTrayAction } from '../tray-actions.ts';
import { isTrayShown } from '../tray-host.ts';
import { TrayModel } from '../tray-model.ts';
import { opensAtStart } from '../window-policy.ts';
import { createTray } from './app-tray.ts';
import { AppWindow } from './app-window.ts';

/** The app's window can do everything a desktop can; a download is for browsers. */
const WINDOW: Caller = { near: true, can: { reveal: true, drag: true, download: false, choose: true } };

export interface DesktopAppOptions {
  readonly settings: SettingsStore;
  readonly logger: Logger;
  /** The directory of the drawn icons. */
  readonly assets: string;
  readonly preload: string;
}

export interface DesktopApp {
  readonly isLeaving: () => boolean;
  show(): void;
  quit(): void;
}

/** Rejects with a sentence for people when the program cannot start, such as when another one runs already. */
export async function startDesktopApp(options: DesktopAppOptions): Promise<DesktopApp> {
  const { settings, logger, assets, preload } = options;
  const autostart = {
    platform: process.platform,
    env: process.env,
    home: homedir(),
    command: ownCommand(process.env, process.execPath, app.isPackaged ? undefined : app.getAppPath()),
    system: app,
  };
  const host = createDesktopHost({
    shell,
    chooseIn: async (question) => await window.choose(question),
    setAutostart: async (on) => await setLoginItem(on, autostart),
  });
  let program: Program | undefined;
  const quitting = new QuitSequence({
    clock: systemClock,
    stop: async (how) => await program?.stop(how),
    ask: async (reason) => (await window.ask(quitQuestion(reason))) ?? 'cancel',
    leave: () => app.exit(0),
  });
  program = await startProgram({
    settings,
    host,
    // The window needs no server: no port is open while the app runs.
    screen: undefined,
    logger,
    version: app.getVersion(),
    quit: () => void quitting.force(),
  });
  const { dispatcher } = program;
  const client = new NearClient(dispatcher, WINDOW, (sentence) => logger.error(sentence));
  const isLeaving = (): boolean => quitting.state === 'gone';
  const quit = (): void => void quitting.request();
  const jobs = (): State['jobs'] => model.state?.jobs ?? [];
  const dragIcon = nativeImage.createFromPath(join(assets, 'drag.png'));
  const window = new AppWindow({
    preload,
    icon: join(assets, 'app', '256x256.png'),
    logger,
    isQuitting: isLeaving,
    isTrayShown: async () => tray !== undefined && (await isTrayShown()),
    jobsMounted: () => jobs().filter(({ state }) => state === 'mounted').length,
    quit,
    serve: ({ webContents }) => {
      serveWindow({
        ipc: ipcMain,
        contents: webContents,
        dispatcher,
        caller: WINDOW,
        isOwnPage,
        drag: (job, path) => {
          const file = dragPath(jobs(), job, path);
          // macOS ends a program that drags an empty picture.
          return file === undefined || dragIcon.isEmpty() ? undefined : { file, icon: dragIcon };
        },
        logger,
      });
    },
  });
  const tray = createTray(assets, () => window.toggle(), logger);
  const notify = (title: string, body: string): void => {
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title, body });
    notification.on('click', () => window.show());
    notification.show();
  };
  const notices = new NotificationPolicy(systemClock);
  const model = new TrayModel({
    client,
    clock: systemClock,
    perform: (action) =>
      void performTrayAction(action, {
        client,
        show: (page) => window.show(page),
        quit,
        confirmDetach: async (sentence) => (await window.ask(detachQuestion(sentence))) ?? false,
        failed: (sentence) => notify('Orbit GhostFS', sentence),
      }),
    changed: (look) => tray?.show(look),
    onState: (state) => {
      nativeTheme.themeSource = state.theme;
      for (const { title, body } of notices.next(state, window.isInFront)) notify(title, body);
    },
  });
  // When the system goes down nobody is there to answer a question.
  powerMonitor.on('shutdown', () => void quitting.force());
  // The program may have been moved since it was asked to start at log-in.
  if (settings.values.autostart) {
    await host
      .setAutostart(true)
      .catch((error: unknown) => logger.warn('Starting at log-in could not be set', error));
  }
  const start = {
    atLogin: process.argv.includes(AT_LOGIN_WORD),
    trayShown: tray !== undefined && (await isTrayShown()),
    firstRun: !settings.existed && settings.values.catalogues.length === 0,
  };
  if (opensAtStart(start)) window.show();
  return { isLeaving, show: () => window.show(), quit };
}
