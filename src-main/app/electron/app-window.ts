/**
 * The app's one window. What closing it means is window-policy's to say, what a failing page means page-watch's. Invariant: at
 * most one window, made when it is first shown, with preferences that no caller can loosen; once made, it is shown whatever
 * becomes of its page.
 */
import { app, BrowserWindow } from 'electron';
import type { Logger } from '../../engine/log.ts';
import type { PageWatch } from '../page-watch.ts';
import { closeQuestion } from '../questions.ts';
import { webPreferences } from '../secure-window.ts';
import { clickMeans, closeMeans } from '../window-policy.ts';
import { ask } from './dialogs.ts';
import { loadPage, watchPage, type PageName } from './window-page.ts';

export interface AppWindowOptions {
  readonly preload: string;
  readonly icon: string;
  /** Named where a person looks for the reason of a failure. */
  readonly logFile: string;
  readonly logger: Logger;
  readonly isQuitting: () => boolean;
  readonly isTrayShown: () => Promise<boolean>;
  readonly jobsMounted: () => number;
  readonly quit: () => void;
  /** Serves a new window's messages; `spoken` is called at the first of each load. */
  readonly serve: (window: BrowserWindow, spoken: () => void) => void;
}

interface Shown {
  readonly window: BrowserWindow;
  readonly page: PageWatch;
}

export class AppWindow {
  readonly #options: AppWindowOptions;
  #shown: Shown | undefined;

  constructor(options: AppWindowOptions) {
    this.#options = options;
  }

  get isInFront(): boolean {
    return this.#shown?.window.isFocused() ?? false;
  }

  /** To the front; on a page when one is named, else where the person left it. */
  show(page?: PageName): void {
    const isNew = this.#shown === undefined;
    const { window, page: watch } = (this.#shown ??= this.#create());
    if (watch.isBroken) watch.retry();
    else if (page !== undefined || isNew) loadPage(window, page ?? 'dashboard');
    // A new one is shown when there is something to see in it.
    if (!isNew) reveal(window);
  }

  toggle(): void {
    const window = this.#shown?.window;
    const looks = {
      visible: window?.isVisible() ?? false,
      minimised: window?.isMinimized() ?? false,
      focused: this.isInFront,
    };
    if (clickMeans(looks) === 'show') this.show();
    else void this.#putAway();
  }

  #create(): Shown {
    const { preload, icon, logger, logFile, isQuitting, quit, serve } = this.#options;
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
    const page = watchPage(window, { logger, logFile, isQuitting, quit, reveal: () => reveal(window) });
    serve(window, () => page.alive());
    window.once('ready-to-show', () => reveal(window));
    window.on('close', (event) => {
      if (isQuitting()) return;
      event.preventDefault();
      void this.#close(window);
    });
    window.on('closed', () => {
      page.close();
      this.#shown = undefined;
    });
    return { window, page };
  }

  /** Without a tray icon a click that hides would lose the window. */
  async #putAway(): Promise<void> {
    if (await this.#options.isTrayShown()) this.#shown?.window.hide();
    else this.#shown?.window.minimize();
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
        const answer = await ask(closeQuestion(mounted));
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
