/** Where files meet the desktop: paths that are dragged and revealed, and starting at log-in. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dragPath } from '../../../src-main/app/drag.ts';
import { createDesktopHost } from '../../../src-main/app/host.ts';
import {
  autostartFile,
  desktopEntry,
  keepLoginItem,
  ownCommand,
  setLoginItem,
  startedAtLogin,
} from '../../../src-main/app/login-item.ts';
import { jobOf, mounted } from './state-fixture.ts';

const GENERATOR = '/usr/lib/systemd/user-generators/systemd-xdg-autostart-generator';

describe('a dragged path', () => {
  const jobs = [mounted(1), jobOf(2)];
  const key = jobOf(1).key;

  it('is the file below the mount point', () => {
    expect(dragPath(jobs, key, 'a/b c.txt')).toBe('/mnt/job-1/a/b c.txt');
    expect(dragPath(jobs, key, 'naïve & <b>.txt')).toBe('/mnt/job-1/naïve & <b>.txt');
    expect(dragPath(jobs, key, '...')).toBe('/mnt/job-1/...');
  });

  it.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    '../x',
    'a/../../x',
    'a//b',
    'a/',
    './a',
    'a/.',
    'a\0b',
    7,
    null,
    {},
  ])('is refused when it is %j', (path) => {
    expect(dragPath(jobs, key, path)).toBeUndefined();
  });

  it('is refused for a job that is not mounted, or no job', () => {
    expect(dragPath(jobs, jobOf(2).key, 'a')).toBeUndefined();
    expect(dragPath(jobs, 'constructor', 'a')).toBeUndefined();
    expect(dragPath(jobs, undefined, 'a')).toBeUndefined();
  });

  it('never leads out of the mount', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', '/', '\\', '\0', '~'), fc.string());
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const path = dragPath(jobs, key, parts.join('/'));
        return path === undefined || path.startsWith('/mnt/job-1/');
      }),
    );
  });
});

describe('the desktop host', () => {
  function host(complaint = '', chosen?: { canceled: boolean; filePaths: string[] }) {
    const done: unknown[] = [];
    const asked = createDesktopHost({
      shell: {
        showItemInFolder: (path) => void done.push(['reveal', path]),
        openPath: (path) => {
          done.push(['open', path]);
          return Promise.resolve(complaint);
        },
      },
      chooseIn: (question) => {
        done.push(question);
        return Promise.resolve(chosen ?? { canceled: true, filePaths: [] });
      },
      setAutostart: (on) => {
        done.push(['autostart', on]);
        return Promise.resolve();
      },
    });
    return { asked, done };
  }

  it('reveals and opens absolute paths only', async () => {
    const { asked, done } = host();
    asked.reveal('/mnt/a/b');
    await asked.openFolder('/mnt/a');
    expect(done).toEqual([
      ['reveal', '/mnt/a/b'],
      ['open', '/mnt/a'],
    ]);
    expect(() => asked.reveal('a')).toThrow(/absolute/);
    expect(() => asked.reveal('/a\0')).toThrow(/absolute/);
    await expect(asked.openFolder('../a')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it('says when no file manager opened', async () => {
    await expect(host('no application').asked.openFolder('/mnt/a')).rejects.toThrow(
      /\/mnt\/a: no application/,
    );
  });

  it('asks for a folder or a catalogue', async () => {
    expect(await host().asked.choose('folder')).toBeUndefined();
    expect(await host('', { canceled: false, filePaths: [] }).asked.choose('folder')).toBeUndefined();
    const { asked, done } = host('', { canceled: false, filePaths: ['/a.db'] });
    expect(await asked.choose('catalogue')).toBe('/a.db');
    expect(done[0]).toMatchObject({ properties: ['openFile'] });
  });
});

describe('starting at log-in', () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'login-item-'));
  });

  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });

  const system = (calls: unknown[] = [], item = { openAtLogin: false, wasOpenedAtLogin: false }) => ({
    setLoginItemSettings: (settings: unknown) => void calls.push(settings),
    getLoginItemSettings: () => item,
  });

  it('is a file of the desktop on Linux, made and removed', async () => {
    const options = {
      platform: 'linux',
      env: {},
      home,
      command: ['/opt/app/orbit'],
      system: system(),
    } as const;
    const file = join(home, '.config', 'autostart', 'orbit-ghostfs.desktop');
    await setLoginItem(false, options);
    await setLoginItem(true, options);
    await setLoginItem(true, options);
    expect(readFileSync(file, 'utf8')).toBe(
      [
        '[Desktop Entry]',
        'Type=Application',
        'Name=Orbit GhostFS',
        'Comment=Remote data as local files',
        'TryExec=/opt/app/orbit',
        'Exec="/opt/app/orbit" "--at-login"',
        'Icon=orbit-ghostfs',
        'Terminal=false',
        'StartupNotify=false',
        'X-GNOME-Autostart-enabled=true',
        '',
      ].join('\n'),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(home, '.config', 'autostart'))).toHaveLength(1);
    await setLoginItem(false, options);
    expect(readdirSync(join(home, '.config', 'autostart'))).toEqual([]);
  });

  it('lies where the desktop looks', () => {
    expect(autostartFile({ XDG_CONFIG_HOME: '/c' }, '/h')).toBe('/c/autostart/orbit-ghostfs.desktop');
    expect(autostartFile({ XDG_CONFIG_HOME: 'c' }, '/h')).toBe('/h/.config/autostart/orbit-ghostfs.desktop');
  });

  it('names what stays when the program ends', () => {
    const inside = '/tmp/.mount_orbit/orbit';
    expect(ownCommand({ APPIMAGE: '/home/a/Orbit.AppImage' }, inside, undefined)).toEqual([
      '/home/a/Orbit.AppImage',
    ]);
    expect(ownCommand({}, '/opt/orbit', undefined)).toEqual(['/opt/orbit']);
    expect(ownCommand({}, '/electron', '/src/app')).toEqual(['/electron', '/src/app']);
  });

  it('cannot be given another word or line by a path', () => {
    expect(desktopEntry([`/a b"$(x)\`%f\\`])).toContain(
      String.raw`Exec="/a b\\"\\$(x)\\${'`'}%%f\\\\" "--at-login"`,
    );
    expect(() => desktopEntry(['/a\nExec=evil'])).toThrow(/control characters/);
    expect(desktopEntry([String.raw`/a b\c`])).toContain(String.raw`TryExec=/a b\\c` + '\n');
  });

  // GNOME and KDE leave it to systemd what of these files is started, and how.
  it.runIf(existsSync(GENERATOR))(
    'is understood by systemd, unless the program is gone (needs systemd)',
    async () => {
      const program = join(home, 'Orbit "Ghost" FS');
      writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
      const options = {
        platform: 'linux',
        env: {},
        home,
        command: [program, '/a %f'],
        system: system(),
      } as const;
      await setLoginItem(true, options);
      const units = (): string[] => {
        const places = ['normal', 'early', 'late'].map((name) => mkdtempSync(join(home, name)));
        execFileSync(GENERATOR, places, {
          env: { HOME: home, XDG_CONFIG_HOME: join(home, '.config'), XDG_CONFIG_DIRS: '/nowhere' },
        });
        return places.flatMap((place) =>
          readdirSync(place)
            .filter((name) => name.endsWith('.service'))
            .map((name) => readFileSync(join(place, name), 'utf8')),
        );
      };
      const [unit, ...others] = units();
      expect(others).toEqual([]);
      expect(unit).toContain(`\nExecStart=:"${home}/Orbit \\"Ghost\\" FS" "/a %%f" --at-login\n`);
      rmSync(program);
      expect(units()).toEqual([]);
    },
  );

  it('stays as a tool of the desktop has switched it off, until it is switched on', async () => {
    const options = { platform: 'linux', env: {}, home, command: ['/opt/orbit'], system: system() } as const;
    const file = autostartFile({}, home);
    await setLoginItem(true, options);
    const entry = readFileSync(file, 'utf8');
    for (const off of [
      `${entry}Hidden=true\n`,
      entry.replace('X-GNOME-Autostart-enabled=true', 'X-GNOME-Autostart-enabled=false'),
    ]) {
      writeFileSync(file, off);
      await keepLoginItem(true, options);
      expect(readFileSync(file, 'utf8')).toBe(off);
      await setLoginItem(true, options);
      expect(readFileSync(file, 'utf8')).toBe(entry);
    }
  });

  it('is the system’s own list elsewhere', async () => {
    const calls: unknown[] = [];
    const options = { env: {}, home, command: ['/app', '/src'], system: system(calls) } as const;
    await setLoginItem(true, { ...options, platform: 'darwin' });
    await setLoginItem(false, { ...options, platform: 'win32' });
    expect(calls).toEqual([
      // macOS lists the app itself and hands it no words.
      { openAtLogin: true },
      { openAtLogin: false, path: '/app', args: ['/src', '--at-login'] },
    ]);
    expect(readdirSync(home)).toEqual([]);
  });

  it('is made anew at the start, or taken away where there is one that the settings do not want', async () => {
    const options = { env: {}, home, command: ['/opt/app/orbit'] } as const;
    const file = join(home, '.config', 'autostart', 'orbit-ghostfs.desktop');
    await keepLoginItem(true, { ...options, platform: 'linux', system: system() });
    expect(existsSync(file)).toBe(true);
    await keepLoginItem(false, { ...options, platform: 'linux', system: system() });
    expect(existsSync(file)).toBe(false);
    const calls: unknown[] = [];
    await keepLoginItem(false, { ...options, platform: 'darwin', system: system(calls) });
    expect(calls).toEqual([]);
    const item = { openAtLogin: true, wasOpenedAtLogin: false };
    await keepLoginItem(false, { ...options, platform: 'darwin', system: system(calls, item) });
    expect(calls).toEqual([{ openAtLogin: false }]);
  });

  it('is known by its word, and on macOS by what the system says', () => {
    const item = (wasOpenedAtLogin: boolean) => system([], { openAtLogin: true, wasOpenedAtLogin });
    const words = ['/app', '--at-login'];
    expect(startedAtLogin({ platform: 'linux', system: item(false) }, words)).toBe(true);
    expect(startedAtLogin({ platform: 'win32', system: item(true) }, ['/app'])).toBe(false);
    expect(startedAtLogin({ platform: 'darwin', system: item(true) }, ['/app'])).toBe(true);
    expect(startedAtLogin({ platform: 'darwin', system: item(false) }, ['/app'])).toBe(false);
  });
});
