/**
 * Starting at log-in: a `.desktop` file by the XDG Autostart specification on Linux, the system's own list elsewhere.
 * Invariant: the file is either whole or absent, and no character of a path can add a word to its command.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { App, LoginItemSettings, LoginItemSettingsOptions } from 'electron';
import { GhostError } from '../engine/errors.ts';
import { makeDirectory } from '../engine/make-directory.ts';

const FILE_NAME = 'orbit-ghostfs.desktop';
/** Told to the program so that it stays in the tray. */
const AT_LOGIN_WORD = '--at-login';

/** Where the file belongs. */
export function autostartFile(env: NodeJS.ProcessEnv, home: string): string {
  const chosen = env['XDG_CONFIG_HOME'];
  const config = chosen !== undefined && isAbsolute(chosen) ? chosen : join(home, '.config');
  return join(config, 'autostart', FILE_NAME);
}

/** What starts this program again: an AppImage's own file, not the place it is unpacked at while it runs. */
export function ownCommand(
  env: NodeJS.ProcessEnv,
  executable: string,
  appPath: string | undefined,
): [string, ...string[]] {
  const image = env['APPIMAGE'];
  if (image !== undefined && isAbsolute(image)) return [image];
  return appPath === undefined ? [executable] : [executable, appPath];
}

/** The file's text. Throws ARGUMENT_INVALID for a command that no such file can hold. */
export function desktopEntry(command: readonly [string, ...string[]]): string {
  const [program] = command;
  const lines = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Orbit GhostFS',
    'Comment=Remote data as local files',
    // A program that was moved or removed is passed over in silence.
    `TryExec=${program.replaceAll('\\', '\\\\')}`,
    `Exec=${[...command, AT_LOGIN_WORD].map(quoted).join(' ')}`,
    'Icon=orbit-ghostfs',
    'Terminal=false',
    // It opens no window at log-in: a desktop that waited for one would show that it is busy.
    'StartupNotify=false',
    // What GNOME's switch changes.
    'X-GNOME-Autostart-enabled=true',
  ];
  return `${lines.join('\n')}\n`;
}

/** Desktop Entry Specification, "The Exec key": quoted, then escaped once more as any string of the file is. */
function quoted(word: string): string {
  if (/\p{Cc}/u.test(word)) {
    throw new GhostError(
      'ARGUMENT_INVALID',
      'The program lies in a directory whose name holds control characters; move it to another to start it at log-in.',
    );
  }
  const escaped = word.replaceAll(/["`$\\]/g, String.raw`\$&`).replaceAll('%', '%%');
  return `"${escaped}"`.replaceAll('\\', '\\\\');
}

export interface LoginItemOptions {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly command: readonly [string, ...string[]];
  /** Electron's, used where there is no such file. */
  readonly system: Pick<App, 'setLoginItemSettings'> & {
    getLoginItemSettings(
      options?: LoginItemSettingsOptions,
    ): Pick<LoginItemSettings, 'openAtLogin' | 'wasOpenedAtLogin'>;
  };
}

/** Turns it on or off; doing so again changes nothing. */
export async function setLoginItem(
  on: boolean,
  { platform, env, home, command, system }: LoginItemOptions,
): Promise<void> {
  if (platform !== 'linux') {
    system.setLoginItemSettings({ openAtLogin: on, ...listed(platform, command) });
    return;
  }
  const file = autostartFile(env, home);
  if (!on) {
    await rm(file, { force: true });
    return;
  }
  const text = desktopEntry(command);
  makeDirectory(dirname(file), 0o700);
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, file);
}

/** How the system's list names it. macOS takes neither a path nor words: there it is always the app itself. */
function listed(
  platform: NodeJS.Platform,
  command: LoginItemOptions['command'],
): { path?: string; args?: string[] } {
  if (platform !== 'win32') return {};
  const [path, ...words] = command;
  return { path, args: [...words, AT_LOGIN_WORD] };
}

/**
 * As the settings have it, at the start: they may have changed while it was not running, and the program been moved. What a
 * person has switched off with a tool of the desktop stays off until it is switched on again, there or in the settings.
 */
export async function keepLoginItem(on: boolean, options: LoginItemOptions): Promise<void> {
  const { platform, env, home, command, system } = options;
  if (on && platform === 'linux' && (await isSwitchedOff(autostartFile(env, home)))) return;
  const isThere = (): boolean =>
    platform === 'linux' || system.getLoginItemSettings(listed(platform, command)).openAtLogin;
  if (on || isThere()) await setLoginItem(on, options);
}

/** GNOME's tools change a key of their own, others the specification's. */
async function isSwitchedOff(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^(?:Hidden *= *true|X-GNOME-Autostart-enabled *= *false) *$/m.test(text);
}

/** Whether the system started this process at log-in. */
export function startedAtLogin(
  { platform, system }: Pick<LoginItemOptions, 'platform' | 'system'>,
  words: readonly string[],
): boolean {
  return platform === 'darwin'
    ? system.getLoginItemSettings().wasOpenedAtLogin
    : words.includes(AT_LOGIN_WORD);
}
