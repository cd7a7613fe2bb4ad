/**
 * Serves the built screen to the app's window under `orbit-ghost://app/`, instead of file://.
 * Invariant: nothing but the files found at the start is served, and every answer carries the content security policy.
 */
import { readScreenFiles } from '../web/screen-files.ts';
import { SECURITY_HEADERS } from '../web/security-headers.ts';
import { isOwnPage } from './navigation-policy.ts';

/** The handler of the scheme. `root` is the directory of the built screen; throws NOT_FOUND when it is not there. */
export function serveScreenFiles(root: string): (request: Pick<Request, 'url' | 'method'>) => Response {
  const files = readScreenFiles(root);
  return ({ url, method }) => {
    if (method !== 'GET' && method !== 'HEAD') return refusal(405);
    const file = isOwnPage(url) ? files.get(new URL(url).pathname) : undefined;
    if (file === undefined) return refusal(404);
    return new Response(method === 'HEAD' ? null : file.body, {
      headers: { ...SECURITY_HEADERS, ...file.headers },
    });
  };
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: SECURITY_HEADERS });
}
