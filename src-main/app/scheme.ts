/**
 * Serves the built screen to the app's window under `orbit-ghost://app/`, instead of file://.
 * Invariant: nothing outside the screen's directory is ever read, and every answer carries the content security policy.
 */
import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { CONTENT_SECURITY_POLICY } from '../web/content-security-policy.ts';
import { isOwnPage } from './navigation-policy.ts';

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

const START_PAGE = 'index.html';

export interface Asset {
  /** Below the screen's directory, with this system's separators. */
  readonly path: string;
  readonly type: string;
}

/** The file an address of ours means; undefined for every other address and for whatever leads out. */
export function assetOf(address: string): Asset | undefined {
  if (!isOwnPage(address)) return undefined;
  let path: string;
  try {
    path = decodeURIComponent(new URL(address).pathname);
  } catch {
    // A percent sign that introduces nothing.
    return undefined;
  }
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '..' || part === '.' || /[\\:\0]/.test(part))) return undefined;
  const name = parts.length === 0 ? [START_PAGE] : parts;
  const type = TYPES[extname(name.at(-1) ?? '').toLowerCase()];
  return type === undefined ? undefined : { path: join(...name), type };
}

/** The handler of the scheme. `root` is the directory of the built screen. */
export function serveScreenFiles(
  root: string,
): (request: Pick<Request, 'url' | 'method'>) => Promise<Response> {
  return async ({ url, method }) => {
    if (method !== 'GET' && method !== 'HEAD') return refusal(405);
    const asset = assetOf(url);
    if (asset === undefined) return refusal(404);
    try {
      const directory = await realpath(root);
      const file = await realpath(join(directory, asset.path));
      // A link inside the directory could still lead out of it.
      if (!file.startsWith(directory + sep)) return refusal(404);
      const body = await readFile(file);
      return new Response(method === 'HEAD' ? null : body, {
        headers: { ...HEADERS, 'content-type': asset.type },
      });
    } catch {
      return refusal(404);
    }
  };
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: HEADERS });
}
