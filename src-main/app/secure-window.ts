/**
 * How every window of the app is locked down. Invariant: the page is sandboxed, sees no Node, opens no window, leaves our
 * origin never and is granted no permission.
 */
import type { Session, WebContents, WebPreferences } from 'electron';
import { externalAddress, isOwnPage } from './navigation-policy.ts';

export function webPreferences(preload: string): WebPreferences {
  return {
    preload,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    safeDialogs: true,
    spellcheck: false,
  };
}

type GuardedSession = Pick<
  Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
>;

/** Every question a page can ask the system for is answered with no. */
export function denyPermissions(session: GuardedSession): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
}

export interface GuardOptions {
  /** Opens an https address in the system's browser. */
  readonly openExternal: (address: string) => void;
  readonly refused: (what: string, address: string) => void;
}

/** Keeps a page where it is. Belongs on every WebContents the moment it is created. */
export function guardNavigation(
  contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>,
  { openExternal, refused }: GuardOptions,
): void {
  const stay = (what: string) => (details: { readonly url: string; preventDefault(): void }) => {
    if (isOwnPage(details.url)) return;
    details.preventDefault();
    refused(what, details.url);
  };
  contents.on('will-navigate', stay('navigation'));
  contents.on('will-frame-navigate', stay('navigation of a frame'));
  contents.on('will-redirect', stay('redirect'));
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
    refused('webview', '');
  });
  contents.setWindowOpenHandler(({ url }) => {
    const address = externalAddress(url);
    if (address === undefined) refused('window', url);
    else openExternal(address);
    return { action: 'deny' };
  });
}
