/** How source URIs are told apart, shown and complained about. Invariant: no credential of a URI reaches a message. */
import { GhostError } from '../../errors.ts';

/** The scheme in lower case, or undefined for a plain path. A path with a colon in its first name is written `./a:b`. */
export function schemeOf(uri: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
}

/** The URI as it may be shown: without user, password and query, which often holds a token. */
export function redactUri(uri: string): string {
  const scheme = schemeOf(uri);
  if (scheme === undefined || scheme === 'sim' || scheme === 'file') return uri;
  const url = URL.parse(uri);
  if (url !== null && url.host !== '') {
    return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?...'}`;
  }
  // Not a valid URI: where a password would end in it nobody can say.
  return /[@?]/.test(uri) ? `${scheme}:...` : uri;
}

/** `reason` completes 'The source "X" '. */
export function invalidSource(uri: string, reason: string): GhostError {
  const shown = redactUri(uri);
  return new GhostError('SOURCE_INVALID', `The source "${shown}" ${reason}`, { source: shown });
}
