/**
 * The tray's menu, from the state. Every action of the tray is in it, because some desktops open it on any click.
 * Invariant: at most one level of submenus, and a length that fits a screen whatever the catalogue holds.
 */
import type { MenuItemConstructorOptions } from 'electron';
import type { Job, State } from '../ipc/contract.ts';
import { isOffline, isRefused, offlineJobs, troubledJobs } from './tray-state.ts';
import { menuLabel, visibleName } from './visible-name.ts';

export type TrayAction =
  | { readonly do: 'mount'; readonly job: string }
  | { readonly do: 'unmount'; readonly job: string }
  | { readonly do: 'open'; readonly job: string }
  | { readonly do: 'pause'; readonly paused: boolean }
  | { readonly do: 'show'; readonly page: 'dashboard' | 'settings' }
  | { readonly do: 'quit' };

/** More would not fit a small laptop's screen together with the rest of the menu. */
const JOBS_SHOWN = 10;
const SEPARATOR: MenuItemConstructorOptions = { type: 'separator' };

const STATE_WORDS: Readonly<Record<Job['state'], string>> = {
  unmounted: '',
  mounting: ' (mounting…)',
  mounted: ' (mounted)',
  unmounting: ' (unmounting…)',
  failed: ' (failed)',
};

function stateWords(job: Job): string {
  if (isOffline(job)) return ' (offline)';
  return isRefused(job) ? ' (credentials refused)' : STATE_WORDS[job.state];
}

/**
 * One line on how things are, also the icon's tooltip. Without numbers that move: a menu that is set anew every moment closes
 * under a person's pointer.
 */
export function statusLine(state: State, fetching: boolean): string {
  const { engine, paused, jobs } = state;
  if (engine.state === 'failed') return 'The engine does not run';
  if (engine.state === 'restarting') return 'The engine is restarting';
  if (engine.state === 'starting') return 'Starting';
  if (engine.state === 'stopping') return 'Stopping';
  const [troubled, ...moreTroubled] = troubledJobs(state);
  if (troubled !== undefined) return about(troubled, moreTroubled, 'needs attention', 'need attention');
  const [offline, ...moreOffline] = offlineJobs(state);
  if (offline !== undefined) return about(offline, moreOffline, 'is offline', 'are offline');
  if (paused) return 'Fetching is paused';
  if (fetching) return 'Fetching';
  const mounted = jobs.filter(({ state }) => state === 'mounted').length;
  if (mounted === 0) return 'Nothing is mounted';
  return mounted === 1 ? '1 job is mounted' : `${mounted} jobs are mounted`;
}

function about(first: Job, more: readonly Job[], one: string, many: string): string {
  return more.length === 0 ? `${visibleName(first.name)} ${one}` : `${more.length + 1} jobs ${many}`;
}

export function trayMenu(
  state: State,
  fetching: boolean,
  perform: (action: TrayAction) => void,
): MenuItemConstructorOptions[] {
  const item = (
    label: string,
    action: TrayAction,
    more: MenuItemConstructorOptions = {},
  ): MenuItemConstructorOptions => ({
    label,
    click: () => perform(action),
    ...more,
  });
  const jobItem = (job: Job): MenuItemConstructorOptions => ({
    id: job.key,
    label: menuLabel(`${visibleName(job.name)}${stateWords(job)}`),
    submenu: [toggle(job), item('Open folder', { do: 'open', job: job.key }, { enabled: isMounted(job) })],
  });
  const toggle = ({ key, state }: Job): MenuItemConstructorOptions => {
    const there = state === 'mounted' || state === 'unmounting';
    const enabled = state !== 'mounting' && state !== 'unmounting';
    return item(there ? 'Unmount' : 'Mount', { do: there ? 'unmount' : 'mount', job: key }, { enabled });
  };
  const shown = inOrder(state.jobs).slice(0, JOBS_SHOWN);
  const hidden = state.jobs.length - shown.length;
  return [
    { label: menuLabel(statusLine(state, fetching)), enabled: false },
    SEPARATOR,
    ...shown.map(jobItem),
    ...(hidden > 0 ? [item(`${hidden} more…`, { do: 'show', page: 'dashboard' })] : []),
    ...(state.jobs.length > 0 ? [SEPARATOR] : []),
    item(
      'Pause fetching',
      { do: 'pause', paused: !state.paused },
      { type: 'checkbox', checked: state.paused },
    ),
    SEPARATOR,
    item('Dashboard', { do: 'show', page: 'dashboard' }),
    item('Settings', { do: 'show', page: 'settings' }),
    SEPARATOR,
    item('Quit', { do: 'quit' }),
  ];
}

const isMounted = ({ state }: Job): boolean => state === 'mounted';

/** What is in use or in trouble first, so that a long catalogue never hides it; else as the state has them. */
function inOrder(jobs: readonly Job[]): readonly Job[] {
  return jobs.toSorted((a, b) => Number(a.state === 'unmounted') - Number(b.state === 'unmounted'));
}

/** Equal for menus that look and do the same: setting one again would close it under a person's pointer. */
export function menuSignature(menu: readonly MenuItemConstructorOptions[]): string {
  return JSON.stringify(menu);
}
