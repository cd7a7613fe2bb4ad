/**
 * What only a desktop can do. The Electron app implements it; without a display there is none, and what needs it says so.
 * Paths are absolute and were found in the catalogue: an implementation never looks at them itself.
 */
export interface DesktopHost {
  /** Shows a file in the file manager. */
  reveal(absolutePath: string): void;
  /** Opens a folder in the file manager. Rejects when there is none. */
  openFolder(absolutePath: string): Promise<void>;
  /** Asks the person; undefined when they changed their mind. */
  choose(what: 'folder' | 'catalogue'): Promise<string | undefined>;
  /** Starts the app at login, or no longer. */
  setAutostart(on: boolean): Promise<void>;
}
