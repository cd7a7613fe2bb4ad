/**
 * Reads the directory pages that nginx, Apache and their like generate. Pure: HTML in, names out. Invariant: only direct
 * children of the page are returned, whatever the page links to.
 */
import { unusableName, type SkipReporter } from './tree.ts';

export interface ListedName {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Titles of generated listings; a page without one is somebody's index.html, and its links say nothing about files. */
const LISTING_TITLE = /<title>[^<]*\b(?:index of|directory listing)\b/i;
const LINK = /<a\s[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi;

export function isListing(html: string): boolean {
  return LISTING_TITLE.test(html);
}

/** Children that the page lists, each once however it is spelled; names no mount could show are reported with their path. */
export function* listedNames(
  html: string,
  page: URL,
  path: readonly string[],
  skip: SkipReporter,
): Generator<ListedName> {
  const seen = new Set<string>();
  for (const match of html.matchAll(LINK)) {
    const child = childSegment(decodeEntities(match[1] ?? match[2] ?? match[3] ?? ''), page);
    if (child === undefined) continue;
    const name = decodeSegment(child.segment);
    const known = name ?? child.segment;
    if (seen.has(known)) continue;
    seen.add(known);
    const reason = name === undefined ? 'its name is not valid UTF-8' : unusableName(name);
    if (name === undefined || reason !== undefined)
      skip([...path, child.segment].join('/'), reason ?? '', 'failed');
    else yield { name, isDirectory: child.isDirectory };
  }
}

/** The still encoded name a link adds to the page's own path; undefined for links to anything but a direct child. */
function childSegment(
  href: string,
  page: URL,
): { readonly segment: string; readonly isDirectory: boolean } | undefined {
  // Links that sort the listing start with '?', fragments with '#'.
  if (href === '' || href.startsWith('?') || href.startsWith('#') || !URL.canParse(href, page.href))
    return undefined;
  const target = new URL(href, page);
  if (target.origin !== page.origin || target.search !== '' || target.hash !== '') return undefined;
  if (!target.pathname.startsWith(page.pathname)) return undefined;
  const rest = target.pathname.slice(page.pathname.length);
  const isDirectory = rest.endsWith('/');
  const segment = isDirectory ? rest.slice(0, -1) : rest;
  return segment === '' || segment.includes('/') ? undefined : { segment, isDirectory };
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

const NAMED_ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, named) => {
    if (typeof named === 'string') return NAMED_ENTITIES[named.toLowerCase()] ?? whole;
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
