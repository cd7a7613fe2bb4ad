/**
 * What only a desktop can do for a person, with Electron's shell and dialogs handed in. The supervisor calls it for methods
 * that came through the contract. Invariant: only absolute paths that the supervisor made reach the system.
 */
import type { Dialog, Shell } from 'electron';
import { isAbsolute } from 'node:path';
import { GhostError } from '../engine/errors.ts';
import type { DesktopHost } from '../supervisor/desktop-host.ts';

export interface HostOptions {
  readonly shell: Pick<Shell, 'showItemInFolder' | 'openPath'>;
  readonly chooseIn: (
    options: Parameters<Dialog['showOpenDialog']>[0],
  ) => ReturnType<Dialog['showOpenDialog']>;
  readonly setAutostart: (on: boolean) => Promise<void>;
}

const CATALOGUE_ENDINGS = ['db', 'sqlite', 'sqlite3', 'magnetar'];

export function createDesktopHost({ shell, chooseIn, setAutostart }: HostOptions): DesktopHost {
  return {
    reveal: (path) => shell.showItemInFolder(checked(path)),
    async openFolder(path) {
      const complaint = await shell.openPath(checked(path));
      if (complaint !== '') {
        throw new GhostError('UNSUPPORTED', `The file manager did not open ${path}: ${complaint}`);
      }
    },
    async choose(what) {
      const { canceled, filePaths } = await chooseIn(
        what === 'folder'
          ? { title: 'Choose a folder', properties: ['openDirectory', 'createDirectory'] }
          : {
              title: 'Choose a catalogue',
              properties: ['openFile'],
              filters: [
                { name: 'Catalogues', extensions: CATALOGUE_ENDINGS },
                { name: 'All files', extensions: ['*'] },
              ],
            },
      );
      return canceled ? undefined : filePaths[0];
    },
    setAutostart,
  };
}

function checked(path: string): string {
  if (isAbsolute(path) && !path.includes('\0')) return path;
  throw new GhostError('ARGUMENT_INVALID', 'Only an absolute path can be shown in the file manager.');
}
