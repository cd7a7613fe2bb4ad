/**
 * The desktop app from its first moment to its last: what the program needs of a desktop, and how it ends. Invariant: the
 * process leaves only through the quit sequence, whoever asks for it, also while it is still starting.
 */
import { homedir } from 'node:os';
import { app, powerMonitor, shell } from 'electron';
import { systemClock } from '../../engine/clock.ts';
import { startProgram, type Program } from '../../program.ts';
import type { SettingsStore } from '../../supervisor/settings/settings.ts';
import { createDesktopHost } from '../host.ts';
import { keepLoginItem, ownCommand, setLoginItem, startedAtLogin } from '../login-item.ts';
import { quitQuestion } from '../questions.ts';
import { QuitSequence } from '../quit-sequence.ts';
import { opensAtStart } from '../window-policy.ts';
import { ask, choosePath } from './dialogs.ts';
import { showProgram, type ShownProgram, type ShownProgramOptions } from './shown-program.ts';

export interface DesktopAppOptions extends Pick<
  ShownProgramOptions,
  'logger' | 'logFile' | 'assets' | 'preload'
> {
  readonly settings: SettingsStore;
}

export interface DesktopApp {
  /**
   * Resolves when a person can use it. Rejects with a sentence for them when the program cannot start, such as when another
   * one runs already; not when it was asked to quit before.
   */
  readonly started: Promise<void>;
  /** Nothing keeps the process any more. */
  readonly isLeaving: () => boolean;
  /** Quitting has begun and has not been cancelled. */
  readonly isQuitting: () => boolean;
  /** Brings the window to the front, once there is one. */
  show(): void;
  quit(): void;
  /** Without a question, and without waiting for who uses a mount. */
  forceQuit(): void;
}

/** Of Electron's event, which its types leave out. */
interface Preventable {
  preventDefault(): void;
}

export function startDesktopApp(options: DesktopAppOptions): DesktopApp {
  const { settings, logger } = options;
  const autostart = {
    platform: process.platform,
    env: process.env,
    home: homedir(),
    command: ownCommand(process.env, process.execPath, app.isPackaged ? undefined : app.getAppPath()),
    system: app,
  };
  const host = createDesktopHost({
    shell,
    chooseIn: choosePath,
    setAutostart: async (on) => await setLoginItem(on, autostart),
  });
  const { promise: program, resolve } = Promise.withResolvers<Program>();
  const { promise: leaving, resolve: leave } = Promise.withResolvers<void>();
  const quitting = new QuitSequence({
    clock: systemClock,
    stop: async (how) => {
      leave();
      // One that is still starting is stopped once it has; one that cannot start has left nothing to stop.
      const started = await program.catch(() => undefined);
      await started?.stop(how);
    },
    ask: async (reason) => (await ask(quitQuestion(reason))) ?? 'cancel',
    leave: () => app.exit(0),
  });
  const isLeaving = (): boolean => quitting.state === 'gone';
  const isQuitting = (): boolean => quitting.state !== 'running';
  const quit = (): void => void quitting.request();
  const forceQuit = (): void => void quitting.force();
  resolve(
    startProgram({
      settings,
      host,
      // The window needs no server: no port is open while the app runs.
      screen: undefined,
      logger,
      version: app.getVersion(),
      quit: forceQuit,
      leaving,
    }),
  );
  const shown = program.then((started) => showProgram({ ...options, program: started, quit, isLeaving }));
  // When the system goes down nobody is there to answer a question; prevented, it waits until we have left.
  powerMonitor.on('shutdown', (event?: Preventable) => {
    event?.preventDefault();
    forceQuit();
  });
  const start = async (): Promise<void> => {
    const { window, isTrayShown } = await shown;
    await keepLoginItem(settings.values.autostart, autostart).catch((error: unknown) =>
      logger.warn('Starting at log-in could not be set', error),
    );
    const atLogin = startedAtLogin(autostart, process.argv);
    const firstRun = !settings.existed && settings.values.catalogues.length === 0;
    const opens = opensAtStart({ atLogin, firstRun, trayShown: await isTrayShown() });
    if (opens && quitting.state === 'running') window.show();
  };
  const started = start().catch((error: unknown) => {
    if (quitting.state === 'running') throw error;
    logger.error('Orbit GhostFS could not start, and was asked to quit before', error);
  });
  const show = ({ window }: ShownProgram): void => window.show();
  // Why it cannot be shown is told by `started`.
  return { started, isLeaving, isQuitting, show: () => void shown.then(show, () => {}), quit, forceQuit };
}
