/**
 * Where a request goes: the address of an object below the base URI, and where a redirect may lead. Invariant: credentials
 * stay with the origin they were given for, and an encrypted request never becomes a plain one.
 */
import type { GhostError } from '../../errors.ts';
import { checkedPath } from './object-path.ts';
import { invalidSource, redactUri } from './source-uri.ts';
import type { RangeTransfer } from './range-transfer.ts';

export interface HttpTarget {
  /** Without user and password. */
  readonly url: URL;
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
}

/** Reads the base URI of a source; throws SOURCE_INVALID. */
export function parseHttpUri(uri: string): HttpTarget {
  const url = /^https?:\/\//i.test(uri) ? URL.parse(uri) : null;
  if (url === null)
    throw invalidSource(uri, 'is not a web address; write http://host/path or https://host/path.');
  if (url.hash !== '') throw invalidSource(uri, "has a '#' in it; in a path it is written %23.");
  let authorization: string | undefined;
  if (url.username !== '' || url.password !== '') {
    try {
      const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
      authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    } catch {
      throw invalidSource(
        uri,
        "has a '%' in its user or password that is not followed by two hex digits; write %25.",
      );
    }
  }
  return { url: withoutUser(url), authorization };
}

/** The object's address: the base's path and the object's names, percent-encoded, with the base's query. */
export function objectTarget(base: HttpTarget, transfer: RangeTransfer): HttpTarget {
  const url = new URL(base.url);
  const names = checkedPath(transfer).map((name) => encodeURIComponent(name.toWellFormed()));
  url.pathname = [url.pathname.replace(/\/+$/, ''), ...names].join('/');
  return { url, authorization: base.authorization };
}

/** Where a redirect leads; throws SOURCE_REFUSED for one that must not be followed. */
export function redirectTarget(
  transfer: RangeTransfer,
  from: HttpTarget,
  location: string | undefined,
): HttpTarget {
  const url = location === undefined ? null : URL.parse(location, from.url.href);
  if (url === null) throw refused(transfer, 'the server redirects without saying where to');
  const shown = redactUri(url.href);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refused(transfer, `the server redirects to ${shown}, which is not a web address`);
  }
  if (from.url.protocol === 'https:' && url.protocol === 'http:') {
    throw refused(transfer, `the server redirects to ${shown}, which is not encrypted`);
  }
  url.hash = '';
  return {
    url: withoutUser(url),
    authorization: url.origin === from.url.origin ? from.authorization : undefined,
  };
}

function withoutUser(url: URL): URL {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain;
}

function refused(transfer: RangeTransfer, reason: string): GhostError {
  return transfer.failure('SOURCE_REFUSED', reason, { isDoubtful: true });
}
