/**
 * Which version of each object a server first showed, so that blocks of two versions never mix where no digest would tell.
 * Invariant: for one catalogue row (path, size, mtime) only responses of one version pass, so a file changed behind the
 * catalogue's back stays refused until its row changes: blocks of its former self may be cached under that row.
 */
import type { SourceObject } from '../source.ts';
import type { ResponseHead } from './http-exchange.ts';
import type { RangeTransfer } from './range-transfer.ts';

/** About 200 bytes each: some 13 MB at most. Past that the least recently used is forgotten and asked for anew. */
const REMEMBERED_OBJECTS = 65_536;

type Version = { readonly etag: string } | { readonly lastModified: string };

export class ObjectVersions {
  readonly #seen = new Map<string, Version>();

  /** Headers that make the server itself refuse another version. */
  conditions(object: SourceObject): Readonly<Record<string, string>> {
    const seen = this.#seen.get(keyOf(object));
    if (seen === undefined) return {};
    return 'etag' in seen ? { 'if-match': seen.etag } : { 'if-unmodified-since': seen.lastModified };
  }

  /** Throws OBJECT_CHANGED for another version than the first: not every server honours the conditions. */
  check(transfer: RangeTransfer, head: ResponseHead): void {
    const key = keyOf(transfer.object);
    const seen = this.#seen.get(key);
    if (seen !== undefined && differs(seen, head)) {
      throw transfer.failure('OBJECT_CHANGED', 'the server now has another version of it; publish it again');
    }
    const version = seen ?? versionOf(head);
    if (version === undefined) return;
    this.#seen.delete(key);
    this.#seen.set(key, version);
    if (this.#seen.size <= REMEMBERED_OBJECTS) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      return;
    }
  }
}

function differs(seen: Version, head: ResponseHead): boolean {
  if ('etag' in seen) return head.header('etag') !== seen.etag;
  return head.header('last-modified') !== seen.lastModified;
}

/** Only a strong ETag promises identical bytes (RFC 9110, 8.8.1); what is not plain ASCII cannot be sent back. */
function versionOf(head: ResponseHead): Version | undefined {
  const etag = head.header('etag');
  if (etag !== undefined && /^"[\x21\x23-\x7e]*"$/.test(etag)) return { etag };
  const lastModified = head.header('last-modified');
  return lastModified !== undefined && /^[\x20-\x7e]+$/.test(lastModified) ? { lastModified } : undefined;
}

/** A row that changed in the catalogue may show another version. */
function keyOf({ path, size, mtime }: SourceObject): string {
  return `${size};${mtime};${path.join('/')}`;
}
