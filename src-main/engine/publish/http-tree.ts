/**
 * An HTTP server's directory listing as a tree to publish: pages give the names, a GET of each file gives its bytes, size
 * and time. Invariant: a body counts as read only when its end is known to be the end.
 */
import { GhostError } from '../errors.ts';
import {
  contentLength,
  discard,
  hasKnownEnd,
  HttpGetter,
  refusal,
  unreachable,
  type HttpGetterOptions,
  type HttpResponse,
} from './http-get.ts';
import { isListing, listedNames } from './http-listing.ts';
import { ResumingBody } from './resuming-body.ts';
import { SkipError, type FileReading, type SkipReporter, type Tree, type TreeEntry } from './tree.ts';

/** A page of 100,000 names of 255 escaped bytes stays below; more is no listing. Bytes. */
const PAGE_BYTES_MAX = 128 * 1024 * 1024;
/** A tree deeper than this loops through a symbolic link on the server. */
const DEPTH_MAX = 256;
/** What a page without a known end must end with to count as whole. */
const PAGE_END = /<\/html>\s*$/i;

/** Throws SOURCE_INVALID for a URL that cannot be the root of a listing. */
export function openHttpTree(url: string, options: HttpGetterOptions): Tree {
  const root = URL.canParse(url) ? new URL(url) : undefined;
  if (root === undefined)
    throw new GhostError('SOURCE_INVALID', `${url} is not a valid URL; check its spelling.`);
  if (root.username !== '' || root.password !== '') {
    throw new GhostError(
      'SOURCE_INVALID',
      'The URL carries a password, which the catalogue would keep; give it without.',
    );
  }
  root.search = '';
  root.hash = '';
  if (!root.pathname.endsWith('/')) root.pathname += '/';
  return new HttpTree(root, options);
}

class HttpTree implements Tree {
  readonly source: string;
  readonly #root: URL;
  readonly #getter: HttpGetter;

  constructor(root: URL, options: HttpGetterOptions) {
    this.#root = root;
    this.#getter = new HttpGetter(options);
    this.source = root.href;
  }

  async *entries(skip: SkipReporter, signal: AbortSignal): AsyncGenerator<TreeEntry> {
    const pending: (readonly string[])[] = [[]];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const here = path;
      const url = this.#url(here, true);
      let page: { readonly html: string; readonly mtime: number };
      try {
        if (here.length > DEPTH_MAX) throw new SkipError(`it lies deeper than ${DEPTH_MAX} directories`);
        page = await this.#page(url, signal);
      } catch (error) {
        if (!(error instanceof SkipError)) throw error;
        if (here.length === 0) {
          throw new GhostError(
            'SOURCE_REFUSED',
            `Cannot publish from ${url.href}, because ${error.message}.`,
            { cause: error },
          );
        }
        skip(here.join('/'), error.message, error.kind);
        continue;
      }
      yield { path: here, isDirectory: true, size: undefined, mtime: page.mtime };
      for (const { name, isDirectory } of listedNames(page.html, url, here, skip)) {
        if (isDirectory) pending.push([...here, name]);
        else yield { path: [...here, name], isDirectory: false, size: undefined, mtime: 0 };
      }
    }
  }

  async open(path: readonly string[], signal: AbortSignal): Promise<FileReading> {
    const url = this.#url(path, false);
    const first = await this.#getter.get(url, {}, signal, (response) => whole(url, response));
    if (!hasKnownEnd(first)) {
      discard(first);
      throw new SkipError('the server does not tell its length, so nobody could say whether all of it came');
    }
    const body = new ResumingBody(first, async (headers, fruitless) => {
      if (fruitless > 0) await this.#getter.pause(fruitless, signal);
      return await this.#getter.get(url, headers, signal, (response) => response);
    });
    const size = contentLength(first);
    return {
      chunks: body.chunks(),
      settle: (bytesRead) =>
        Promise.resolve(
          body.changed || (size !== undefined && bytesRead !== size)
            ? undefined
            : { size: bytesRead, mtime: lastModified(first) },
        ),
      close: async () => body.close(),
    };
  }

  close(): Promise<void> {
    return this.#getter.close();
  }

  async #page(url: URL, signal: AbortSignal): Promise<{ readonly html: string; readonly mtime: number }> {
    return await this.#getter.get(url, { accept: 'text/html' }, signal, async (response) => {
      const html = await pageText(url, whole(url, response));
      if (!hasKnownEnd(response) && !PAGE_END.test(html))
        throw unreachable(url, 'its listing ends in the middle');
      if (!isListing(html)) throw new SkipError('the server shows a page that is not a directory listing');
      return { html, mtime: lastModified(response) };
    });
  }

  #url(path: readonly string[], isDirectory: boolean): URL {
    return new URL(
      path.map(encodeURIComponent).join('/') + (isDirectory && path.length > 0 ? '/' : ''),
      this.#root,
    );
  }
}

/** The response when it is the whole body; nothing else was asked for. */
function whole(url: URL, response: HttpResponse): HttpResponse {
  if (response.statusCode === 200) return response;
  discard(response);
  throw refusal(url, response);
}

async function pageText(url: URL, response: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > PAGE_BYTES_MAX) throw new SkipError('its listing is longer than 128 MiB');
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof SkipError ? error : unreachable(url, error);
  }
  return Buffer.concat(chunks).toString();
}

/** Unix seconds, 0 when the server does not tell. */
function lastModified(response: HttpResponse): number {
  const header = response.headers['last-modified'];
  const ms = typeof header === 'string' ? Date.parse(header) : Number.NaN;
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}
