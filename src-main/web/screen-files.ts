/**
 * The built screen, read into memory once, for the app's window and for browsers: it is small, it cannot change under a running
 * program that speaks its version of the contract, and a rebuild or a removal of the files can break no answer. Invariant: only
 * names found at start exist, so no path leads out of the directory.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { GhostError, messageOf } from '../engine/errors.ts';

const START_PAGE = '/index.html';
/** Vite names what it hashes `assets/name-HASH.ext`. */
const HASHED = /^\/assets\/[^/]+-[\w-]{8}\.\w+$/;
const FOREVER = 'private, max-age=31536000, immutable';

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

interface ScreenFile {
  readonly body: Buffer<ArrayBuffer>;
  /** What is to be said of it beside the security headers. */
  readonly headers: Readonly<Record<string, string>>;
}

/** By the path of its address, as a request writes it: nothing in it is decoded. */
export type ScreenFiles = ReadonlyMap<string, ScreenFile>;

/** Throws NOT_FOUND when there is no start page in `root`. Source maps, links and other types stay out. */
export function readScreenFiles(root: string): ScreenFiles {
  const files = new Map<string, ScreenFile>();
  try {
    readInto(files, root, '/');
  } catch (cause) {
    throw notBuilt(root, messageOf(cause), cause);
  }
  const start = files.get(START_PAGE);
  if (start === undefined) throw notBuilt(root, 'index.html is missing', undefined);
  return files.set('/', start);
}

/** Level by level: in Electron's archive the entries of a listing do not know where they lie. */
function readInto(files: Map<string, ScreenFile>, directory: string, address: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = `${address}${entry.name}`;
    const place = join(directory, entry.name);
    if (entry.isDirectory()) readInto(files, place, `${path}/`);
    const type = TYPES[extname(entry.name)];
    if (entry.isFile() && type !== undefined) files.set(path, screenFile(path, type, readFileSync(place)));
  }
}

/** To a browser. False when there is no such file. `path` is without its query. */
export function sendScreenFile(
  files: ScreenFiles,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const file = files.get(path);
  if (file === undefined) return false;
  if (request.headers['if-none-match'] === file.headers['ETag']) {
    const { 'Content-Length': _length, ...headers } = file.headers;
    response.writeHead(304, headers).end();
    return true;
  }
  response.writeHead(200, file.headers);
  response.end(request.method === 'HEAD' ? undefined : file.body);
  return true;
}

function screenFile(path: string, type: string, body: Buffer<ArrayBuffer>): ScreenFile {
  const headers = {
    'Content-Type': type,
    'Content-Length': String(body.length),
    ETag: `"${createHash('sha256').update(body).digest('base64url')}"`,
    ...(HASHED.test(path) ? { 'Cache-Control': FOREVER } : {}),
  };
  return { body, headers };
}

function notBuilt(root: string, why: string, cause: unknown): GhostError {
  return new GhostError(
    'NOT_FOUND',
    `The screen is not in ${root} (${why}); build it with \`npm run build\`.`,
    { cause },
  );
}
