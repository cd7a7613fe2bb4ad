/** The tokens of addresses, the cookies they are exchanged for, and their ends. */
import { describe, expect, it } from 'vitest';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';
import { MAX_TOKENS, TOKEN_LIMIT_MS } from '../../../src-main/web/entry-tokens.ts';
import { IDLE_LIMIT_MS, MAX_SESSIONS } from '../../../src-main/web/sessions.ts';
import { MAX_WRONG_WAITING, WRONG_TOKEN_DELAY_MS } from '../../../src-main/web/session-route.ts';
import { until } from '../../helpers/system-until.ts';
import {
  expectGoodClientServed,
  logIn,
  openScreen,
  openSocket,
  request,
  type Opened,
  type Reply,
} from './screen-fixture.ts';

const post = (opened: Opened, body: string, headers: Record<string, string> = {}): Promise<Reply> =>
  request(opened, { method: 'POST', target: '/session', body, headers });

const signIn = (opened: Opened, token: string): Promise<Reply> => post(opened, JSON.stringify({ token }));

const statusOf = async (opened: Opened, Cookie: string): Promise<number | undefined> =>
  (await request(opened, { target: '/session', headers: { Cookie } })).status;

describe('the address', () => {
  it('carries a token of its own behind the hash, 256 bits', async () => {
    const { screen, host } = await openScreen();
    expect(screen.origin).toBe(`http://${host}`);
    const [, token = ''] = screen.newUrl().split(`http://${host}/#token=`);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(screen.newUrl()).not.toContain(token);
  });
});

describe('a good token', () => {
  it('is good once, each in its own browser, in any order', async () => {
    const opened = await openScreen();
    const [first, second] = [opened.newToken(), opened.newToken()];
    for (const token of [second, first]) {
      const cookie = (await signIn(opened, token)).header('Set-Cookie')?.split(';')[0] ?? '';
      const again = await signIn(opened, token);
      expect([again.status, again.header('Set-Cookie')]).toEqual([401, undefined]);
      expect(again.body).toMatch(/was used before.* open`/);
      // What it opened goes on.
      expect(await statusOf(opened, cookie)).toBe(204);
    }
  });

  it('opens one session although two browsers offer it at once', async () => {
    const opened = await openScreen();
    const token = opened.newToken();
    const replies = await Promise.all([signIn(opened, token), signIn(opened, token)]);
    expect(replies.map(({ status }) => status).toSorted((a = 0, b = 0) => a - b)).toEqual([204, 401]);
  });

  it('is good for an hour', async () => {
    const clock = new VirtualClock();
    const opened = await openScreen({ clock });
    const [early, late] = [opened.newToken(), opened.newToken()];
    await clock.advance(TOKEN_LIMIT_MS);
    expect((await signIn(opened, early)).status).toBe(204);
    await clock.advance(1);
    const before = clock.pending;
    const refused = signIn(opened, late);
    await until('the answer to wait', () => clock.pending > before);
    await clock.advance(WRONG_TOKEN_DELAY_MS);
    expect((await refused).status).toBe(401);
  });

  it('is one of so many, of which the oldest gives way', async () => {
    const opened = await openScreen();
    const [gone, kept] = [opened.newToken(), opened.newToken()];
    for (let count = 2; count < MAX_TOKENS + 1; count += 1) opened.newToken();
    expect((await signIn(opened, gone)).status).toBe(401);
    expect((await signIn(opened, kept)).status).toBe(204);
  });

  it('of one program opens no other, nor the one that follows it', async () => {
    const [before, after] = [await openScreen(), await openScreen()];
    expect((await signIn(after, before.newToken())).status).toBe(401);
  });

  it('gives a cookie of its own that opens the rest', async () => {
    const opened = await openScreen();
    const { port } = opened;
    const token = opened.newToken();
    const reply = await signIn(opened, token);
    const cookie = reply.header('Set-Cookie') ?? '';
    expect(cookie).toMatch(new RegExp(`^orbit-ghost-${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`));
    expect(cookie).not.toContain(token);
    expect(await logIn(opened)).not.toBe(cookie.split(';')[0]);
    expect(await statusOf(opened, cookie.split(';')[0] ?? '')).toBe(204);
  });

  it('also beside cookies of others, of the same name too', async () => {
    const opened = await openScreen();
    const cookie = await logIn(opened);
    const name = cookie.split('=')[0] ?? '';
    expect(await statusOf(opened, `a=b; ${name}=other; ${cookie}; c`)).toBe(204);
    expect(await statusOf(opened, `x${cookie}`)).toBe(401);
    expect(await statusOf(opened, `${cookie}x`)).toBe(401);
  });
});

describe('a wrong token', () => {
  it.each([
    ['wrong', JSON.stringify({ token: 'x'.repeat(43) }), 401],
    ['empty', JSON.stringify({ token: '' }), 401],
    ['missing', '{}', 400],
    ['no text', '{"token":1}', 400],
    ['a list', '{"token":["x"]}', 400],
    ['too long', JSON.stringify({ token: 'x'.repeat(300) }), 400],
    ['not alone', '{"token":"x","__proto__":{"token":"y"}}', 400],
    ['no object', 'null', 400],
    ['no JSON', '{"token":', 400],
    ['too large', JSON.stringify({ token: 'x'.repeat(10_000) }), 413],
  ])('that is %s gives nothing', async (_, body, status) => {
    const opened = await openScreen();
    const reply = await post(opened, body);
    expect(reply.status).toBe(status);
    expect(reply.header('Set-Cookie')).toBeUndefined();
    await expectGoodClientServed(opened);
  });

  it('that is nearly right gives nothing', async () => {
    const opened = await openScreen();
    const good = opened.newToken();
    for (const token of [good.slice(1), `${good} `, good.toLowerCase()]) {
      expect((await signIn(opened, token)).status).toBe(401);
    }
    expect((await signIn(opened, good)).status).toBe(204);
  });

  it('is not read from a form, an address or a header', async () => {
    const opened = await openScreen();
    const token = opened.newToken();
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/jsonx', '']) {
      const headers = { 'Content-Type': type };
      expect((await post(opened, JSON.stringify({ token }), headers)).status).toBe(415);
    }
    const target = `/session?token=${token}`;
    expect((await request(opened, { target, headers: { Authorization: `Bearer ${token}` } })).status).toBe(
      401,
    );
  });

  it('in chunks without end is refused', async () => {
    const opened = await openScreen();
    const headers = { 'Content-Length': '', 'Transfer-Encoding': 'chunked' };
    const chunk = `400\r\n${'x'.repeat(1_024)}\r\n`;
    const reply = await request(opened, {
      method: 'POST',
      target: '/session',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: chunk + chunk,
    }).catch(() => undefined);
    expect(reply?.status).not.toBe(204);
    await expectGoodClientServed(opened);
  });

  it('is answered late, so many wait and no more, and the right one need not wait', async () => {
    const clock = new VirtualClock();
    const opened = await openScreen({ clock });
    const wrong = JSON.stringify({ token: 'wrong' });
    const before = clock.pending;
    const waiting = Array.from({ length: MAX_WRONG_WAITING }, () => post(opened, wrong));
    await until('all of them', () => clock.pending === before + MAX_WRONG_WAITING);
    expect((await post(opened, wrong)).status).toBe(429);
    await logIn(opened);
    await clock.advance(WRONG_TOKEN_DELAY_MS);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(waiting.map(() => 401));
  });
});

describe('a session', () => {
  it('ends when it is given back, and its WebSockets with it; others stay', async () => {
    const opened = await openScreen();
    const [cookie, other] = [await logIn(opened), await logIn(opened)];
    const { closed } = await openSocket(opened, cookie);
    const reply = await request(opened, {
      method: 'DELETE',
      target: '/session',
      headers: { Cookie: cookie },
    });
    expect(reply.status).toBe(204);
    expect(reply.header('Set-Cookie')).toMatch(/^orbit-ghost-\d+=; .*; Max-Age=0$/);
    expect(await closed).toBe(4401);
    expect(await statusOf(opened, cookie)).toBe(401);
    expect(await statusOf(opened, other)).toBe(204);
  });

  it('ends when it was not used for long, unless a WebSocket uses it', async () => {
    const clock = new VirtualClock();
    const opened = await openScreen({ clock });
    const [idle, used, live] = [await logIn(opened), await logIn(opened), await logIn(opened)];
    const { socket } = await openSocket(opened, live);
    const pass = async (ms: number): Promise<void> => {
      // In steps a heartbeat can be answered in.
      for (let passed = 0; passed < ms; passed += 25_000) {
        const pong = new Promise((resolve) => socket.once('ping', resolve));
        const pings = Math.floor((clock.now() + 25_000) / 30_000) > Math.floor(clock.now() / 30_000);
        await clock.advance(25_000);
        if (pings) await pong;
        await turn();
      }
    };
    await pass(IDLE_LIMIT_MS * 0.6);
    expect(await statusOf(opened, used)).toBe(204);
    await pass(IDLE_LIMIT_MS * 0.6);
    expect(await statusOf(opened, idle)).toBe(401);
    expect(await statusOf(opened, used)).toBe(204);
    expect(await statusOf(opened, live)).toBe(204);
    expect(socket.readyState).toBe(socket.OPEN);
  });

  it('gives way to newer ones when there are too many, those in use last', async () => {
    const opened = await openScreen();
    const live = await logIn(opened);
    const { socket } = await openSocket(opened, live);
    const idle = await logIn(opened);
    for (let count = 2; count < MAX_SESSIONS + 1; count += 1) await logIn(opened);
    expect(await statusOf(opened, idle)).toBe(401);
    expect(await statusOf(opened, live)).toBe(204);
    expect(socket.readyState).toBe(socket.OPEN);
  });
});
