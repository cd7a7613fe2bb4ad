/**
 * An HTTP server's directory listing as a tree to publish: pages give the names, a GET of each file gives its bytes, size
 * and time. Invariant: a body counts as read only when exactly as many bytes came as the server announced.
 */
import { Agent, request, type Dispatcher } from 'undici';
import { GhostError, messageOf } from '../errors.ts';
import { isListing, listedNames } from './http-listing.ts';
import { SkipError, type FileReading, type SkipReporter, type Tree, type TreeEntry } from './tree.ts';

/** A page of 100,000 names of 255 escaped bytes stays below; more is no listing. Bytes. */
const PAGE_BYTES_MAX = 128 * 1024 * 1024;
/** A tree deeper than this loops through a symbolic link on the server. */
const DEPTH_MAX = 256;
/** A server silent for this long has gone away. */
const SILENCE_MAX_MS = 30_000;
/** Attempts that bring not one byte before a server is given up. */
const FRUITLESS_ATTEMPTS_MAX = 3;

/** Throws SOURCE_INVALID for a URL that cannot be the root of a listing. */
export function openHttpTree(url: string): Tree {
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
  return new HttpTree(root);
}

class HttpTree implements Tree {
  readonly source: string;
  readonly #root: URL;
  readonly #agent = new Agent({ headersTimeout: SILENCE_MAX_MS, bodyTimeout: SILENCE_MAX_MS });

  constructor(root: URL) {
    this.#root = root;
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
        skip(here.join('/'), error.message);
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
    const first = await this.#get(url, {}, signal);
    if (first.statusCode !== 200) {
      discard(first);
      throw new SkipError(`the server answers ${first.statusCode}`);
    }
    const size = numericHeader(first, 'content-length');
    const body = new ResumingBody(first, size, (headers) => this.#get(url, headers, signal));
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
    return this.#agent.destroy();
  }

  async #page(url: URL, signal: AbortSignal): Promise<{ readonly html: string; readonly mtime: number }> {
    const response = await this.#get(url, { accept: 'text/html' }, signal);
    if (response.statusCode !== 200) {
      discard(response);
      throw new SkipError(`the server answers ${response.statusCode} for its listing`);
    }
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
    const html = Buffer.concat(chunks).toString();
    if (!isListing(html)) throw new SkipError('the server shows a page that is not a directory listing');
    return { html, mtime: lastModified(response) };
  }

  async #get(
    url: URL,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        // A compressed body would be digested compressed, and its length would be another.
        const plain = { 'accept-encoding': 'identity', ...headers };
        return await request(url, { dispatcher: this.#agent, headers: plain, signal });
      } catch (error) {
        if (signal.aborted || attempt === FRUITLESS_ATTEMPTS_MAX) throw unreachable(url, error);
      }
    }
  }

  #url(path: readonly string[], isDirectory: boolean): URL {
    return new URL(
      path.map(encodeURIComponent).join('/') + (isDirectory && path.length > 0 ? '/' : ''),
      this.#root,
    );
  }
}

/** A body that goes on with a range request where a connection broke. */
class ResumingBody {
  /** Whether the server's file turned out to be another one on resuming. */
  changed = false;
  readonly #size: number | undefined;
  readonly #again: (headers: Record<string, string>) => Promise<Dispatcher.ResponseData>;
  readonly #condition: Record<string, string> | undefined;
  #response: Dispatcher.ResponseData;

  constructor(
    first: Dispatcher.ResponseData,
    size: number | undefined,
    again: (headers: Record<string, string>) => Promise<Dispatcher.ResponseData>,
  ) {
    this.#response = first;
    this.#size = size;
    this.#again = again;
    this.#condition = conditionOf(first);
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    let received = 0;
    for (let fruitless = 0; ;) {
      const before = received;
      let failure: unknown;
      try {
        for await (const chunk of this.#response.body as AsyncIterable<Uint8Array>) {
          received += chunk.length;
          yield chunk;
        }
      } catch (error) {
        failure = error;
      }
      if (this.#size === undefined ? failure === undefined : received >= this.#size) return;
      fruitless = received > before ? 0 : fruitless + 1;
      if (fruitless === FRUITLESS_ATTEMPTS_MAX || this.#condition === undefined || this.#size === undefined) {
        throw new SkipError(
          `the connection broke after ${received} bytes (${messageOf(failure ?? 'early end')})`,
        );
      }
      this.#response = await this.#again({ ...this.#condition, range: `bytes=${received}-` });
      const range = this.#response.headers['content-range'];
      if (
        this.#response.statusCode !== 206 ||
        range !== `bytes ${received}-${this.#size - 1}/${this.#size}`
      ) {
        this.changed = true;
        return;
      }
    }
  }

  close(): void {
    discard(this.#response);
  }
}

/** Ties a resumed body to the first one; a weak tag does not promise equal bytes. */
function conditionOf(response: Dispatcher.ResponseData): Record<string, string> | undefined {
  const { etag, 'last-modified': modified } = response.headers;
  if (typeof etag === 'string' && !etag.startsWith('W/')) return { 'if-match': etag };
  return typeof modified === 'string' ? { 'if-unmodified-since': modified } : undefined;
}

/** Unix seconds, 0 when the server does not tell. */
function lastModified(response: Dispatcher.ResponseData): number {
  const header = response.headers['last-modified'];
  const ms = typeof header === 'string' ? Date.parse(header) : Number.NaN;
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}

function numericHeader(response: Dispatcher.ResponseData, name: string): number | undefined {
  const value = response.headers[name];
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** Lets go of a body that nobody will read; the abort this causes is not news. */
function discard(response: Dispatcher.ResponseData): void {
  response.body.on('error', () => {});
  response.body.destroy();
}

function unreachable(url: URL, cause: unknown): GhostError {
  return new GhostError(
    'SOURCE_UNREACHABLE',
    `${url.origin} did not answer while it was published (${messageOf(cause)}); check that it runs, then publish again.`,
    { cause },
  );
}
