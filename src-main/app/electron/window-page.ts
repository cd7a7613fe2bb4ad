/**
 * The window's page: loads it, and tells its watch and the log what Electron says of it. Decides nothing. Invariant: every way
 * in which a page can fail to be there is one of the watch's troubles, and no page fills the log.
 */
import type { BrowserWindow } from 'electron';
import { systemClock } from '../../engine/clock.ts';
import type { Logger } from '../../engine/log.ts';
import { AtMost } from '../at-most.ts';
import { APP_ORIGIN } from '../navigation-policy.ts';
import { PageWatch, type PageTrouble } from '../page-watch.ts';
import { pageQuestion } from '../questions.ts';
import { ask } from './dialogs.ts';

/** As the screen's navigation reads them. */
const PAGES = { dashboard: '#jobs', settings: '#settings' } as const;
export type PageName = keyof typeof PAGES;

/** What is said over and over is one trouble. */
const LINES_A_MINUTE = 10;
const MINUTE_MS = 60_000;
/** Chromium's ERR_ABORTED: another load took this one's place. */
const ABORTED = -3;

export interface WindowPageOptions {
  readonly logger: Logger;
  readonly logFile: string;
  readonly isQuitting: () => boolean;
  readonly quit: () => void;
  /** Brings the window to the front. */
  readonly reveal: () => void;
}

export function watchPage(window: BrowserWindow, options: WindowPageOptions): PageWatch {
  const { logger, logFile, isQuitting, quit, reveal } = options;
  let wasShown = false;
  window.once('show', () => (wasShown = true));
  const page = new PageWatch({
    clock: systemClock,
    reload: (trouble) => reload(window, trouble),
    ask: async (trouble) => {
      reveal();
      return (await ask(pageQuestion(trouble, logFile))) ?? 'stay';
    },
    isPutAway: () => wasShown && !window.isVisible(),
    quit,
  });
  hear(window, page, logger, (trouble, sentence, details) => {
    if (isQuitting()) return;
    logger.error(sentence, details);
    page.failed(trouble);
  });
  return page;
}

export function loadPage(window: BrowserWindow, page: PageName): void {
  // A failure is told by the events.
  window.loadURL(`${APP_ORIGIN}/${PAGES[page]}`).catch(() => {});
}

function reload(window: BrowserWindow, trouble: PageTrouble): void {
  const { webContents } = window;
  // A page that is stuck would not hear of it. When its process is gone, it is loaded again.
  if (trouble === 'stuck') webContents.forcefullyCrashRenderer();
  else if (webContents.getURL() === '') loadPage(window, 'dashboard');
  else webContents.reload();
}

function hear(
  window: BrowserWindow,
  page: PageWatch,
  logger: Logger,
  failed: (trouble: PageTrouble, sentence: string, details?: unknown) => void,
): void {
  const lines = new AtMost(systemClock, LINES_A_MINUTE, MINUTE_MS);
  const { webContents: contents } = window;
  contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (isMainFrame && !isSameDocument) page.loading();
  });
  contents.on('did-fail-load', (_event, code, description, _address, isMainFrame) => {
    if (!isMainFrame || code === ABORTED) return;
    failed('unloaded', `The window cannot load its page: ${description} (${code})`);
  });
  contents.on('did-navigate', (_event, _address, status) => {
    if (status >= 400) failed('unloaded', `The window cannot load its page: status ${status}`);
  });
  contents.on('preload-error', (_event, _script, error) => {
    failed('unloaded', 'The window cannot prepare its page', error);
  });
  contents.on('render-process-gone', (_event, { reason }) => {
    if (reason !== 'clean-exit') failed('ended', `The process of the window’s page ended: ${reason}`);
  });
  window.on('unresponsive', () => failed('stuck', 'The window’s page does not answer'));
  window.on('responsive', () => page.alive());
  contents.on('console-message', ({ level, message }) => {
    if (level === 'error' && lines.take()) logger.error(`The page says: ${message}`);
  });
}
