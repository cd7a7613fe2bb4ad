/**
 * Who may speak to the browser screen at all: pages of its own origin under a name of this machine. Invariant: a request that
 * came here through another name (DNS rebinding) or from another page is refused before anything else looks at it; others can
 * only lead a person to the bare page.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Refusal } from './replies.ts';

export type GuardedRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'headersDistinct'>;

/** What changes something, or opens a way to do so, must prove where it comes from; browsers send Origin with all of these. */
const WITHOUT_ORIGIN = new Set(['GET', 'HEAD']);
/** The screen itself, or an address typed or opened by a person. */
const OWN_SITES = new Set(['same-origin', 'none']);

/**
 * Undefined when the request may go on. `hosts` are the host names with ports this server has. An upgrade names its origin
 * whatever its method.
 */
export function requestRefusal(
  request: GuardedRequest,
  hosts: ReadonlySet<string>,
  upgrade: boolean,
): Refusal | undefined {
  const { headers, headersDistinct, method = '', url = '' } = request;
  const { host } = headers;
  if (host === undefined || headersDistinct['host']?.length !== 1 || !hosts.has(host)) {
    return forbidden('This server answers only under its own name on this machine.');
  }
  if (
    headers.origin === undefined
      ? upgrade || !WITHOUT_ORIGIN.has(method)
      : headers.origin !== `http://${host}`
  ) {
    return forbidden('Only the screen that this server sent may ask this.');
  }
  const site = headers['sec-fetch-site'];
  const opened = !upgrade && opensPage(request);
  if (site !== undefined && !opened && (typeof site !== 'string' || !OWN_SITES.has(site))) {
    return forbidden('Another page may not ask this server; open its address by itself.');
  }
  if (!url.startsWith('/')) return { status: 400, sentence: 'The request must name a path of this server.' };
  if (method !== 'POST' && hasBody(headers)) {
    return { status: 400, sentence: 'This request cannot have a body.' };
  }
  return undefined;
}

/** `orbit-ghost open` leads here from a file. The page alone, in a tab of its own, tells nothing without the token. */
function opensPage({ method, url, headers }: GuardedRequest): boolean {
  return (
    method === 'GET' &&
    url === '/' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  );
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function forbidden(sentence: string): Refusal {
  return { status: 403, sentence };
}
