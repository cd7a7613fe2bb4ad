import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../../src-main/engine/clock.ts';
import { openMagnetar } from '../../../src-main/engine/metadata/magnetar/magnetar-adapter.ts';
import { publish } from '../../../src-main/engine/publish/publish.ts';
import { children, temporaryDirectory } from '../metadata/catalogue-fixture.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Ends every wait at once; `waits` are the milliseconds that were asked for. */
function impatient(): { readonly clock: Clock; readonly waits: number[] } {
  const waits: number[] = [];
  const after = (ms: number, callback: () => void): (() => void) => {
    waits.push(ms);
    const soon = setImmediate(callback);
    return () => clearImmediate(soon);
  };
  return { clock: { now: () => 0, after }, waits };
}

const answer =
  (status: number, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    response.writeHead(status, headers).end();

/** Each request gets the next handler, and every later one the last. */
function inTurn(...handlers: readonly Handler[]): Handler {
  let asked = 0;
  return (request, response) => {
    handlers[Math.min(asked, handlers.length - 1)]?.(request, response);
    asked += 1;
  };
}

/** Ends the body by closing the connection, as a server that knows no better or one that is cut off. */
const closing =
  (body: string): Handler =>
  ({ socket }) =>
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${body}`);

const MODIFIED = 'Sun, 22 Nov 2026 10:00:00 GMT';

const listing = (...hrefs: readonly string[]): Handler => {
  const links = hrefs.map((href) => `<a href="${href}">x</a>`).join('\n');
  return (_request, response) => response.end(`<title>Index of /</title><a href="../">../</a>${links}`);
};

const file =
  (data: Buffer): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': data.length, 'last-modified': MODIFIED, etag: '"1"' });
    response.end(data);
  };

async function serve(handlers: Readonly<Record<string, Handler>>): Promise<string> {
  const server = createServer((request, response) => {
    const handler = handlers[request.url ?? ''];
    if (handler !== undefined) return handler(request, response);
    response.writeHead(404);
    return response.end();
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/pub`;
}

const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();

/** Answers with half of what it announces, then with the rest when asked for it. */
function breaking(data: Buffer, resumable: boolean, ranges: string[]): Handler {
  return (request, response) => {
    const range = request.headers.range;
    if (range === undefined) {
      response.writeHead(200, { 'content-length': data.length, ...(resumable ? { etag: '"1"' } : {}) });
      response.write(data.subarray(0, 1000), () => response.destroy());
      return;
    }
    ranges.push(`${range} ${String(request.headers['if-match'])}`);
    const from = Number(/bytes=(\d+)-/.exec(range)?.[1]);
    response.writeHead(206, { 'content-range': `bytes ${from}-${data.length - 1}/${data.length}` });
    response.end(data.subarray(from));
  };
}

test('a listing is published with the bytes, sizes and times the server gives', async () => {
  const big = randomBytes(70_000);
  const url = await serve({
    '/pub/': listing('sub%20dir/', 'gr%C3%BC%C3%9Fe', 'empty', 'gone', 'page/'),
    '/pub/sub%20dir/': listing('big'),
    '/pub/gr%C3%BC%C3%9Fe': file(Buffer.from('hello')),
    '/pub/empty': file(Buffer.alloc(0)),
    '/pub/sub%20dir/big': file(big),
    '/pub/page/': (_request, response) => response.end('<title>Welcome</title><a href="trap">x</a>'),
  });
  const database = join(temporaryDirectory(), 'm.db');
  const result = await publish({ directory: url, database, blockSize: 65536 });
  expect(result).toMatchObject({ files: 3, directories: 2, bytes: 70_005 });
  expect(result.skipped.toSorted((a, b) => a.path.localeCompare(b.path))).toEqual([
    { path: 'gone', reason: 'the server answers 404' },
    { path: 'page', reason: 'the server shows a page that is not a directory listing' },
  ]);
  const oracle = openMagnetar(database, result.jobId);
  onTestFinished(() => oracle.close());
  expect(oracle.job.sources).toEqual([`${url}/`]);
  const root = oracle.root().id;
  const hello = oracle.lookup(root, 'grüße');
  expect(hello).toMatchObject({ size: 5, mtime: Date.parse(MODIFIED) / 1000 });
  expect(hello && oracle.digests(hello.id)?.digests).toEqual(sha256(Buffer.from('hello')));
  expect(oracle.lookup(root, 'empty')).toMatchObject({ size: 0 });
  expect(children(oracle, oracle.lookup(root, 'sub dir')?.id ?? '')).toMatchObject([{ size: 70_000 }]);
});

test('a broken body is resumed where it ended, and left out where nothing ties the parts together', async () => {
  const data = randomBytes(5_000);
  const ranges: string[] = [];
  const url = await serve({
    '/pub/': listing('good', 'bad'),
    '/pub/good': breaking(data, true, ranges),
    '/pub/bad': breaking(data, false, ranges),
  });
  const database = join(temporaryDirectory(), 'm.db');
  const result = await publish({ directory: url, database });
  expect(ranges).toEqual(['bytes=1000- "1"']);
  expect(result).toMatchObject({ files: 1, bytes: 5_000, skippedCount: 1, failedCount: 1 });
  expect(result.skipped).toEqual([{ path: 'bad', reason: expect.stringMatching(/broke after 1000 bytes/) }]);
  const oracle = openMagnetar(database, result.jobId);
  onTestFinished(() => oracle.close());
  const good = oracle.lookup(oracle.root().id, 'good');
  expect(good && oracle.digests(good.id)?.digests).toEqual(sha256(data));
});

test('a server that is away, or shows no listing, ends the publication', async () => {
  const database = join(temporaryDirectory(), 'm.db');
  const url = await serve({ '/pub/': (_request, response) => response.end('<title>Home</title>') });
  await expect(publish({ directory: url, database })).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
  const away = await serve({ '/pub/': (request) => request.socket.destroy() });
  const { clock, waits } = impatient();
  await expect(publish({ directory: away, database, clock })).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
  });
  // Not longer: the person who typed the address still waits.
  expect(waits).toHaveLength(2);
  expect(existsSync(database)).toBe(false);
});

test('trouble that passes is waited out, as long as the server asks for but not for ever', async () => {
  const broken: Handler = (request) => request.socket.destroy();
  const url = await serve({
    '/pub/': listing('sub/', 'f'),
    '/pub/sub/': inTurn(answer(503, { 'retry-after': '17' }), broken, listing('g')),
    '/pub/sub/g': file(Buffer.from('g')),
    '/pub/f': inTurn(answer(429, { 'retry-after': '86400' }), file(Buffer.from('f'))),
  });
  const { clock, waits } = impatient();
  const database = join(temporaryDirectory(), 'm.db');
  const result = await publish({ directory: url, database, clock });
  expect(result).toMatchObject({ files: 2, directories: 2, skippedCount: 0, failedCount: 0 });
  expect(waits).toContain(17_000);
  expect(waits).toContain(60_000);
});

test.each([503, 500, 429])('a directory that goes on answering %i ends the publication', async (status) => {
  const url = await serve({
    '/pub/': listing('sub/', 'f'),
    '/pub/sub/': answer(status),
    '/pub/f': file(Buffer.from('f')),
  });
  const { clock, waits } = impatient();
  const database = join(temporaryDirectory(), 'm.db');
  await expect(publish({ directory: url, database, clock })).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
    message: expect.stringContaining(`/pub/sub/ cannot be published, because the server answers ${status}`),
  });
  expect(waits).toHaveLength(8);
  expect(existsSync(database)).toBe(false);
});

test('only what is forbidden or gone is left out; any other answer ends the publication', async () => {
  const url = await serve({
    '/pub/': listing('forbidden', 'lost', 'gone/', 'f'),
    '/pub/forbidden': answer(403),
    '/pub/lost': answer(404),
    '/pub/gone/': answer(410),
    '/pub/f': file(Buffer.from('f')),
  });
  const database = join(temporaryDirectory(), 'm.db');
  const result = await publish({ directory: url, database });
  expect(result).toMatchObject({ files: 1, skippedCount: 3, failedCount: 3 });
  for (const status of [401, 301, 412]) {
    const refusing = await serve({ '/pub/': listing('f'), '/pub/f': answer(status) });
    await expect(publish({ directory: refusing, database })).rejects.toMatchObject({
      code: 'SOURCE_REFUSED',
      message: expect.stringContaining(`answers ${status}`),
    });
  }
});

test('a body that ends when the connection does is not taken for a whole file', async () => {
  const url = await serve({
    '/pub/': listing('cut', 'f'),
    '/pub/cut': closing('half of'),
    '/pub/f': file(Buffer.from('f')),
  });
  const database = join(temporaryDirectory(), 'm.db');
  const result = await publish({ directory: url, database });
  expect(result).toMatchObject({ files: 1, bytes: 1, failedCount: 1 });
  expect(result.skipped).toEqual([
    { path: 'cut', reason: expect.stringMatching(/does not tell its length/) },
  ]);
});

test('a listing that ends when the connection does counts only with its last line', async () => {
  const page = '<html><title>Index of /</title><a href="f">f</a>';
  const database = join(temporaryDirectory(), 'm.db');
  const { clock } = impatient();
  const whole = await serve({ '/pub/': closing(`${page}</html>\n`), '/pub/f': file(Buffer.from('f')) });
  expect(await publish({ directory: whole, database, clock })).toMatchObject({ files: 1 });
  const cut = await serve({ '/pub/': closing(page), '/pub/f': file(Buffer.from('f')) });
  await expect(publish({ directory: cut, database, clock })).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
    message: /ends in the middle/,
  });
});
