/** The link proxy keeps its promises about time and order. Lower bounds are exact; upper ones leave room for a busy machine. */
import { spawn } from 'node:child_process';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { simBytes } from '../../../src-main/engine/wormhole/sources/sim-content.ts';
import { startLinkProxy, type LinkProxy } from '../../helpers/link-proxy.ts';

const MAIN = join(import.meta.dirname, '../../helpers/link-proxy-main.ts');
/** What a timer may come early by, as the proxy counts it. */
const SLACK_MS = 1;

describe('startLinkProxy', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setUp(
    link: { readonly rttMs: number; readonly bytesPerSecond: number },
    serve: (socket: Socket) => void,
  ): Promise<LinkProxy> {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      serve(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxy = await startLinkProxy({ target: { host: '127.0.0.1', port }, ...link });
    closing.push(
      async () => {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
      () => proxy.close(),
    );
    return proxy;
  }

  async function dial({ port }: LinkProxy): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    closing.push(async () => {
      socket.destroy();
    });
    await once(socket, 'connect');
    return socket;
  }

  async function roundTrip(socket: Socket): Promise<number> {
    const start = performance.now();
    socket.write('x');
    await once(socket, 'data');
    return performance.now() - start;
  }

  it('delays the first answer by two round trips and later ones by one', async () => {
    const proxy = await setUp({ rttMs: 60, bytesPerSecond: 1e9 }, (socket) => socket.pipe(socket));
    const start = performance.now();
    const socket = await dial(proxy);
    await roundTrip(socket);
    expect(performance.now() - start).toBeGreaterThan(120 - 2 * SLACK_MS);
    const later = [await roundTrip(socket), await roundTrip(socket), await roundTrip(socket)];
    expect(Math.min(...later)).toBeGreaterThan(60 - 2 * SLACK_MS);
    expect(Math.min(...later)).toBeLessThan(100);
  });

  it('keeps many requests in flight on one connection', async () => {
    const proxy = await setUp({ rttMs: 100, bytesPerSecond: 1e9 }, (socket) => socket.pipe(socket));
    const socket = await dial(proxy);
    await roundTrip(socket);
    const start = performance.now();
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes.toString();
    });
    for (let i = 0; i < 20; i += 1) {
      socket.write(`${i},`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (!answer.endsWith('19,')) await once(socket, 'data');
    expect(answer).toBe(Array.from({ length: 20 }, (_, i) => `${i},`).join(''));
    // One after the other they would take two seconds.
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('carries the bytes in order and no faster than its bandwidth, shared by all connections', async () => {
    const content = simBytes(1, 'link', 0, 2_000_000);
    const proxy = await setUp({ rttMs: 10, bytesPerSecond: 20e6 }, (socket) => {
      socket.once('data', () => socket.end(content));
    });
    const sockets = await Promise.all([dial(proxy), dial(proxy), dial(proxy)]);
    const start = performance.now();
    const received = await Promise.all(
      sockets.map(async (socket) => {
        socket.write('x');
        const chunks: Buffer[] = [];
        for await (const chunk of socket) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks);
      }),
    );
    const seconds = (performance.now() - start) / 1000;
    expect(received.every((bytes) => bytes.equals(content))).toBe(true);
    expect(proxy.bytesDown()).toBe(6_000_000);
    expect(seconds).toBeGreaterThan(0.3);
    expect(seconds).toBeLessThan(0.6);
  });

  it('gives a short answer its turn beside a long one', async () => {
    const proxy = await setUp({ rttMs: 0, bytesPerSecond: 1e6 }, (socket) => {
      socket.on('data', (wish) => socket.write(Buffer.alloc(Number(wish.toString()))));
    });
    const [long, short] = [await dial(proxy), await dial(proxy)];
    long.write('5000000');
    await once(long, 'data');
    short.write('100');
    await once(short, 'data');
    expect(proxy.bytesDown()).toBeLessThan(1_000_000);
  });

  it('stops the server when the client does not read', async () => {
    let server: Socket | undefined;
    const proxy = await setUp({ rttMs: 0, bytesPerSecond: 1e9 }, (socket) => {
      server = socket;
      const fill = (): void => {
        while (socket.write(Buffer.alloc(65_536)));
      };
      socket.on('drain', fill);
      fill();
    });
    const client = await dial(proxy);
    client.pause();
    // Written no further: the same count twice, a while apart, while the socket still has data to give.
    const counts: number[] = [];
    await expect
      .poll(
        () => {
          counts.push(server?.bytesWritten ?? 0);
          return counts.length > 3 && counts.at(-1) === counts.at(-3);
        },
        { interval: 100, timeout: 4000 },
      )
      .toBe(true);
    expect(server?.writableLength).toBeGreaterThan(0);
    expect(proxy.bytesDown()).toBeLessThan(64e6);
  });

  it('passes on the end of either side', async () => {
    const ended = Promise.withResolvers<void>();
    const proxy = await setUp({ rttMs: 4, bytesPerSecond: 1e9 }, (socket) => {
      socket.on('close', () => ended.resolve());
      socket.once('data', () => socket.end('bye'));
    });
    const client = await dial(proxy);
    client.write('x');
    let text = '';
    for await (const chunk of client) text += String(chunk);
    expect(text).toBe('bye');
    await ended.promise;
  });

  it('ends the client when nothing listens behind it', async () => {
    const proxy = await startLinkProxy({
      target: { host: '127.0.0.1', port: 1 },
      rttMs: 4,
      bytesPerSecond: 1e9,
    });
    closing.push(() => proxy.close());
    const client = await dial(proxy);
    await expect(once(client, 'data')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('runs as a process of its own, which prints its port and at its end the bytes', async () => {
    const server = createServer((socket) => socket.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as AddressInfo;
    const child = spawn(process.execPath, [
      MAIN,
      '--target',
      `127.0.0.1:${port}`,
      '--rtt',
      '2',
      '--bandwidth',
      '1e6',
    ]);
    closing.push(async () => {
      child.kill('SIGKILL');
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const client = connect({ port: Number((await lines.next()).value), host: '127.0.0.1' });
    let text = '';
    for await (const chunk of client) text += String(chunk);
    expect(text).toBe('hello');
    child.kill('SIGTERM');
    expect((await lines.next()).value).toBe('5');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  });

  it.each([
    ['no target', ['--rtt', '1', '--bandwidth', '1']],
    ['no bandwidth', ['--target', 'a:1', '--rtt', '1']],
    ['a negative round trip', ['--target', 'a:1', '--rtt=-1', '--bandwidth', '1']],
  ])('as a process refuses %s with its usage', async (_, args) => {
    const child = spawn(process.execPath, [MAIN, ...args]);
    let message = '';
    for await (const chunk of child.stderr) message += String(chunk);
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(2);
    expect(message).toContain('usage: link-proxy-main.ts');
  });
});
