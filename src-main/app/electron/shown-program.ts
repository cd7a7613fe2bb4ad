/**
 * The running program's faces on the desktop: one window, one tray icon, notifications, and how they are joined. All of them
 * see and do what every other client of the program can.
 */
import { join } from 'node:path';
import { ipcMain, nativeImage, nativeTheme, Notification } from 'electron';
import { systemClock } from '../../engine/clock.ts';
import type { Logger } from '../../engine/log.ts';
import type { State } from '../../ipc/contract.ts';
import type { Caller } from '../../ipc/dispatcher.ts';
import { serveWindow } from '../../ipc/electron-ipc.ts';
import type { Program } from '../../program.ts';
import { dragPath } from '../drag.ts';
import { isOwnPage } from '../navigation-policy.ts';
import { NearClient } from '../near-client.ts';
import { NotificationPolicy } from '../notifications.ts';
import { detachQuestion } from '../questions.ts';
import { performTrayAction } from '../tray-actions.ts';
import { isTrayShown } from '../tray-host.ts';
import { TrayModel } from '../tray-model.ts';
import { createTray, type AppTray } from './app-tray.ts';
import { AppWindow } from './app-window.ts';
import { ask } from './dialogs.ts';

/** The app's window can do everything a desktop can; a download is for browsers. */
const WINDOW: Caller = { near: true, can: { reveal: true, drag: true, download: false, choose: true } };

export interface ShownProgramOptions {
  readonly program: Program;
  readonly logger: Logger;
  /** Named where a person looks for the reason of a failure. */
  readonly logFile: string;
  /** The directory of the drawn icons. */
  readonly assets: string;
  readonly preload: string;
  readonly quit: () => void;
  readonly isLeaving: () => boolean;
}

export interface ShownProgram {
  readonly window: AppWindow;
  readonly isTrayShown: () => Promise<boolean>;
}

export function showProgram(options: ShownProgramOptions): ShownProgram {
  const { program, logger, logFile, assets, preload, quit, isLeaving } = options;
  const { dispatcher } = program;
  const client = new NearClient(dispatcher, WINDOW, (sentence) => logger.error(sentence));
  const dragIcon = nativeImage.createFromPath(join(assets, 'drag.png'));
  // Both are asked of by what is made before them.
  let jobs: State['jobs'] = [];
  let tray: AppTray | undefined;
  const trayShown = async (): Promise<boolean> => tray !== undefined && (await isTrayShown());
  const window = new AppWindow({
    preload,
    icon: join(assets, 'app', '256x256.png'),
    logFile,
    logger,
    isQuitting: isLeaving,
    isTrayShown: trayShown,
    jobsMounted: () => jobs.filter(({ state }) => state === 'mounted').length,
    quit,
    serve: ({ webContents }, spoken) => {
      serveWindow({
        ipc: ipcMain,
        contents: webContents,
        dispatcher,
        caller: WINDOW,
        isOwnPage,
        spoken,
        drag: (job, path) => {
          const file = dragPath(jobs, job, path);
          // macOS ends a program that drags an empty picture.
          return file === undefined || dragIcon.isEmpty() ? undefined : { file, icon: dragIcon };
        },
        logger,
      });
    },
  });
  tray = createTray(assets, () => window.toggle(), logger);
  const notify = (title: string, body: string): void => {
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title, body });
    notification.on('click', () => window.show());
    notification.show();
  };
  const notices = new NotificationPolicy(systemClock);
  void new TrayModel({
    client,
    clock: systemClock,
    perform: (action) =>
      void performTrayAction(action, {
        client,
        show: (page) => window.show(page),
        quit,
        confirmDetach: async (sentence) => (await ask(detachQuestion(sentence))) ?? false,
        failed: (sentence) => notify('Orbit GhostFS', sentence),
      }),
    changed: (look) => tray?.show(look),
    onState: (state) => {
      ({ jobs } = state);
      nativeTheme.themeSource = state.theme;
      for (const { title, body } of notices.next(state, window.isInFront)) notify(title, body);
    },
  });
  return { window, isTrayShown: trayShown };
}
