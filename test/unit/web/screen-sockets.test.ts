/** Upgrades and WebSockets: who gets one, what may be said on it, and when it ends. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { SECURITY_HEADERS } from '../../../src-main/web/security-headers.ts';
import { HEARTBEAT_MS, MAX_PAYLOAD_BYTES, MAX_SOCKETS } from '../../../src-main/web/sockets.ts';
import { contractProgram } from '../../helpers/contract-program.ts';
import { until } from '../../helpers/system-until.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import {
  connectRaw,
  expectGoodClientServed,
  HANDSHAKE,
  logIn,
  openScreen,
  openSocket,
  replyOn,
  request,
  requestText,
  type Opened,
} from './screen-fixture.ts';

const MIB = 1024 * 1024;
/** Header fields of a frame from a client, masked with zeros: final, operation, length. */
const FINAL_TEXT = 0x81;
const MASKED = 0x80;

function upgrade(opened: Opened, headers: Record<string, string>, target = '/ws', method = 'GET') {
  return request(opened, { method, target, headers: { ...HANDSHAKE, ...headers } });
}

/** A raw connection that has become a WebSocket. */
async function upgraded(opened: Opened) {
  const Cookie = await logIn(opened);
  const socket = await connectRaw(opened.port);
  socket.write(requestText(opened, { target: '/ws', headers: { ...HANDSHAKE, Cookie } }));
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}

/** The code in the close frame the server sent last. */
async function closeCode(socket: Awaited<ReturnType<typeof upgraded>>): Promise<number | undefined> {
  const { body, head } = await replyOn(socket);
  const bytes = Buffer.from(head + body, 'latin1');
  const at = bytes.lastIndexOf(Buffer.from([0x88, 0x02]));
  return at === -1 ? undefined : bytes.readUInt16BE(at + 2);
}

describe('an upgrade', () => {
  it.each([
    ['without a cookie', {}, 401],
    ['with a made-up cookie', { Cookie: 'orbit-ghost-PORT=abc' }, 401],
    ['with the token for a cookie', { Cookie: 'orbit-ghost-PORT=TOKEN' }, 401],
    ['with the token as a protocol', { 'Sec-WebSocket-Protocol': 'TOKEN' }, 401],
    ['from another site', { Cookie: 'COOKIE', Origin: 'http://evil.example' }, 403],
    ['from another port', { Cookie: 'COOKIE', Origin: 'http://127.0.0.1:1' }, 403],
    ['without an origin', { Cookie: 'COOKIE', Origin: '' }, 403],
    ['from a hidden origin', { Cookie: 'COOKIE', Origin: 'null' }, 403],
    ['under another name', { Cookie: 'COOKIE', Host: 'evil.example:PORT' }, 403],
    ['rebound', { Cookie: 'COOKIE', Host: 'evil.example:PORT', Origin: 'http://evil.example:PORT' }, 403],
    ['from a page of another port', { Cookie: 'COOKIE', 'Sec-Fetch-Site': 'same-site' }, 403],
    ['to another protocol', { Cookie: 'COOKIE', Upgrade: 'h2c' }, 400],
    ['of an old version', { Cookie: 'COOKIE', 'Sec-WebSocket-Version': '7' }, 400],
    ['without a key', { Cookie: 'COOKIE', 'Sec-WebSocket-Key': '' }, 400],
  ])('%s is refused', async (_, template: Record<string, string>, status) => {
    const opened = await openScreen();
    const cookie = await logIn(opened);
    const headers = Object.fromEntries(
      Object.entries(template).map(([name, value]) => [
        name,
        value
          .replace('PORT', String(opened.port))
          .replace('TOKEN', opened.newToken())
          .replace('COOKIE', cookie),
      ]),
    );
    const reply = await upgrade(opened, headers);
    expect(reply.status).toBe(status);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(reply.header(name)).toBe(value);
    expect(reply.head).not.toMatch(/sec-websocket-accept|access-control/i);
    expect(opened.program.open()).toBe(0);
    await expectGoodClientServed(opened);
  });

  it('exists at one place, with one method', async () => {
    const opened = await openScreen();
    const Cookie = await logIn(opened);
    for (const target of ['/', '/session', '/ws/', '/ws?x', '/WS', '//ws', '/%77s']) {
      expect((await upgrade(opened, { Cookie }, target)).status).toBe(404);
    }
    for (const method of ['POST', 'DELETE', 'OPTIONS']) {
      expect((await upgrade(opened, { Cookie }, '/ws', method)).status).toBe(404);
    }
  });

  it('is given to so many and no more', async () => {
    const opened = await openScreen();
    const Cookie = await logIn(opened);
    const sockets = await Promise.all(Array.from({ length: MAX_SOCKETS }, () => openSocket(opened, Cookie)));
    expect((await upgrade(opened, { Cookie })).status).toBe(503);
    sockets[0]?.socket.close();
    await sockets[0]?.closed;
    await until('a place', async () => {
      const attempt = new WebSocket(`ws://${opened.host}/ws`, {
        origin: `http://${opened.host}`,
        headers: { cookie: Cookie },
      });
      const [event] = await Promise.race([
        once(attempt, 'open').then(() => ['open']),
        once(attempt, 'error').then(() => ['error']),
      ]);
      attempt.on('error', () => undefined).terminate();
      return event === 'open';
    });
  });
});

describe('a browser', () => {
  it('is far: it calls what is for all and not what is near', async () => {
    const opened = await openScreen();
    const { send, messages } = await openSocket(opened, await logIn(opened));
    send({ type: 'call', id: 1, method: 'app.stop', input: { force: true } });
    send({ type: 'call', id: 2, method: 'app.screen', input: {} });
    send({ type: 'call', id: 3, method: 'files.reveal', input: { job: '00000000-1', path: 'a' } });
    send({ type: 'call', id: 4, method: 'dialog.choose', input: { what: 'folder' } });
    send({ type: 'call', id: 5, method: 'app.info', input: {} });
    await until('the answers', () => messages.length === 5);
    const answers = new Map(messages.map((message) => ['id' in message ? message.id : 0, message]));
    for (const id of [1, 2, 3, 4]) {
      expect(answers.get(id)).toMatchObject({ type: 'error', error: { code: 'PERMISSION_DENIED' } });
    }
    expect(answers.get(5)).toMatchObject({ type: 'result' });
    expect(opened.program.calls).toEqual(['app.info']);
    expect(opened.program.callers[0]).toEqual({
      near: false,
      can: { reveal: false, drag: false, download: true, choose: false },
    });
  });

  it('gets events one at a time, and its subscriptions end with it', async () => {
    const opened = await openScreen();
    const { send, messages, socket } = await openSocket(opened, await logIn(opened));
    send({ type: 'subscribe', id: 1, topic: 'state', input: {} });
    await until('the first event', () => messages.length === 1);
    opened.program.change();
    send({ type: 'acknowledge', id: 1, sequence: 1 });
    await until('the second event', () => messages.length === 2);
    expect(messages.map((message) => message.type === 'event' && message.sequence)).toEqual([1, 2]);
    socket.terminate();
    await until('the end', () => opened.program.open() === 0);
  });
});

it('sends a large message small, for a slow line, and a small one as it is', async () => {
  const filler = 'A'.repeat(MIB);
  const opened = await openScreen({ program: contractProgram({ event: () => ({ filler }) }) });
  const { send, messages, socket } = await openSocket(opened, await logIn(opened));
  const wire = Reflect.get(socket, '_socket') as Socket;
  send({ type: 'call', id: 1, method: 'app.info', input: {} });
  await until('the answer', () => messages.length === 1);
  const before = wire.bytesRead;
  send({ type: 'subscribe', id: 1, topic: 'state', input: {} });
  await until('the event', () => messages.length === 2);
  expect(messages[1]).toMatchObject({ event: { filler } });
  expect(wire.bytesRead - before).toBeLessThan(MIB / 100);
});

describe('nonsense on a WebSocket', () => {
  it.each([
    ['no JSON', 'hello', 1008],
    ['nothing', '', 1008],
    ['half a message', '{"type":"call"', 1008],
    ['a message of no known type', '{"type":"run","id":1}', 1008],
    ['a message with more in it', '{"type":"unsubscribe","id":1,"x":1}', 1008],
    ['an id that is none', '{"type":"unsubscribe","id":-1}', 1008],
    ['a list', '[]', 1008],
    ['bytes', Buffer.from('{"type":"call","id":1,"method":"app.info","input":{}}'), 1008],
    ['too much', `"${'x'.repeat(MAX_PAYLOAD_BYTES)}"`, 1009],
    ['too much in bytes', Buffer.alloc(MAX_PAYLOAD_BYTES + 1), 1009],
  ])('%s ends that one and nothing is done', async (_, message, code) => {
    const opened = await openScreen();
    const good = await openSocket(opened, await logIn(opened));
    const { socket, closed, messages } = await openSocket(opened, await logIn(opened));
    socket.send(message);
    socket.send('{"type":"call","id":9,"method":"setup.check","input":{}}');
    expect(await closed).toBe(code);
    expect(messages.every(({ type }) => type === 'refused')).toBe(true);
    expect(opened.program.calls).toEqual([]);
    good.send({ type: 'call', id: 1, method: 'app.info', input: {} });
    await until('the answer to the other', () => good.messages.length === 1);
  });

  it('such as unknown methods, topics and wrong input is answered, and goes no further', async () => {
    const opened = await openScreen();
    const { send, messages } = await openSocket(opened, await logIn(opened));
    send({ type: 'call', id: 1, method: 'constructor', input: {} });
    send({ type: 'call', id: 2, method: 'jobs.mount', input: { job: '../../etc' } });
    send({
      type: 'call',
      id: 3,
      method: 'files.list',
      input: { job: '00000000-1', path: '../x', offset: 0, limit: 1 },
    });
    send({ type: 'subscribe', id: 4, topic: '__proto__', input: {} });
    await until('the answers', () => messages.length === 4);
    expect(messages.every(({ type }) => type === 'error')).toBe(true);
    expect(opened.program.calls).toEqual([]);
  });

  it.each([
    [
      'a frame that announces eight exabytes',
      [FINAL_TEXT, MASKED | 127, 0x7f, 255, 255, 255, 255, 255, 255, 255],
      1009,
    ],
    ['a frame just too long', [FINAL_TEXT, MASKED | 127, 0, 0, 0, 0, 0, 4, 0, 1], 1009],
    ['a frame without a mask', [FINAL_TEXT, 1, 0x31], 1002],
    ['a reserved bit', [0xc1, MASKED | 1, 0, 0, 0, 0, 0x31], 1002],
    ['an unknown operation', [0x83, MASKED, 0, 0, 0, 0], 1002],
    ['a continuation of nothing', [0x80, MASKED, 0, 0, 0, 0], 1002],
    ['text that is no UTF-8', [FINAL_TEXT, MASKED | 2, 0, 0, 0, 0, 0xc3, 0x28], 1007],
    ['a ping that is too long', [0x89, MASKED | 126, 0, 200, 0, 0, 0, 0], 1002],
  ])('%s ends that one', async (_, bytes, code) => {
    const opened = await openScreen();
    const socket = await upgraded(opened);
    socket.write(Buffer.from(bytes));
    expect(await closeCode(socket)).toBe(code);
    expect(opened.program.calls).toEqual([]);
    await expectGoodClientServed(opened);
  });

  it('in endless pieces is no way around the limit', async () => {
    const opened = await openScreen();
    const socket = await upgraded(opened);
    const piece = Buffer.concat([
      Buffer.from([0x01, MASKED | 126, 0xff, 0xff, 0, 0, 0, 0]),
      Buffer.alloc(65_535, 0x20),
    ]);
    const next = Buffer.concat([Buffer.from([0x00]), piece.subarray(1)]);
    socket.write(piece);
    for (let count = 0; count < 5; count += 1) socket.write(next);
    expect(await closeCode(socket)).toBe(1009);
    await expectGoodClientServed(opened);
  });
});

describe('a browser that does not read', () => {
  it('is not read either, and goes on when it reads', async () => {
    const text = 'x'.repeat(MIB);
    const program = contractProgram({ answer: () => ({ text }) });
    const opened = await openScreen({ program });
    const { socket, messages } = await openSocket(opened, await logIn(opened));
    socket.pause();
    const padding = 'x'.repeat(16 * 1024);
    for (let id = 1; id <= 100; id += 1) {
      const call = { type: 'call', method: 'setup.check' };
      socket.send(JSON.stringify({ ...call, id, input: {} }));
      // Refused for its input; there so that the calls do not all lie in one chunk.
      socket.send(JSON.stringify({ ...call, id: id + 1_000, input: { padding } }));
    }
    await until('the first calls', () => program.calls.length > 0);
    await openSocket(opened, await logIn(opened));
    expect(program.calls.length).toBeLessThan(40);
    socket.resume();
    await until('all answers', () => messages.length === 200, 30_000);
    expect(program.calls).toHaveLength(100);
  });
});

describe('the heartbeat', () => {
  it('hangs up on a browser that is gone without a word, and on no other', async () => {
    const clock = new VirtualClock();
    const opened = await openScreen({ clock });
    const good = await openSocket(opened, await logIn(opened));
    const gone = await upgraded(opened);
    const ended = once(gone, 'close');
    for (let beat = 0; beat < 3; beat += 1) {
      const ping = once(good.socket, 'ping');
      await clock.advance(HEARTBEAT_MS);
      await ping;
      // Its pong has been read when an answer behind it has come.
      const answered = good.messages.length + 1;
      good.send({ type: 'call', id: beat, method: 'app.info', input: {} });
      await until('an answer', () => good.messages.length === answered);
    }
    await ended;
    expect(good.socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe('the end of the screen', () => {
  it('says so to every browser, and waits for none', async () => {
    const opened = await openScreen();
    const { closed } = await openSocket(opened, await logIn(opened));
    const deaf = await upgraded(opened);
    const hung = await connectRaw(opened.port);
    hung.write('GET / HTTP/1.1\r\n');
    const ends = [once(deaf, 'close'), once(hung, 'close')];
    await opened.screen.close();
    expect(await closed).toBe(1001);
    await Promise.all(ends);
  });
});
