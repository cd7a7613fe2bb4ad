/** Which of the drawn files the tray shows. They are made by build/make-icons.mjs; macOS colours its own. */
import { join } from 'node:path';
import type { TrayIcon } from './tray-state.ts';

export interface Panel {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  /** Whether the system's own bars are dark, as far as it tells. */
  readonly darkSystem: boolean;
}

/** Their panel is dark whatever the theme. */
const DARK_PANELS = /\b(gnome|unity|pantheon)\b/i;

/** `assets` is the directory of that name. Beside the file lies its `@2x`, which Electron finds by itself. */
export function trayIconFile(assets: string, icon: TrayIcon, { platform, env, darkSystem }: Panel): string {
  if (platform === 'darwin') return join(assets, 'tray', `${icon}Template.png`);
  const ending = platform === 'win32' ? 'ico' : 'png';
  const dark = darkSystem || (platform === 'linux' && DARK_PANELS.test(env['XDG_CURRENT_DESKTOP'] ?? ''));
  return join(assets, 'tray', `${icon}-${dark ? 'dark' : 'light'}.${ending}`);
}
