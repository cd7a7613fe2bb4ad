/**
 * What the tray shows, kept current from the topics every screen sees. Invariant: it tells of a change only when something
 * looks different, and activity is counted for it only while a job is mounted.
 */
import type { MenuItemConstructorOptions } from 'electron';
import type { Clock } from '../engine/clock.ts';
import type { Activity, State } from '../ipc/contract.ts';
import type { NearClient } from './near-client.ts';
import { menuSignature, statusLine, trayMenu, type TrayAction } from './tray-menu.ts';
import { momentaryIcon, TrayIconHolder, type TrayIcon } from './tray-state.ts';

export interface TrayLook {
  readonly icon: TrayIcon;
  readonly tooltip: string;
  readonly menu: MenuItemConstructorOptions[];
}

export interface TrayModelOptions {
  readonly client: Pick<NearClient, 'subscribe'>;
  readonly clock: Clock;
  readonly perform: (action: TrayAction) => void;
  readonly changed: (look: TrayLook) => void;
  /** Hears every state, also those that look the same. */
  readonly onState: (state: State) => void;
}

export class TrayModel {
  readonly #options: TrayModelOptions;
  readonly #icon: TrayIconHolder;
  readonly #endState: () => void;
  #endActivity: (() => void) | undefined;
  #state: State | undefined;
  #activity: Activity | undefined;
  #shown = '';

  constructor(options: TrayModelOptions) {
    this.#options = options;
    this.#icon = new TrayIconHolder(options.clock, () => this.#tell());
    this.#endState = options.client.subscribe('state', {}, (state) => this.#receive(state));
  }

  close(): void {
    this.#endState();
    this.#endActivity?.();
    this.#icon.close();
  }

  #receive(state: State): void {
    this.#state = state;
    const mounted = state.jobs.some(({ state }) => state === 'mounted');
    if (mounted) {
      this.#endActivity ??= this.#options.client.subscribe('activity', {}, (activity) => {
        this.#activity = activity;
        this.#update();
      });
    } else {
      this.#endActivity?.();
      this.#endActivity = undefined;
      this.#activity = undefined;
    }
    this.#update();
    this.#options.onState(state);
  }

  #update(): void {
    if (this.#state !== undefined) this.#icon.update(momentaryIcon(this.#state, this.#activity));
    this.#tell();
  }

  #tell(): void {
    if (this.#state === undefined) return;
    const { perform, changed } = this.#options;
    const icon = this.#icon.shown;
    const fetching = icon === 'fetching';
    const menu = trayMenu(this.#state, fetching, perform);
    const look: TrayLook = { icon, tooltip: `Orbit GhostFS: ${statusLine(this.#state, fetching)}`, menu };
    const signature = `${icon} ${menuSignature(menu)}`;
    if (signature === this.#shown) return;
    this.#shown = signature;
    changed(look);
  }
}
