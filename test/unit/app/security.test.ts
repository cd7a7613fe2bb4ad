/**
 * The security settings of the app's window, each asserted: what a page may do, where it may go, what it is served, and that
 * nothing else of the product loads Electron.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Session, WebContents } from 'electron';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { APP_ORIGIN, externalAddress, isOwnPage } from '../../../src-main/app/navigation-policy.ts';
import { serveScreenFiles } from '../../../src-main/app/scheme.ts';
import { CONTENT_SECURITY_POLICY } from '../../../src-main/web/content-security-policy.ts';
import { denyPermissions, guardNavigation, webPreferences } from '../../../src-main/app/secure-window.ts';
import { projectRoot } from '../../helpers/system.ts';

const FOREIGN = [
  'https://example.org/',
  'http://127.0.0.1:8080/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,x',
  'about:blank',
  'orbit-ghost://other/',
  'orbit-ghost://app.example.org/',
  'orbit-ghost://app:80/',
  'orbit-ghost://user@app/',
  'orbit-ghost-evil://app/',
  'orbit-ghost:app/',
  'https://orbit-ghost://app/',
  ' ',
  '',
];

describe('the window', () => {
  it('is created with these preferences', () => {
    expect(webPreferences('/preload.cjs')).toEqual({
      preload: '/preload.cjs',
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
    });
  });

  it('answers every permission with no', () => {
    const answers: unknown[] = [];
    const contents = {} as WebContents;
    const session: Parameters<typeof denyPermissions>[0] = {
      setPermissionRequestHandler: (handler) =>
        handler?.(contents, 'media', (granted) => answers.push(granted), {
          requestingUrl: APP_ORIGIN,
          isMainFrame: true,
        }),
      setPermissionCheckHandler: (handler) =>
        answers.push(handler?.(contents, 'notifications', APP_ORIGIN, { isMainFrame: true })),
      setDevicePermissionHandler: (handler) =>
        answers.push(handler?.({ deviceType: 'usb', origin: APP_ORIGIN } as Parameters<typeof handler>[0])),
    } satisfies Pick<
      Session,
      'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
    >;
    denyPermissions(session);
    expect(answers).toEqual([false, false, false]);
  });
});

describe('navigation', () => {
  type Listener = (event: { url: string; preventDefault: () => void }) => void;

  function guarded() {
    const listeners = new Map<string, Listener>();
    const opened: string[] = [];
    const refused: string[] = [];
    let open: Parameters<WebContents['setWindowOpenHandler']>[0] | undefined;
    const contents = {
      on: (event: string, listener: Listener) => listeners.set(event, listener),
      setWindowOpenHandler: (handler: typeof open) => (open = handler),
    };
    guardNavigation(contents as unknown as WebContents, {
      openExternal: (address) => opened.push(address),
      refused: (what) => refused.push(what),
    });
    return {
      opened,
      refused,
      events: () => [...listeners.keys()].toSorted(),
      /** Whether the page may go there. */
      goes: (event: string, url: string): boolean => {
        let stays = false;
        listeners.get(event)?.({ url, preventDefault: () => (stays = true) });
        return !stays;
      },
      opens: (url: string) => open?.({ url } as Parameters<typeof open>[0]),
    };
  }

  it('stays on our own pages, also by redirect and in frames', () => {
    const page = guarded();
    expect(page.events()).toEqual([
      'will-attach-webview',
      'will-frame-navigate',
      'will-navigate',
      'will-redirect',
    ]);
    for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      expect(page.goes(event, `${APP_ORIGIN}/#/settings`)).toBe(true);
      for (const address of FOREIGN) expect(page.goes(event, address), `${event} ${address}`).toBe(false);
    }
    expect(page.opened).toEqual([]);
  });

  it('never takes a webview', () => {
    expect(guarded().goes('will-attach-webview', `${APP_ORIGIN}/`)).toBe(false);
  });

  it('opens no window, and hands only https to the browser', () => {
    const page = guarded();
    for (const address of [...FOREIGN, `${APP_ORIGIN}/`]) {
      expect(page.opens(address), address).toEqual({ action: 'deny' });
    }
    expect(page.opened).toEqual(['https://example.org/', 'https://orbit-ghost//app/']);
    expect(page.refused).toHaveLength(FOREIGN.length - 1);
  });

  it('is decided on parsed addresses', () => {
    expect(isOwnPage('ORBIT-GHOST://app/x')).toBe(true);
    for (const address of FOREIGN) expect(isOwnPage(address), address).toBe(false);
    expect(externalAddress('HTTPS://Example.org/a b')).toBe('https://example.org/a%20b');
    expect(externalAddress('https://bank.example@evil.example/')).toBeUndefined();
    expect(externalAddress('http://example.org/')).toBeUndefined();
    expect(externalAddress('smb://host/share')).toBeUndefined();
  });
});

describe('the scheme', () => {
  let place: string;

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'scheme-'));
    mkdirSync(join(place, 'screen', 'assets'), { recursive: true });
    writeFileSync(join(place, 'screen', 'index.html'), '<!doctype html>');
    writeFileSync(join(place, 'screen', 'assets', 'main.js'), 'true');
    writeFileSync(join(place, 'secret.js'), 'secret');
    symlinkSync(join(place, 'secret.js'), join(place, 'screen', 'link.js'));
    symlinkSync(place, join(place, 'screen', 'out'));
  });

  afterEach(() => {
    rmSync(place, { recursive: true, force: true });
  });

  const get = (address: string, method = 'GET'): Response =>
    serveScreenFiles(join(place, 'screen'))({ url: address, method });

  it('serves the screen with its types', async () => {
    const page = get(`${APP_ORIGIN}/#/settings`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toBe('<!doctype html>');
    const script = get(`${APP_ORIGIN}/assets/main.js?v=1`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(await get(`${APP_ORIGIN}/`, 'HEAD').text()).toBe('');
  });

  it('sends the policy with everything, failures too', () => {
    expect(CONTENT_SECURITY_POLICY).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    for (const address of [`${APP_ORIGIN}/`, `${APP_ORIGIN}/assets/main.js`, `${APP_ORIGIN}/missing.js`]) {
      const { headers } = get(address);
      expect(headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it.each([
    '/../secret.js',
    '/%2e%2e/secret.js',
    '/assets/..%2f..%2fsecret.js',
    '/..%5csecret.js',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.js',
    '/%00.js',
    '/%.js',
    '/link.js',
    '/out/secret.js',
    '//secret.js',
    '/C:/secret.js',
    '/assets',
    '/missing.js',
    '/index.html%00.js',
    '/.env',
  ])('never leaves its directory: %s', (path) => {
    expect(get(`${APP_ORIGIN}${path}`).status).toBe(404);
  });

  it('knows no other host and no other method', () => {
    for (const address of FOREIGN) expect(get(address).status, address).toBe(404);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'get']) {
      expect(get(`${APP_ORIGIN}/`, method).status).toBe(405);
    }
  });

  it('serves what was there at the start, or says that nothing was', async () => {
    const serve = serveScreenFiles(join(place, 'screen'));
    rmSync(join(place, 'screen'), { recursive: true });
    expect(await serve({ url: `${APP_ORIGIN}/`, method: 'GET' }).text()).toBe('<!doctype html>');
    expect(() => get(`${APP_ORIGIN}/`)).toThrow(/The screen is not in .*npm run build/);
  });
});

describe('Electron', () => {
  /** Only what Electron itself starts. */
  const ALLOWED = /^src-main\/(main\.ts|app\/electron\/[^/]+\.ts|ipc\/preload\.ts)$/;
  const files = readdirSync(join(projectRoot, 'src-main'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)));
  const imports = (file: string, pattern: RegExp): boolean =>
    pattern.test(readFileSync(join(projectRoot, file), 'utf8'));

  it('is loaded by the app’s own files alone', () => {
    const loads =
      /^(?!import type\b)(?:import|export)\b[^;]*?from 'electron'|(?:import|require)\(\s*['"]electron/m;
    const found = files.filter((file) => imports(file, loads));
    expect(found).toContain('src-main/main.ts');
    expect(found.filter((file) => !ALLOWED.test(file))).toEqual([]);
  });

  it('is reached through no other file', () => {
    const reaches = /^(?!import type\b)(?:import|export)\b[^;]*?from '[^']*(?:app\/electron\/|\/main\.ts)/m;
    const found = files.filter((file) => imports(file, reaches) && !ALLOWED.test(file));
    expect(found.filter((file) => !file.startsWith('src-main/cli/'))).toEqual([]);
  });

  it('hears messages only where their sender is checked', () => {
    const raw = files.filter((file) => imports(file, /\bipcMain\b/));
    expect(raw).toEqual(['src-main/app/electron/shown-program.ts']);
    expect(imports('src-main/app/electron/shown-program.ts', /ipcMain\./)).toBe(false);
  });
});
