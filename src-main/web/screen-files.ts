/**
 * The built screen, read into memory once: it is small, it cannot change under a running program that speaks its version of
 * the contract, and a rebuild or a removal of the files can break no answer. Invariant: only names found at start exist.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
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
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export type ScreenFiles = ReadonlyMap<string, ScreenFile>;

/** Throws NOT_FOUND when there is no start page in `root`. Source maps and other types stay out. */
export function readScreenFiles(root: string): ScreenFiles {
  const files = new Map<string, ScreenFile>();
  try {
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const file = join(entry.parentPath, entry.name);
      const path = `/${relative(root, file).split(sep).join('/')}`;
      files.set(path, screenFile(path, type, readFileSync(file)));
    }
  } catch (cause) {
    throw notBuilt(root, messageOf(cause), cause);
  }
  const start = files.get(START_PAGE);
  if (start === undefined) throw notBuilt(root, 'index.html is missing', undefined);
  return files.set('/', start);
}

/** False when there is no such file. `path` is as the request wrote it, without its query; nothing in it is decoded. */
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

function screenFile(path: string, type: string, body: Buffer): ScreenFile {
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
