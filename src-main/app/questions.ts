/** The words of the questions the app asks, and what each button means. Escape always means: change nothing. */
import type { MessageBoxOptions } from 'electron';
import type { PageAnswer, PageTrouble } from './page-watch.ts';
import type { QuitAnswer, QuitReason } from './quit-sequence.ts';

/** A message box whose buttons stand for values. */
export interface Question<Answer> {
  readonly box: MessageBoxOptions;
  /** In the order of the buttons. */
  readonly answers: readonly Answer[];
}

const QUIT_WORDS: Readonly<Record<QuitReason['kind'], string>> = {
  busy: 'Files are still in use',
  slow: 'Unmounting takes longer than usual',
  failed: 'Not everything could be unmounted',
};

export function quitQuestion({ kind, sentence }: QuitReason): Question<QuitAnswer> {
  const detach = 'Detach lets programs keep what they have open until they end, and quits now.';
  return {
    box: {
      type: 'warning',
      title: 'Orbit GhostFS',
      message: QUIT_WORDS[kind],
      detail: sentence === '' ? detach : `${sentence}\n\n${detach}`,
      buttons: [kind === 'slow' ? 'Keep waiting' : 'Retry', 'Detach', 'Cancel'],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    },
    answers: ['retry', 'detach', 'cancel'],
  };
}

export function detachQuestion(sentence: string): Question<boolean> {
  return {
    box: {
      type: 'warning',
      title: 'Orbit GhostFS',
      message: 'Files are still in use',
      detail: `${sentence}\n\nUnmount anyway lets programs keep what they have open until they end.`,
      buttons: ['Unmount anyway', 'Cancel'],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    },
    answers: [true, false],
  };
}

/** When the window closes and no tray icon is there to come back to. */
export function closeQuestion(jobsMounted: number): Question<'quit' | 'minimise' | 'stay'> {
  const jobs = jobsMounted === 1 ? '1 job is' : `${jobsMounted} jobs are`;
  return {
    box: {
      type: 'question',
      title: 'Orbit GhostFS',
      message: `${jobs} mounted`,
      detail:
        'This desktop shows no tray icons, so the window stays the way back. Quitting unmounts everything.',
      buttons: ['Minimise', 'Quit', 'Cancel'],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    },
    answers: ['minimise', 'quit', 'stay'],
  };
}

const PAGE_WORDS: Readonly<Record<PageTrouble, string>> = {
  ended: 'The page of the window fails again and again',
  unloaded: 'The page of the window cannot be loaded',
  silent: 'The page of the window does not start',
  stuck: 'The page of the window does not answer',
};

export function pageQuestion(trouble: PageTrouble, logFile: string): Question<PageAnswer> {
  const mayRecover = trouble === 'silent' || trouble === 'stuck';
  return {
    box: {
      type: 'error',
      title: 'Orbit GhostFS',
      message: PAGE_WORDS[trouble],
      detail: `Mounted jobs go on working. Reload tries again; Quit unmounts everything. If it does not help, ${logFile} says more.`,
      buttons: ['Reload', 'Quit', mayRecover ? 'Wait' : 'Cancel'],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    },
    answers: ['reload', 'quit', 'stay'],
  };
}

/** What the button with this index means; whatever else closed the box means the same as Escape. */
export function answerOf<Answer>({ box, answers }: Question<Answer>, response: number): Answer | undefined {
  return answers[response] ?? answers[box.cancelId ?? 0];
}
