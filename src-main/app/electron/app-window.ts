/**
 * The app's one window. What closing it means is window-policy's to say. Invariant: at most one window, made when it is
 * first shown, with preferences that no caller can loosen.
 */
import { app, BrowserWindow, dialog } from 'electron';
import type { Logger } from '../../engine/log.ts';
import { APP_ORIGIN } from '../navigation-policy.ts';
import { answerOf, closeQuestion, type Question } from '../questions.ts';
import { webPreferences } from '../secure-window.ts';
import { clickMeans, closeMeans } from '../window-policy.ts';

export interface AppWindowOptions {
  readonly preload: string;
  readonly icon: string;
  readonly logger: Logger;
  readonly isQuitting: () => boolean;
  readonly isTrayShown: () => Promise<boolean>;
  readonly jobsMounted: () => number;
  readonly quit: () => void;
  /** Serves a new window's messages. */
  readonly serve: (window: BrowserWindow) => void;
}

/** As the screen's navigation reads them. */
const PAGES = { dashboard: '#jobs', settings: '#settings' } as const;

export class AppWindow {
  readonly #options: AppWindowOptions;
  #window: BrowserWindow | undefined;

  constructor(options: AppWindowOptions) {
    this.#options = options;
  }

  get isInFront(): boolean {
    return this.#window?.isFocused() ?? false;
  }

  /** To the front; on a page when one is named, else where the person left it. */
  show(page?: keyof typeof PAGES): void {
    const isNew = this.#window === undefined;
    const window = (this.#window ??= this.#create());
    if (page !== undefined || isNew) this.#load(window, page ?? 'dashboard');
    if (isNew) return;
    reveal(window);
  }

  toggle(): void {
    const window = this.#window;
    const looks = {
      visible: window?.isVisible() ?? false,
      minimised: window?.isMinimized() ?? false,
      focused: this.isInFront,
    };
    if (clickMeans(looks) === 'show') this.show();
    else void this.#putAway();
  }

  /** Resolves with what the person chose, also while no window is there. */
  async ask<Answer>(question: Question<Answer>): Promise<Answer | undefined> {
    const parent = this.#window?.isVisible() === true ? this.#window : undefined;
    const { response } =
      parent === undefined
        ? await dialog.showMessageBox(question.box)
        : await dialog.showMessageBox(parent, question.box);
    return answerOf(question, response);
  }

  async choose(options: Electron.OpenDialogOptions): Promise<Electron.OpenDialogReturnValue> {
    return this.#window === undefined
      ? await dialog.showOpenDialog(options)
      : await dialog.showOpenDialog(this.#window, options);
  }

  #create(): BrowserWindow {
    const { preload, icon, logger, isQuitting, serve } = this.#options;
    const window = new BrowserWindow({
      width: 1120,
      height: 760,
      minWidth: 360,
      minHeight: 420,
      show: false,
      title: 'Orbit GhostFS',
      icon,
      webPreferences: webPreferences(preload),
    });
    serve(window);
    window.once('ready-to-show', () => reveal(window));
    window.on('close', (event) => {
      if (isQuitting()) return;
      event.preventDefault();
      void this.#close(window);
    });
    window.on('closed', () => (this.#window = undefined));
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      logger.error(`The window's page ended (${reason}); it is loaded again`);
      if (!isQuitting() && reason !== 'clean-exit') window.reload();
    });
    window.webContents.on('console-message', ({ level, message }) => {
      if (level === 'error') logger.error(`The page says: ${message}`);
    });
    return window;
  }

  #load(window: BrowserWindow, page: keyof typeof PAGES): void {
    window.loadURL(`${APP_ORIGIN}/${PAGES[page]}`).catch((error: unknown) => {
      this.#options.logger.error('The window cannot show its page', error);
    });
  }

  /** Without a tray icon a click that hides would lose the window. */
  async #putAway(): Promise<void> {
    if (await this.#options.isTrayShown()) this.#window?.hide();
    else this.#window?.minimize();
  }

  async #close(window: BrowserWindow): Promise<void> {
    const { isQuitting, isTrayShown, jobsMounted, quit } = this.#options;
    const mounted = jobsMounted();
    const trayShown = await isTrayShown();
    switch (closeMeans({ quitting: isQuitting(), trayShown, jobsMounted: mounted })) {
      case 'close':
        window.destroy();
        break;
      case 'hide':
        window.hide();
        break;
      case 'quit':
        quit();
        break;
      case 'ask': {
        const answer = await this.ask(closeQuestion(mounted));
        if (answer === 'quit') quit();
        else if (answer === 'minimise') window.minimize();
      }
    }
  }
}

function reveal(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  // Without a place in the Dock the system does not bring it to the front by itself.
  if (process.platform === 'darwin') app.focus({ steal: true });
  window.focus();
}
