/**
 * What closing the window and clicking the tray mean. Invariant: the window is never hidden where no tray icon could bring
 * it back, and nothing is unmounted by closing a window without a question.
 */

export interface Surroundings {
  /** The app is on its way out. */
  readonly quitting: boolean;
  /** Somebody shows our tray icon. */
  readonly trayShown: boolean;
  readonly jobsMounted: number;
}

/** `ask`: whether to quit or to stay, minimised. */
export type CloseMeans = 'close' | 'hide' | 'quit' | 'ask';

export function closeMeans({ quitting, trayShown, jobsMounted }: Surroundings): CloseMeans {
  if (quitting) return 'close';
  if (trayShown) return 'hide';
  return jobsMounted === 0 ? 'quit' : 'ask';
}

export interface WindowLooks {
  readonly visible: boolean;
  readonly minimised: boolean;
  readonly focused: boolean;
}

/** A click on the icon brings the window to the front, and puts it away when it is there already. */
export function clickMeans({ visible, minimised, focused }: WindowLooks): 'show' | 'hide' {
  return visible && !minimised && focused ? 'hide' : 'show';
}

export interface Start {
  /** Started by the system at log-in. */
  readonly atLogin: boolean;
  readonly trayShown: boolean;
  readonly firstRun: boolean;
}

/** Whether the window opens by itself at the start: not at log-in, unless it would be the only way in. */
export function opensAtStart({ atLogin, trayShown, firstRun }: Start): boolean {
  return !atLogin || !trayShown || firstRun;
}
