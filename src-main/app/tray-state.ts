/**
 * What the tray's icon says, from the state and activity that every screen sees. Priority: error, offline, fetching, idle.
 * Invariant: the icon rises to what matters more at once and sinks only after a hold, so it never flickers.
 */
import type { Activity, Job, State } from '../ipc/contract.ts';
import type { Clock } from '../engine/clock.ts';

/** What matters least first. */
export const TRAY_ICONS = ['idle', 'fetching', 'offline', 'error'] as const;
export type TrayIcon = (typeof TRAY_ICONS)[number];

/**
 * How long an icon stays when less would do. Milliseconds. Blocks of one read come in bursts less than two seconds apart; a
 * bad link is away and back within seconds.
 */
const HOLD_MS: Readonly<Record<TrayIcon, number>> = {
  idle: 0,
  fetching: 2_000,
  offline: 5_000,
  error: 2_000,
};

/** Whether a job waits for sources that do not answer; they are asked again until they do. */
export function isOffline({ state, source }: Job): boolean {
  return state === 'mounted' && source === 'away';
}

/** Whether the sources of a job refuse its credentials. */
export function isRefused({ state, source }: Job): boolean {
  return state === 'mounted' && source === 'refused';
}

export function offlineJobs({ jobs }: State): readonly Job[] {
  return jobs.filter(isOffline);
}

/** Jobs that need a person. */
export function troubledJobs({ jobs }: State): readonly Job[] {
  return jobs.filter((job) => job.state === 'failed' || isRefused(job));
}

/** The icon for this moment alone. */
export function momentaryIcon(state: State, activity: Activity | undefined): TrayIcon {
  const { engine } = state;
  if (engine.state === 'failed' || troubledJobs(state).length > 0) return 'error';
  if (engine.state === 'restarting' || offlineJobs(state).length > 0) return 'offline';
  return isFetching(activity) ? 'fetching' : 'idle';
}

function isFetching(activity: Activity | undefined): boolean {
  if (activity === undefined) return false;
  const { transfers, jobs } = activity;
  return transfers.some(({ source }) => source !== '') || jobs.some(({ fetchRate }) => fetchRate > 0);
}

const rank = (icon: TrayIcon): number => TRAY_ICONS.indexOf(icon);

/** Holds the icon that is shown. `changed` hears every new one. */
export class TrayIconHolder {
  readonly #clock: Clock;
  readonly #changed: (icon: TrayIcon) => void;
  #shown: TrayIcon = 'idle';
  /** What the moment asks for, while it is less than what is shown. */
  #wanted: TrayIcon = 'idle';
  #cancelHold: (() => void) | undefined;

  constructor(clock: Clock, changed: (icon: TrayIcon) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get shown(): TrayIcon {
    return this.#shown;
  }

  update(icon: TrayIcon): void {
    if (rank(icon) >= rank(this.#shown)) {
      this.#show(icon);
      return;
    }
    this.#wanted = icon;
    this.#cancelHold ??= this.#clock.after(HOLD_MS[this.#shown], () => this.#show(this.#wanted));
  }

  close(): void {
    this.#cancelHold?.();
    this.#cancelHold = undefined;
  }

  #show(icon: TrayIcon): void {
    this.close();
    if (icon === this.#shown) return;
    this.#shown = icon;
    this.#changed(icon);
  }
}
