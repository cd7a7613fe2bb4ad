/** What the tray shows and offers: its icon over time, its menu, and that it changes only when something looks different. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it } from 'vitest';
import { trayIconFile } from '../../../src-main/app/tray-icon-file.ts';
import { menuSignature, statusLine, trayMenu, type TrayAction } from '../../../src-main/app/tray-menu.ts';
import { TrayModel, type TrayLook } from '../../../src-main/app/tray-model.ts';
import {
  momentaryIcon,
  TRAY_ICONS,
  TrayIconHolder,
  type TrayIcon,
} from '../../../src-main/app/tray-state.ts';
import type { Activity, Job, State, TopicEvent, TopicName } from '../../../src-main/ipc/contract.ts';
import { projectRoot } from '../../helpers/system.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import { activityOf, engine, jobOf, mounted, problem, stateOf } from './state-fixture.ts';

describe('the icon for a moment', () => {
  const unreachable = mounted(1, { source: 'away', problem: problem('SOURCE_UNREACHABLE') });

  it.each<[what: string, State, Activity | undefined, TrayIcon]>([
    ['nothing going on', stateOf(), undefined, 'idle'],
    ['mounted, nobody reads', stateOf([mounted(1)]), activityOf(0), 'idle'],
    ['bytes come in', stateOf([mounted(1)]), activityOf(1_000), 'fetching'],
    ['a source is away', stateOf([unreachable]), activityOf(1_000), 'offline'],
    ['the engine restarts', stateOf([], engine('restarting')), undefined, 'offline'],
    [
      'a job failed, another is offline',
      stateOf([unreachable, jobOf(2, { state: 'failed' })]),
      undefined,
      'error',
    ],
    ['credentials expired', stateOf([unreachable, mounted(2, { source: 'refused' })]), undefined, 'error'],
    [
      'a file could not be had, its source is there',
      stateOf([mounted(1, { problem: problem('BLOCK_CORRUPT') })]),
      undefined,
      'idle',
    ],
    ['the engine gave up', stateOf([], engine('failed')), undefined, 'error'],
    [
      'a job that is not mounted any more',
      stateOf([jobOf(1, { source: 'away', problem: problem('TIMEOUT') })]),
      undefined,
      'idle',
    ],
  ])('%s', (_what, state, activity, icon) => {
    expect(momentaryIcon(state, activity)).toBe(icon);
  });

  it('takes a transfer that has its place for fetching, not one that waits', () => {
    const transfer = {
      id: '1',
      job: jobOf(1).key,
      path: 'a',
      firstBlock: 0,
      blocks: 1,
      bytes: 1,
      received: 0,
    };
    const rest = { priority: 'user', rate: 0, startedAt: 0 } as const;
    const at = (source: string): Activity => ({
      ...activityOf(0),
      transfers: [{ ...transfer, ...rest, source }],
    });
    expect(momentaryIcon(stateOf([mounted(1)]), at('http://example.org/'))).toBe('fetching');
    expect(momentaryIcon(stateOf([mounted(1)]), at(''))).toBe('idle');
  });
});

describe('the icon over time', () => {
  it('rises at once, sinks after a hold, and never flickers between bursts', async () => {
    const clock = new VirtualClock();
    const shown: TrayIcon[] = [];
    const holder = new TrayIconHolder(clock, (icon) => shown.push(icon));
    for (let burst = 0; burst < 20; burst += 1) {
      holder.update('fetching');
      await clock.advance(250);
      holder.update('idle');
      await clock.advance(1_500);
    }
    expect(shown).toEqual(['fetching']);
    holder.update('error');
    expect(shown).toEqual(['fetching', 'error']);
    holder.update('idle');
    holder.update('fetching');
    await clock.advance(1_900);
    expect(holder.shown).toBe('error');
    await clock.advance(100);
    expect(holder.shown).toBe('fetching');
    holder.update('idle');
    await clock.advance(2_000);
    expect(shown).toEqual(['fetching', 'error', 'fetching', 'idle']);
    expect(clock.pending).toBe(0);
  });

  it('sinks to what is wanted when the hold ends', async () => {
    const clock = new VirtualClock();
    const holder = new TrayIconHolder(clock, () => {});
    holder.update('offline');
    holder.update('fetching');
    await clock.advance(4_000);
    holder.update('idle');
    await clock.advance(1_000);
    expect(holder.shown).toBe('idle');
    holder.update('error');
    holder.update('idle');
    holder.close();
    expect(clock.pending).toBe(0);
  });
});

describe('the menu', () => {
  const nothing = (): void => {};
  const labels = (menu: readonly MenuItemConstructorOptions[]): (string | undefined)[] =>
    menu.filter(({ type }) => type !== 'separator').map(({ label }) => label);
  const submenu = (item: MenuItemConstructorOptions | undefined): MenuItemConstructorOptions[] =>
    Array.isArray(item?.submenu) ? item.submenu : [];
  // What a menu does when an item is clicked; Electron's own arguments are not used.
  const click = (item: MenuItemConstructorOptions | undefined): void =>
    (item?.click as (() => void) | undefined)?.();

  it('has everything the tray can do', () => {
    const menu = trayMenu(stateOf([mounted(1), jobOf(2)]), false, nothing);
    expect(labels(menu)).toEqual([
      '1 job is mounted',
      'Job 1 (mounted)',
      'Job 2',
      'Pause fetching',
      'Dashboard',
      'Settings',
      'Quit',
    ]);
    expect(menu[0]?.enabled).toBe(false);
    expect(labels(submenu(menu[2]))).toEqual(['Unmount', 'Open folder']);
    expect(labels(submenu(menu[3]))).toEqual(['Mount', 'Open folder']);
    expect(submenu(menu[2])[1]?.enabled).toBe(true);
    expect(submenu(menu[3])[1]?.enabled).toBe(false);
  });

  it('says which jobs cannot fetch, and why', () => {
    const jobs = [mounted(1), mounted(2, { source: 'away' }), mounted(3, { source: 'refused' })];
    expect(labels(trayMenu(stateOf(jobs), false, nothing)).slice(1, 4)).toEqual([
      'Job 1 (mounted)',
      'Job 2 (offline)',
      'Job 3 (credentials refused)',
    ]);
  });

  it('does what its items say', () => {
    const done: TrayAction[] = [];
    const menu = trayMenu(stateOf([mounted(1), jobOf(2)], { paused: true }), false, (action) =>
      done.push(action),
    );
    for (const item of menu) click(item);
    for (const item of [...submenu(menu[2]), ...submenu(menu[3])]) click(item);
    const [first, second] = [jobOf(1).key, jobOf(2).key];
    expect(done).toEqual([
      { do: 'pause', paused: false },
      { do: 'show', page: 'dashboard' },
      { do: 'show', page: 'settings' },
      { do: 'quit' },
      { do: 'unmount', job: first },
      { do: 'open', job: first },
      { do: 'mount', job: second },
      { do: 'open', job: second },
    ]);
  });

  it('stays short and flat with many jobs, and shows those in use', () => {
    const jobs = [...Array.from({ length: 199 }, (_, index) => jobOf(index)), mounted(199)];
    const menu = trayMenu(stateOf(jobs), false, nothing);
    expect(menu.length).toBeLessThan(25);
    expect(labels(menu)[1]).toBe('Job 199 (mounted)');
    expect(labels(menu)).toContain('190 more…');
    for (const item of menu) {
      for (const inner of submenu(item)) expect(inner.submenu).toBeUndefined();
    }
  });

  it.each<[Parameters<typeof jobOf>[1], string, boolean]>([
    [{ state: 'mounting' }, 'Mount', false],
    [{ state: 'unmounting' }, 'Unmount', false],
    [{ state: 'failed' }, 'Mount', true],
  ])('offers no second change while one is under way: %o', (change, label, enabled) => {
    const [toggle] = submenu(trayMenu(stateOf([jobOf(1, change)]), false, nothing)[2]);
    expect(toggle).toMatchObject({ label, enabled });
  });

  it.each<[string, string]>([
    ['R&D', 'R&&D'],
    ['a\nb\tc\u0000', 'a\u{fffd}b\u{fffd}c\u{fffd}'],
    ['\u202egpj.exe', '\u{fffd}gpj.exe'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['x'.repeat(10_000), `${'x'.repeat(39)}…`],
    ['👨‍👩‍👧'.repeat(3), '👨‍👩‍👧'.repeat(3)],
    ['', '(no name)'],
  ])('shows the name %j as text', (name, label) => {
    expect(labels(trayMenu(stateOf([jobOf(1, { name })]), false, nothing))[1]).toBe(label);
  });

  it('has one line on how things are', () => {
    const of = (state: State, fetching = false): string => statusLine(state, fetching);
    expect(of(stateOf([], engine('failed')))).toBe('The engine does not run');
    expect(of(stateOf([], engine('restarting')))).toBe('The engine is restarting');
    expect(of(stateOf([], engine('starting')))).toBe('Starting');
    expect(of(stateOf([], engine('stopping')))).toBe('Stopping');
    expect(of(stateOf([jobOf(1, { state: 'failed' })]))).toBe('Job 1 needs attention');
    const away = { source: 'away' } as const;
    expect(of(stateOf([mounted(1, away), mounted(2, away)]))).toBe('2 jobs are offline');
    expect(of(stateOf([mounted(1, away), mounted(2, { source: 'refused' })]))).toBe('Job 2 needs attention');
    expect(of(stateOf([mounted(1)], { paused: true }), true)).toBe('Fetching is paused');
    expect(of(stateOf([mounted(1)]), true)).toBe('Fetching');
    expect(of(stateOf())).toBe('Nothing is mounted');
    expect(of(stateOf([mounted(1), mounted(2)]))).toBe('2 jobs are mounted');
  });

  it('is another one when jobs of one name change places: a click would act on the wrong one', () => {
    const jobs = [jobOf(1, { name: 'survey' }), jobOf(2, { name: 'survey' })];
    const signature = (list: readonly Job[]): string =>
      menuSignature(trayMenu(stateOf(list), false, nothing));
    expect(signature(jobs)).toBe(signature(jobs));
    expect(signature(jobs)).not.toBe(signature(jobs.toReversed()));
  });

  it('is the same for states that look the same', () => {
    const menu = (bytes: number): string =>
      menuSignature(trayMenu(stateOf([mounted(1, { cachedBytes: bytes })]), true, nothing));
    expect(menu(1)).toBe(menu(2));
  });
});

describe('the model', () => {
  /** The topics a model subscribes to, to be fed by hand. */
  function hub() {
    const listeners = new Map<TopicName, (event: never) => void>();
    return {
      topics: () => [...listeners.keys()],
      feed: <Name extends TopicName>(topic: Name, event: TopicEvent<Name>) =>
        listeners.get(topic)?.(event as never),
      client: {
        subscribe: (topic: TopicName, _input: unknown, listener: (event: never) => void) => {
          listeners.set(topic, listener);
          return () => void listeners.delete(topic);
        },
      },
    };
  }

  it('tells of changes only, and counts activity only while something is mounted', async () => {
    const { client, feed, topics } = hub();
    const clock = new VirtualClock();
    const looks: TrayLook[] = [];
    let states = 0;
    const model = new TrayModel({
      client,
      clock,
      perform: () => {},
      changed: (look) => looks.push(look),
      onState: () => (states += 1),
    });
    expect(topics()).toEqual(['state']);
    feed('state', stateOf([jobOf(1)]));
    feed('state', stateOf([jobOf(1)]));
    expect(looks).toHaveLength(1);
    expect(states).toBe(2);
    feed('state', stateOf([mounted(1)]));
    expect(topics()).toEqual(['state', 'activity']);
    for (let time = 0; time < 10; time += 1) feed('activity', activityOf(1_000 + time));
    expect(looks.map(({ icon }) => icon)).toEqual(['idle', 'idle', 'fetching']);
    expect(looks.at(-1)?.tooltip).toBe('Orbit GhostFS: Fetching');
    feed('state', stateOf([jobOf(1)]));
    expect(topics()).toEqual(['state']);
    await clock.advance(2_000);
    expect(looks.at(-1)).toMatchObject({ icon: 'idle', tooltip: 'Orbit GhostFS: Nothing is mounted' });
    model.close();
    expect(topics()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('the icon’s file', () => {
  const assets = join(projectRoot, 'assets');

  it('is there for every state, system and panel, with its larger version', () => {
    for (const icon of TRAY_ICONS) {
      for (const platform of ['linux', 'win32', 'darwin'] as const) {
        for (const darkSystem of [true, false]) {
          const file = trayIconFile(assets, icon, { platform, env: {}, darkSystem });
          expect(existsSync(file), file).toBe(true);
          if (platform !== 'win32') expect(existsSync(file.replace('.png', '@2x.png')), file).toBe(true);
        }
      }
    }
  });

  it('is as large as a Linux panel draws it, and twice that on dense displays', () => {
    // PNG, section 11.2.1: width and height lead the header's data.
    const sizeOf = (file: string): number[] => {
      const header = readFileSync(file);
      return [header.readUInt32BE(16), header.readUInt32BE(20)];
    };
    for (const icon of TRAY_ICONS) {
      for (const darkSystem of [true, false]) {
        const file = trayIconFile(assets, icon, { platform: 'linux', env: {}, darkSystem });
        expect(sizeOf(file)).toEqual([22, 22]);
        expect(sizeOf(file.replace('.png', '@2x.png'))).toEqual([44, 44]);
      }
    }
  });

  it('suits the panel', () => {
    const file = (desktop: string, darkSystem: boolean): string =>
      trayIconFile('/a', 'idle', { platform: 'linux', env: { XDG_CURRENT_DESKTOP: desktop }, darkSystem });
    expect(file('ubuntu:GNOME', false)).toBe('/a/tray/idle-dark.png');
    expect(file('KDE', false)).toBe('/a/tray/idle-light.png');
    expect(file('KDE', true)).toBe('/a/tray/idle-dark.png');
    expect(trayIconFile('/a', 'error', { platform: 'darwin', env: {}, darkSystem: true })).toBe(
      '/a/tray/errorTemplate.png',
    );
  });
});
