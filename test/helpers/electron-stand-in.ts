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
  /** Of the next questions, by button. */
  | { readonly do: 'answer'; readonly button: number }
  /** As the page's preload script sends it. */
  | { readonly do: 'say'; readonly channel: string; readonly words: readonly unknown[] };

function tell(what: string, detail: unknown = null): void {
  process.send?.({ what, detail } satisfies Told);
}

class App extends EventEmitter {
  readonly isPackaged = false;
  readonly requestSingleInstanceLock = (): boolean => {
    tell('lock');
    return true;
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
    this.emit('before-quit', { preventDefault: () => tell('quit prevented') });
  };
}

class Contents extends EventEmitter {
  readonly mainFrame = { frameTreeNodeId: 1, parent: null, url: 'orbit-ghost://app/' };
  readonly isDestroyed = (): boolean => false;
  readonly send = (_channel: string, message: unknown): void => tell('answer', message);
  readonly startDrag = ({ file }: { readonly file: string }): void => tell('drag', file);
  readonly setWindowOpenHandler = (): void => tell('window opening handled');
}

let menu: readonly MenuItem[] = [];
let button = 0;
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
  defaultSession: Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: () => tell('permission requests'),
    setPermissionCheckHandler: () => tell('permission checks'),
    setDevicePermissionHandler: () => tell('device permissions'),
  }),
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
    return Promise.resolve({ response: button });
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
  readonly webContents = new Contents();

  constructor({ webPreferences }: { readonly webPreferences: unknown }) {
    super();
    tell('window', webPreferences);
    windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }

  readonly loadURL = (address: string): Promise<void> => {
    tell('load', address);
    setImmediate(() => this.emit('ready-to-show'));
    return Promise.resolve();
  };
  readonly show = (): void => tell('show');
  readonly hide = (): void => tell('hide');
  readonly minimize = (): void => tell('minimise');
  readonly focus = (): void => {};
  readonly isMinimized = (): boolean => false;
  readonly isVisible = (): boolean => true;
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
    case 'answer':
      ({ button } = deed);
      break;
    case 'say': {
      const contents = windows[0]?.webContents;
      ipcMain.emit(deed.channel, { sender: contents, senderFrame: contents?.mainFrame }, ...deed.words);
    }
  }
}

process.on('message', (deed) => perform(deed as Deed));
