/** Downloads: the whole file or a visible failure, by a child process that ends with its reader. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { STALLED_LIMIT_MS } from '../../../src-main/web/download.ts';
import { MAX_DOWNLOADS, type FindDownload } from '../../../src-main/web/downloads.ts';
import { until } from '../../helpers/system-until.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import {
  connectRaw,
  expectGoodClientServed,
  logIn,
  openScreen,
  replyOn,
  request,
  requestText,
  temporaryDirectory,
} from './screen-fixture.ts';

const MIB = 1024 * 1024;
const TARGET = '/download?job=0badcafe-1&path=a%20b%2Fc';
/** Asks whether that would go on. */
const CHECK = TARGET.replace('/download', '/download/check');
const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

/** A screen whose every download is this file, which the catalogue says to have so many bytes. */
async function offering(
  content: Buffer | string,
  { bytes, name = 'c' }: { bytes?: number; name?: string } = {},
) {
  const file = join(await temporaryDirectory(), 'file');
  await writeFile(file, content);
  const clock = new VirtualClock();
  const asked: string[] = [];
  const opened = await openScreen({
    clock,
    download: (job, path) => {
      asked.push(`${job} ${path}`);
      return Promise.resolve({ absolute: file, name, bytes: bytes ?? Buffer.byteLength(content) });
    },
  });
  return { opened, file, asked, clock, Cookie: await logIn(opened) };
}

/** Pids of this process's children that read `file`. */
async function readersOf(file: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map(async (pid) => ({ pid, line: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })),
  );
  return commands.filter(({ line }) => line === `cat\0--\0${file}\0`).map(({ pid }) => pid);
}

/** A pipe: a file whose reader waits until somebody writes. */
async function pipe(): Promise<string> {
  const path = join(await temporaryDirectory(), 'pipe');
  execFileSync('mkfifo', [path]);
  return path;
}

describe('a download', () => {
  it('is the file, byte for byte, under its name', async () => {
    const { opened, asked, Cookie, file } = await offering(CONTENT, { name: 'ä "b".bin' });
    const reply = await request(opened, { target: TARGET, headers: { Cookie } });
    expect(reply.status).toBe(200);
    expect(Buffer.from(reply.body, 'latin1').equals(CONTENT)).toBe(true);
    expect(asked).toEqual(['0badcafe-1 a b/c']);
    expect(reply.header('Content-Length')).toBe(String(CONTENT.length));
    expect(reply.header('Content-Type')).toBe('application/octet-stream');
    expect(reply.header('Content-Disposition')).toBe(
      `attachment; filename="_ _b_.bin"; filename*=UTF-8''%C3%A4%20_b_.bin`,
    );
    expect(reply.header('X-Content-Type-Options')).toBe('nosniff');
    expect(reply.header('Cache-Control')).toBe('no-store');
    expect(await readersOf(file)).toEqual([]);
  });

  it('of an empty file is an empty file', async () => {
    const { opened, Cookie } = await offering('');
    const reply = await request(opened, { target: TARGET, headers: { Cookie } });
    expect([reply.status, reply.header('Content-Length'), reply.body]).toEqual([200, '0', '']);
  });

  it('needs a session, and nothing is looked up without one', async () => {
    const { opened, asked, Cookie } = await offering(CONTENT);
    for (const headers of [{}, { Cookie: `${Cookie}x` }]) {
      for (const target of [TARGET, CHECK])
        expect((await request(opened, { target, headers })).status).toBe(401);
    }
    expect(asked).toEqual([]);
  });

  it.each([
    '',
    '?',
    '?job=0badcafe-1',
    '?path=a',
    '?job=0badcafe-1&path=a&path=b',
    '?job=0badcafe-1&path=a&x=1',
    '?job=..&path=a',
    '?job=0badcafe-1&path=/etc/passwd',
    '?job=0badcafe-1&path=../a',
    '?job=0badcafe-1&path=a/..%2F..%2Fb',
    '?job=0badcafe-1&path=%2e%2e',
    '?job=0badcafe-1&path=a%00b',
    '?job[]=0badcafe-1&path=a',
  ])('is refused for %s', async (query) => {
    const { opened, asked, Cookie } = await offering(CONTENT);
    for (const target of [`/download${query}`, `/download/check${query}`])
      expect((await request(opened, { target, headers: { Cookie } })).status).toBe(400);
    expect(asked).toEqual([]);
  });

  it.each([
    [new GhostError('JOB_UNKNOWN', 'There is no such job.'), 404, 'There is no such job.\n'],
    [new GhostError('IS_A_DIRECTORY', 'That is a folder.'), 400, 'That is a folder.\n'],
    [new GhostError('MOUNT_FAILED', 'The job is not mounted.'), 409, 'The job is not mounted.\n'],
    [new GhostError('ENGINE_AWAY', 'The engine restarts.'), 503, 'The engine restarts.\n'],
    [new Error('secret'), 500, 'Something unexpected failed; the log says what.\n'],
  ])('that cannot be had is told in words: %s', async (failure, status, body) => {
    const opened = await openScreen({ download: () => Promise.reject(failure) });
    const Cookie = await logIn(opened);
    for (const target of [TARGET, CHECK]) {
      const reply = await request(opened, { target, headers: { Cookie } });
      expect([reply.status, reply.body]).toEqual([status, body]);
    }
  });

  it('that is asked about is looked up and no more', async () => {
    const { opened, asked, Cookie, file } = await offering(CONTENT);
    const reply = await request(opened, { target: CHECK, headers: { Cookie } });
    expect([reply.status, reply.body]).toEqual([204, '']);
    expect(asked).toEqual(['0badcafe-1 a b/c']);
    expect(await readersOf(file)).toEqual([]);
  });
});

describe('a file that cannot be read', () => {
  it('from its first byte is told in words', async () => {
    const opened = await openScreen({
      download: () => Promise.resolve({ absolute: '/nothing/there', name: 'c', bytes: 10 }),
    });
    const Cookie = await logIn(opened);
    const reply = await request(opened, { target: TARGET, headers: { Cookie } });
    expect(reply.status).toBe(502);
    expect(reply.body).toMatch(/could not be read: cat: .*No such file/);
    await expectGoodClientServed(opened);
  });

  it.each([
    ['ends too early', CONTENT.length + 1],
    ['does not end', CONTENT.length - 1],
    ['does not end where a chunk would', 65_536],
  ])('as announced because it %s never looks complete', async (_, bytes) => {
    const { opened, Cookie } = await offering(CONTENT, { bytes });
    const reply = await request(opened, { target: TARGET, headers: { Cookie } });
    const complete = reply.status === 200 && reply.body.length === bytes;
    expect(complete).toBe(false);
    await expectGoodClientServed(opened);
  });

  it('on from its middle ends the connection without the rest', async () => {
    const path = await pipe();
    const opened = await openScreen({
      download: () => Promise.resolve({ absolute: path, name: 'c', bytes: CONTENT.length }),
    });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    get(`${opened.screen.origin}${TARGET}`, { headers: { cookie: await logIn(opened) } }, resolve).on(
      'error',
      reject,
    );
    const writer = await open(path, 'w');
    await writer.write(CONTENT.subarray(0, 200_000));
    const response = await promise;
    let received = 0;
    response.on('data', (chunk: Buffer) => (received += chunk.length));
    const failed = once(response, 'error');
    await until('the first bytes', () => received > 0);
    for (const pid of await readersOf(path)) process.kill(Number(pid), 'SIGKILL');
    const [error] = (await failed) as [NodeJS.ErrnoException];
    await writer.close();
    expect(error.code).toBe('ECONNRESET');
    expect(response.complete).toBe(false);
    expect(received).toBeLessThan(200_000);
    await expectGoodClientServed(opened);
  });
});

describe('a download that is broken off', () => {
  it('before its first byte is told in words', async () => {
    const path = await pipe();
    const opened = await openScreen({
      download: async (_job, _path, download) => {
        void until('the child', () => download.pid !== undefined).then(() => download.end('it is over'));
        return await Promise.resolve({ absolute: path, name: 'c', bytes: 9 });
      },
    });
    const Cookie = await logIn(opened);
    const reply = await request(opened, { target: TARGET, headers: { Cookie } });
    expect([reply.status, reply.body]).toEqual([502, 'The file could not be read: it is over.\n']);
    expect(await readersOf(path)).toEqual([]);
  });

  it('while its file is looked up never starts a child', async () => {
    const opened = await openScreen({
      download: (_job, _path, download) => {
        download.end('it is over');
        return Promise.resolve({ absolute: '/nothing/there', name: 'c', bytes: 9 });
      },
    });
    const Cookie = await logIn(opened);
    const reply = await request(opened, { target: TARGET, headers: { Cookie } });
    expect([reply.status, reply.body]).toEqual([502, 'The file could not be read: it is over.\n']);
  });

  it('ends at once although its browser does not read on, and is over when its child is gone', async () => {
    const file = join(await temporaryDirectory(), 'file');
    await writeFile(file, Buffer.alloc(32 * MIB));
    const clock = new VirtualClock();
    const downloads: Parameters<FindDownload>[2][] = [];
    const opened = await openScreen({
      clock,
      download: (_job, _path, download) => {
        downloads.push(download);
        return Promise.resolve({ absolute: file, name: 'c', bytes: 32 * MIB });
      },
    });
    const Cookie = await logIn(opened);
    const socket = await connectRaw(opened.port);
    socket.pause();
    const before = clock.pending;
    socket.write(requestText(opened, { target: TARGET, headers: { Cookie } }));
    await until('the download to wait', () => clock.pending > before);
    downloads[0]?.end('it is over');
    await downloads[0]?.over;
    expect(await readersOf(file)).toEqual([]);
    socket.resume();
    expect((await replyOn(socket)).body.length).toBeLessThan(32 * MIB);
    await expectGoodClientServed(opened);
  });
});

describe('the child that reads', () => {
  it('ends with a client that leaves, also while it waits for its first byte', async () => {
    const path = await pipe();
    const opened = await openScreen({
      download: () => Promise.resolve({ absolute: path, name: 'c', bytes: 9 }),
    });
    const socket = await connectRaw(opened.port);
    socket.write(requestText(opened, { target: TARGET, headers: { Cookie: await logIn(opened) } }));
    await until('the child', async () => (await readersOf(path)).length === 1);
    socket.destroy();
    await until('its end', async () => (await readersOf(path)).length === 0);
    await expectGoodClientServed(opened);
  });

  it('waits for a client that reads slowly, and is ended for one that stopped', async () => {
    const { opened, file, clock, Cookie } = await offering(Buffer.alloc(32 * MIB));
    const socket = await connectRaw(opened.port);
    socket.pause();
    const before = clock.pending;
    socket.write(requestText(opened, { target: TARGET, headers: { Cookie } }));
    await until('the download to wait', () => clock.pending > before);
    expect(await readersOf(file)).toHaveLength(1);
    await clock.advance(STALLED_LIMIT_MS);
    socket.resume();
    const { status, body } = await replyOn(socket);
    expect(status).toBe(200);
    expect(body.length).toBeLessThan(32 * MIB);
    await until('its end', async () => (await readersOf(file)).length === 0);
  });

  it('is one of a few, and ends with the screen', async () => {
    const path = await pipe();
    const opened = await openScreen({
      download: () => Promise.resolve({ absolute: path, name: 'c', bytes: 9 }),
    });
    const Cookie = await logIn(opened);
    const text = requestText(opened, { target: TARGET, headers: { Cookie } });
    const sockets = await Promise.all(Array.from({ length: MAX_DOWNLOADS }, () => connectRaw(opened.port)));
    for (const socket of sockets) socket.write(text);
    await until('the children', async () => (await readersOf(path)).length === MAX_DOWNLOADS);
    for (const target of [TARGET, CHECK]) {
      const refused = await request(opened, { target, headers: { Cookie } });
      expect([refused.status, refused.header('Retry-After')]).toEqual([503, '10']);
      expect(refused.body).toBe('4 downloads are under way; wait for one to end.\n');
    }
    sockets[0]?.destroy();
    await until('a place', async () => (await readersOf(path)).length === MAX_DOWNLOADS - 1);
    await opened.screen.close();
    await until('their end', async () => (await readersOf(path)).length === 0);
  });
});
