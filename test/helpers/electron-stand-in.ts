/**
 * Stands in for Electron where there is no binary: what the app tells the system goes to the test as a message, and the test
 * does what a person would. Everything behind it, from src-main/main.ts to the kernel's mount, is the real thing.
 */
import { EventEmitter } from 'node:events';

interface MenuItem {
  readonly label?: string;
  readonly click?: () => void;
  readonly submenu?: readonly MenuItem[];
}

/** What the app told the system, in order. */
export interface Told {
  readonly what: string;
  readonly detail: unknown;
}

/** What a person does. */
export type Deed =
  | { readonly do: 'click'; readonly path: readonly string[] }
  | { readonly do: 'close' }
  | { readonly do: 'second-instance' }
  /** By the system's own means, such as a key of the desktop. */
  | { readonly do: 'quit' }
  /** Of the open question or the next ones, by button; below zero, the person takes no notice of them. */
  | { readonly do: 'answer'; readonly button: number }
  /** The page's process ends. */
  | { readonly do: 'crash' }
  /** From now on the page can be loaded, or not. */
  | { readonly do: 'page'; readonly loads: boolean }
  /** As the page's preload script sends it. */
  | { readonly do: 'say'; readonly channel: string; readonly words: readonly unknown[] };

function tell(what: string, detail: unknown = null): void {
  process.send?.({ what, detail } satisfies Told);
}

class App extends EventEmitter {
  readonly isPackaged = false;
  readonly requestSingleInstanceLock = (): boolean => {
    tell('lock');
    return process.env['STAND_IN_LOCK'] !== 'taken';
  };
  readonly enableSandbox = (): void => tell('sandbox');
  readonly setAppUserModelId = (): void => {};
  readonly whenReady = (): Promise<void> => {
    tell('ready');
    return Promise.resolve();
  };
  readonly getVersion = (): string => '0.0.0';
  readonly getAppPath = (): string => '/app';
  readonly exit = (code: number): void => {
    tell('exit', code);
    process.exit(code);
  };
  readonly quit = (): void => {
    let prevented = false;
    this.emit('before-quit', { preventDefault: () => (prevented = true) });
    if (prevented) tell('quit prevented');
    else this.exit(0);
  };
}

class Contents extends EventEmitter {
  readonly mainFrame = { frameTreeNodeId: 1, parent: null, url: 'orbit-ghost://app/' };
  readonly isDestroyed = (): boolean => false;
  readonly send = (_channel: string, message: unknown): void => tell('answer', message);
  readonly startDrag = ({ file }: { readonly file: string }): void => tell('drag', file);
  readonly setWindowOpenHandler = (): void => tell('window opening handled');
  readonly getURL = (): string => this.mainFrame.url;
  readonly reload = (): void => {
    tell('reload');
    this.begin();
  };

  /** A load from its start to what becomes of it. */
  begin(): void {
    this.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    setImmediate(() => {
      if (pageLoads) windows[0]?.emit('ready-to-show');
      else this.emit('did-fail-load', {}, -2, 'ERR_FAILED', this.mainFrame.url, true);
    });
  }
}

let pageLoads = true;
let menu: readonly MenuItem[] = [];
let button = 0;
let answer = (): void => {};
/** The app has one. */
const windows: BrowserWindow[] = [];

export const app = new App();
export const ipcMain = new EventEmitter();
export const powerMonitor = new EventEmitter();
export const nativeTheme = Object.assign(new EventEmitter(), {
  shouldUseDarkColorsForSystemIntegratedUI: true,
});
export const nativeImage = { createFromPath: (path: string) => ({ path, isEmpty: () => false }) };
export const protocol = {
  registerSchemesAsPrivileged: (schemes: unknown) => tell('schemes', schemes),
  handle: (scheme: string) => tell('handle', scheme),
};
export const session = {
  defaultSession: {
    on: (event: string) => tell(`session ${event}`),
    setPermissionRequestHandler: () => tell('permission requests'),
    setPermissionCheckHandler: () => tell('permission checks'),
    setDevicePermissionHandler: () => tell('device permissions'),
  },
};
export const shell = {
  openExternal: () => Promise.resolve(),
  showItemInFolder: (path: string) => tell('reveal', path),
  openPath: (path: string) => {
    tell('open', path);
    return Promise.resolve('');
  },
};
export const dialog = {
  showErrorBox: (title: string, text: string) => tell('error box', `${title}: ${text}`),
  showMessageBox: (...words: readonly unknown[]) => {
    tell('question', words.at(-1));
    return new Promise((resolve) => {
      answer = () => {
        if (button >= 0) resolve({ response: button });
      };
      answer();
    });
  },
  showOpenDialog: () => Promise.resolve({ canceled: true, filePaths: [] }),
};
export const Menu = {
  setApplicationMenu: () => {},
  buildFromTemplate: (template: readonly MenuItem[]) => template,
};

export class Tray extends EventEmitter {
  readonly setToolTip = (): void => {};
  readonly setImage = ({ path }: { readonly path: string }): void => tell('icon', path);
  readonly setContextMenu = (next: readonly MenuItem[]): void => {
    menu = next;
    tell(
      'menu',
      next.map(({ label }) => label).filter((label) => label !== undefined),
    );
  };
}

export class Notification extends EventEmitter {
  static isSupported(): boolean {
    return true;
  }

  constructor(options: unknown) {
    super();
    tell('notification', options);
  }

  readonly show = (): void => {};
}

export class BrowserWindow extends EventEmitter {
  static getAllWindows(): readonly BrowserWindow[] {
    return windows;
  }

  readonly webContents = new Contents();
  #visible = false;

  constructor({ webPreferences }: { readonly webPreferences: unknown }) {
    super();
    tell('window', webPreferences);
    windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }

  readonly loadURL = (address: string): Promise<void> => {
    tell('load', address);
    this.webContents.begin();
    return Promise.resolve();
  };
  readonly show = (): void => {
    this.#visible = true;
    tell('show');
    this.emit('show');
  };
  readonly hide = (): void => tell('hide');
  readonly minimize = (): void => tell('minimise');
  readonly focus = (): void => {};
  readonly isMinimized = (): boolean => false;
  readonly isVisible = (): boolean => this.#visible;
  readonly isFocused = (): boolean => false;
}

function perform(deed: Deed): void {
  switch (deed.do) {
    case 'click': {
      let item: MenuItem | undefined = { submenu: menu };
      for (const name of deed.path) item = item?.submenu?.find(({ label }) => label?.startsWith(name));
      item?.click?.();
      break;
    }
    case 'close':
      windows[0]?.emit('close', { preventDefault: () => tell('close prevented') });
      break;
    case 'second-instance':
      app.emit('second-instance');
      break;
    case 'quit':
      app.quit();
      break;
    case 'answer':
      ({ button } = deed);
      answer();
      break;
    case 'page':
      pageLoads = deed.loads;
      break;
    case 'crash':
      windows[0]?.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
      break;
    case 'say': {
      const contents = windows[0]?.webContents;
      ipcMain.emit(deed.channel, { sender: contents, senderFrame: contents?.mainFrame }, ...deed.words);
    }
  }
}

process.on('message', (deed) => perform(deed as Deed));
