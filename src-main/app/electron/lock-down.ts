/**
 * What holds for every page the app could ever show, set before the first one exists: navigation, permissions, downloads and
 * the scheme our own page comes from.
 */
import { app, protocol, session, shell } from 'electron';
import type { Logger } from '../../engine/log.ts';
import { APP_SCHEME } from '../navigation-policy.ts';
import { serveScreenFiles } from '../scheme.ts';
import { denyPermissions, guardNavigation } from '../secure-window.ts';

/** Before Electron is ready. */
export function lockDownApp(): void {
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Once it is ready. `screenRoot` is the directory of the built screen. */
export function lockDownPages(screenRoot: string, logger: Logger): void {
  app.on('web-contents-created', (_event, contents) => {
    guardNavigation(contents, {
      openExternal: (address) => {
        shell
          .openExternal(address)
          .catch((error: unknown) => logger.warn('No browser opened an address', error));
      },
      refused: (what, address) => logger.warn(`A ${what} was refused`, { address }),
    });
  });
  denyPermissions(session.defaultSession);
  session.defaultSession.on('will-download', (event) => event.preventDefault());
  protocol.handle(APP_SCHEME, serveScreenFiles(screenRoot));
}
