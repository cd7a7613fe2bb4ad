/**
 * The tray icon itself; what it shows comes from the tray model. Invariant: the menu is set anew after every change, because
 * Linux keeps the old one otherwise.
 */
import { Menu, nativeImage, nativeTheme, Tray } from 'electron';
import type { Logger } from '../../engine/log.ts';
import { trayIconFile } from '../tray-icon-file.ts';
import type { TrayLook } from '../tray-model.ts';

export class AppTray {
  readonly #assets: string;
  readonly #tray: Tray;
  #look: TrayLook | undefined;

  /** `click` is where the desktop tells it: GNOME and macOS open the menu instead. */
  constructor(assets: string, click: () => void) {
    this.#assets = assets;
    this.#tray = new Tray(this.#image('idle'));
    this.#tray.setToolTip('Orbit GhostFS');
    if (process.platform !== 'darwin') this.#tray.on('click', click);
    nativeTheme.on('updated', () => {
      if (this.#look !== undefined) this.show(this.#look);
    });
  }

  show(look: TrayLook): void {
    this.#look = look;
    this.#tray.setImage(this.#image(look.icon));
    this.#tray.setToolTip(look.tooltip);
    this.#tray.setContextMenu(Menu.buildFromTemplate(look.menu));
  }

  #image(icon: TrayLook['icon']): Electron.NativeImage {
    const darkSystem = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI;
    const { platform, env } = process;
    return nativeImage.createFromPath(trayIconFile(this.#assets, icon, { platform, env, darkSystem }));
  }
}

/** Undefined where the desktop refuses a tray altogether; the window remains then. */
export function createTray(assets: string, click: () => void, logger: Logger): AppTray | undefined {
  try {
    return new AppTray(assets, click);
  } catch (error) {
    logger.warn('This desktop takes no tray icon', error);
    return undefined;
  }
}
