/** Every request a stranger can make of the browser screen, as raw bytes: refused, nothing done, the person still served. */
import { describe, expect, it } from 'vitest';
import { SECURITY_HEADERS } from '../../../src-main/web/security-headers.ts';
import {
  connectRaw,
  expectGoodClientServed,
  logIn,
  openScreen,
  PAGE,
  replyOn,
  request,
  requestText,
  sendRaw,
  type Opened,
  type RawRequest,
  type Reply,
} from './screen-fixture.ts';

function expectRefused(reply: Reply, status: number): void {
  expect(reply.status).toBe(status);
  expectSecurityHeaders(reply);
  expect(reply.header('Set-Cookie')).toBeUndefined();
  expect(reply.body).not.toContain(PAGE);
}

function expectSecurityHeaders(reply: Reply): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(reply.header(name)).toBe(value);
  expect(reply.head).not.toMatch(/access-control/i);
}

/** A request that would get a session if it were not for what is wrong with it. */
const opening = ({ newToken }: Opened): RawRequest => ({
  method: 'POST',
  target: '/session',
  body: JSON.stringify({ token: newToken() }),
});

describe('the policy', () => {
  it('is the one the product promises', () => {
    expect(SECURITY_HEADERS).toEqual({
      'Content-Security-Policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    });
  });
});

describe('a name of the server', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]'])('%s is answered on both addresses', async (name) => {
    const opened = await openScreen();
    const host = `${name}:${opened.port}`;
    const headers = { Host: host, Origin: `http://${host}` };
    for (const address of ['127.0.0.1', '::1']) {
      const reply = await sendRaw(opened.port, requestText(opened, { headers }), address);
      expect(reply.body).toBe(PAGE);
      expectSecurityHeaders(reply);
    }
  });

  it.each([
    ['of another site', 'evil.example:PORT'],
    ['of another site that resolves to this machine', 'localhost.evil.example:PORT'],
    ['without the port', '127.0.0.1'],
    ['with another port', '127.0.0.1:1'],
    ['that means the same address', '127.1:PORT'],
    ['as a number', '2130706433:PORT'],
    ['with a dot at its end', 'localhost.:PORT'],
    ['in capitals with a password', 'user:secret@127.0.0.1:PORT'],
    ['of every address', '0.0.0.0:PORT'],
    ['that is two', '127.0.0.1:PORT, evil.example'],
    ['that is missing', ''],
  ])('%s is refused on every route, with and without a matching origin', async (_, template) => {
    const opened = await openScreen();
    const Host = template.replace('PORT', String(opened.port));
    const cookie = await logIn(opened);
    for (const Origin of [`http://${Host}`, `http://${opened.host}`, '']) {
      for (const raw of [
        {},
        opening(opened),
        { target: '/download?job=00000000-1&path=a' },
        { target: '/ws' },
      ]) {
        const reply = await request(opened, { ...raw, headers: { Host, Origin, Cookie: cookie } });
        expectRefused(reply, 403);
      }
    }
    await expectGoodClientServed(opened);
  });

  it('given twice is refused whichever comes first', async () => {
    const opened = await openScreen();
    for (const names of [
      [opened.host, 'evil.example'],
      ['evil.example', opened.host],
      [opened.host, opened.host],
    ]) {
      const lines = names.map((name) => `Host: ${name}\r\n`).join('');
      expectRefused(await sendRaw(opened.port, `GET / HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`), 403);
    }
  });
});

describe('an origin', () => {
  it.each([
    ['of another site', 'http://evil.example'],
    ['with another port', 'http://127.0.0.1:1'],
    ['without the port', 'http://127.0.0.1'],
    ['of https', 'https://HOST'],
    ['that is hidden', 'null'],
    ['with a path', 'http://HOST/'],
    ['of another of our names', 'http://localhost:PORT'],
    ['that is two', 'http://HOST, http://HOST'],
  ])('%s is refused', async (_, template) => {
    const opened = await openScreen();
    const Origin = template.replaceAll('HOST', opened.host).replace('PORT', String(opened.port));
    const Cookie = await logIn(opened);
    for (const raw of [{}, opening(opened), { method: 'DELETE', target: '/session' }]) {
      expectRefused(await request(opened, { ...raw, headers: { Origin, Cookie } }), 403);
    }
    // It was not ended.
    expect((await request(opened, { target: '/session', headers: { Cookie } })).status).toBe(204);
    await expectGoodClientServed(opened);
  });

  it('may be missing where a person opens the page, not where something changes', async () => {
    const opened = await openScreen();
    const headers = { Origin: '', 'Sec-Fetch-Site': 'none' };
    expect((await request(opened, { headers })).body).toBe(PAGE);
    expectRefused(await request(opened, { ...opening(opened), headers }), 403);
    const Cookie = await logIn(opened);
    const end = { method: 'DELETE', target: '/session', headers: { ...headers, Cookie } };
    expectRefused(await request(opened, end), 403);
  });

  it.each(['cross-site', 'same-site', 'same-origin, none', 'x'])(
    'that the browser calls %s is refused',
    async (site) => {
      const opened = await openScreen();
      const headers = { 'Sec-Fetch-Site': site };
      expectRefused(await request(opened, { headers }), 403);
      expectRefused(await request(opened, { ...opening(opened), headers }), 403);
    },
  );

  it('that another place leads to gets the page in a tab of its own, and nothing else', async () => {
    const opened = await openScreen();
    const Cookie = await logIn(opened);
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
    const tab = { ...headers, 'Sec-Fetch-Dest': 'document' };
    expect((await request(opened, { headers: tab })).body).toBe(PAGE);
    expectRefused(await request(opened, { headers: { ...headers, 'Sec-Fetch-Dest': 'iframe' } }), 403);
    for (const target of ['/session', '/download', '/plain.svg', '/ws'])
      expectRefused(await request(opened, { target, headers: { ...tab, Cookie } }), 403);
    expectRefused(await request(opened, { ...opening(opened), headers: tab }), 403);
  });
});

describe('methods', () => {
  const METHODS = [
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'M-SEARCH',
  ];
  const ALLOWED: Readonly<Record<string, readonly string[]>> = {
    '/': ['GET', 'HEAD'],
    '/index.html': ['GET', 'HEAD'],
    '/plain.svg': ['GET', 'HEAD'],
    '/session': ['GET', 'POST', 'DELETE'],
    '/download': ['GET'],
    '/download/check': ['GET'],
    '/ws': ['GET'],
  };

  it.each(Object.keys(ALLOWED))(
    '%s knows its own and no other, and none does anything alone',
    async (target) => {
      const opened = await openScreen();
      for (const method of METHODS) {
        const reply = await request(opened, { method, target });
        const allowed = ALLOWED[target]?.includes(method) ?? false;
        if (allowed) expect(reply.status).not.toBe(405);
        else expectRefused(reply, 405);
        expectSecurityHeaders(reply);
        expect(reply.header('Set-Cookie')).toBeUndefined();
      }
      expect(opened.program.calls).toEqual([]);
      await expectGoodClientServed(opened);
    },
  );

  it.each(['/session', '/download', '/download/check', '/ws'])(
    'none of %s goes on without a session',
    async (target) => {
      const opened = await openScreen();
      for (const Cookie of [
        '',
        'x',
        `orbit-ghost-${opened.port}=`,
        `orbit-ghost-${opened.port}=${opened.newToken()}`,
      ]) {
        const query = target.startsWith('/download') ? '?job=00000000-1&path=a' : '';
        const reply = await request(opened, { target: target + query, headers: { Cookie } });
        expectRefused(reply, target === '/ws' ? 426 : 401);
      }
    },
  );

  it('that open a tunnel or name another server get nothing', async () => {
    const opened = await openScreen();
    const { host, port } = opened;
    expect((await sendRaw(port, `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status).toBeUndefined();
    expectRefused(await request(opened, { target: `http://${host}/` }), 400);
    expectRefused(await request(opened, { target: '*', method: 'OPTIONS' }), 400);
    await expectGoodClientServed(opened);
  });
});

describe('files of the screen', () => {
  it('are the built ones, with their types; only hashed ones may be kept', async () => {
    const opened = await openScreen();
    const page = await request(opened, { target: '/?x=1' });
    expect(page.body).toBe(PAGE);
    expect(page.header('Content-Type')).toBe('text/html; charset=utf-8');
    const script = await request(opened, { target: '/assets/index-a1B2_c3-.js' });
    expect(script.header('Cache-Control')).toBe('private, max-age=31536000, immutable');
    expect(script.header('Content-Type')).toBe('text/javascript; charset=utf-8');
    const head = await request(opened, { method: 'HEAD', target: '/plain.svg' });
    expect([head.header('Content-Type'), head.header('Content-Length'), head.body]).toEqual([
      'image/svg+xml',
      '6',
      '',
    ]);
    expectSecurityHeaders(head);
    const tag = page.header('ETag') ?? '';
    const again = await request(opened, { headers: { 'If-None-Match': tag } });
    expect([again.status, again.body]).toEqual([304, '']);
    expectSecurityHeaders(again);
  });

  it.each([
    '/../secret.json',
    '/..%2fsecret.json',
    '/%2e%2e/secret.json',
    '/%2e%2e%2fsecret.json',
    '/assets/../../secret.json',
    '/assets/..%5c..%5csecret.json',
    '/..\\secret.json',
    '/.%00./secret.json',
    '/%252e%252e/secret.json',
    '/assets/%c0%ae%c0%ae/secret.json',
    '//secret.json',
    '/link.json',
    '/out/secret.json',
    '//evil.example/',
    '/.',
    '/assets',
    '/assets/',
    '/jobs',
    '/index.html/',
    '/assets/index-a1B2_c3-.js.map',
    '/constructor',
    '/__proto__',
    '/%',
    `/${'a/'.repeat(4_000)}`,
  ])('and nothing else: %s', async (target) => {
    const opened = await openScreen();
    const reply = await request(opened, { target });
    expectRefused(reply, 404);
    expect(reply.body).not.toContain('secret');
  });

  it('stay what they were at the start, whatever happens to the directory', async () => {
    const opened = await openScreen();
    const { rm } = await import('node:fs/promises');
    await rm(`${opened.directory}/root`, { recursive: true });
    expect((await request(opened)).body).toBe(PAGE);
  });
});

describe('bytes that wear out', () => {
  it('headers beyond the limit are refused', async () => {
    const opened = await openScreen();
    expectRefused(await request(opened, { headers: { 'X-Long': 'x'.repeat(40_000) } }), 431);
    expectRefused(await request(opened, { target: `/${'x'.repeat(40_000)}` }), 431);
    const many = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`X-${index}`, 'x'.repeat(9)]),
    );
    expectRefused(await request(opened, { headers: many }), 431);
    await expectGoodClientServed(opened);
  });

  it('what is no HTTP is refused', async () => {
    const opened = await openScreen();
    for (const bytes of [
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc',
      'hello\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: ${opened.host}\r\nBad Name: x\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: ${opened.host}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: ${opened.host}\r\nX: a\r\n b\0\r\n\r\n`,
    ]) {
      expectRefused(await sendRaw(opened.port, Buffer.from(bytes, 'latin1')), 400);
    }
    expectRefused(await sendRaw(opened.port, 'GET / HTTP/1.0\r\n\r\n'), 403);
    await expectGoodClientServed(opened);
  });

  it('a second request behind a refused one is not answered', async () => {
    const opened = await openScreen();
    const bad = requestText(opened, { headers: { Host: 'evil.example', Connection: 'keep-alive' } });
    const reply = await sendRaw(opened.port, bad + requestText(opened, opening(opened)));
    expectRefused(reply, 403);
    expect(reply.body).not.toMatch(/HTTP\/1\.1/);
  });

  it('a body where none belongs, or one that was announced with Expect, is refused unread', async () => {
    const opened = await openScreen();
    expectRefused(await request(opened, { body: '{}' }), 400);
    expectRefused(await request(opened, { method: 'DELETE', target: '/session', body: '{}' }), 400);
    const chunked = { 'Transfer-Encoding': 'chunked' };
    expectRefused(await request(opened, { headers: chunked }), 400);
    for (const Expect of ['100-continue', 'more']) {
      expectRefused(await request(opened, { ...opening(opened), headers: { Expect } }), 417);
    }
    await expectGoodClientServed(opened);
  });

  it('one that sends its headers, or its body, a byte at a time is hung up while others are served', async () => {
    const opened = await openScreen();
    const slow = [
      'GET / HTTP/1.1\r\nHost: ',
      requestText(opened, { ...opening(opened), headers: { 'Content-Length': '900' } }),
    ].map(async (start) => {
      const socket = await connectRaw(opened.port);
      socket.write(start);
      const drip = setInterval(() => socket.write('x'), 100);
      socket.once('close', () => clearInterval(drip));
      return await replyOn(socket);
    });
    await expectGoodClientServed(opened);
    const [headers, body] = await Promise.all(slow);
    expect(headers?.status).toBe(408);
    // Its answer had been begun: a word now could be taken for that.
    expect(body).toMatchObject({ status: undefined, body: '' });
    await expectGoodClientServed(opened);
  });
});
