/** A browser screen on a free port with a small program behind it, and clients that speak raw bytes; all gone afterwards. */
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock, type Clock } from '../../../src-main/engine/clock.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import type { ClientMessage, ServerMessage } from '../../../src-main/ipc/wire.ts';
import type { FindDownload } from '../../../src-main/web/downloads.ts';
import { serveScreen, type Screen } from '../../../src-main/web/screen-server.ts';
import { contractProgram, type ContractProgram } from '../../helpers/contract-program.ts';

export const PAGE = '<!doctype html><title>screen</title>';

export interface Opened {
  readonly screen: Screen;
  readonly program: ContractProgram;
  readonly directory: string;
  readonly port: number;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** One that nobody has used, each time. */
  readonly newToken: () => string;
}

interface OpenOptions {
  readonly program?: ContractProgram;
  readonly download?: FindDownload;
  readonly clock?: Clock;
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'screen-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function openScreen({
  program = contractProgram(),
  download = () => Promise.reject(new GhostError('NOT_FOUND', 'There is no such file.')),
  clock = systemClock,
}: OpenOptions = {}): Promise<Opened> {
  const directory = await temporaryDirectory();
  const root = join(directory, 'root');
  await mkdir(join(root, 'assets'), { recursive: true });
  await writeFile(join(root, 'index.html'), PAGE);
  await writeFile(join(root, 'assets', 'index-a1B2_c3-.js'), 'run()');
  await writeFile(join(root, 'assets', 'index-a1B2_c3-.js.map'), '{}');
  await writeFile(join(root, 'plain.svg'), '<svg/>');
  await writeFile(join(directory, 'secret.json'), '"secret"');
  await symlink(join(directory, 'secret.json'), join(root, 'link.json'));
  await symlink(directory, join(root, 'out'));
  const { dispatcher } = program;
  const screen = await serveScreen({
    dispatcher,
    root,
    port: 0,
    download,
    clock,
    logger: silentLogger,
  });
  onTestFinished(() => screen.close());
  const { port, host } = new URL(screen.origin);
  const newToken = () => new URL(screen.newUrl()).hash.replace('#token=', '');
  return { screen, program, directory, port: Number(port), host, newToken };
}

export interface Reply {
  /** Undefined when the server hung up without a word. */
  readonly status: number | undefined;
  readonly head: string;
  readonly body: string;
  header(name: string): string | undefined;
}

/** Sends bytes as they are and reads until the server hangs up. */
export async function sendRaw(port: number, bytes: string | Buffer, address = '127.0.0.1'): Promise<Reply> {
  const socket = await connectRaw(port, address);
  socket.write(bytes);
  return await replyOn(socket);
}

export async function connectRaw(port: number, address = '127.0.0.1'): Promise<Socket> {
  const socket = createConnection({ port, host: address });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  // A reset is one way to hang up.
  socket.on('error', () => undefined);
  return socket;
}

export async function replyOn(socket: Socket): Promise<Reply> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');
  const text = Buffer.concat(chunks).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  return {
    status: status === undefined ? undefined : Number(status),
    head,
    body: text.slice(end + 4),
    header: (name) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1],
  };
}

export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a page of the screen would send, except for what is said otherwise. */
export function request(opened: Opened, raw: RawRequest = {}): Promise<Reply> {
  return sendRaw(opened.port, requestText(opened, raw));
}

export function requestText(
  { host }: Opened,
  { method = 'GET', target = '/', headers = {}, body }: RawRequest,
): string {
  const all: Record<string, string> = {
    Host: host,
    Origin: `http://${host}`,
    'Sec-Fetch-Site': 'same-origin',
    Connection: 'close',
    ...(body === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all)
    // An empty value leaves a header out.
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}

export const HANDSHAKE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
};

/** Exchanges a token for a cookie, as the page does. */
export async function logIn(opened: Opened): Promise<string> {
  const reply = await request(opened, {
    method: 'POST',
    target: '/session',
    body: JSON.stringify({ token: opened.newToken() }),
  });
  expect(reply.status).toBe(204);
  return reply.header('Set-Cookie')?.split(';')[0] ?? '';
}

export interface OpenSocket {
  readonly socket: WebSocket;
  readonly messages: readonly ServerMessage[];
  /** Code it was closed with. */
  readonly closed: Promise<number>;
  readonly send: (message: ClientMessage) => void;
}

/** A good browser's WebSocket. */
export async function openSocket({ host }: Opened, cookie: string): Promise<OpenSocket> {
  const socket = new WebSocket(`ws://${host}/ws`, { origin: `http://${host}`, headers: { cookie } });
  onTestFinished(() => socket.terminate());
  const messages: ServerMessage[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as ServerMessage));
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'open');
  socket.on('error', () => undefined);
  return { socket, messages, closed, send: (message) => socket.send(JSON.stringify(message)) };
}

/** A stranger got nothing, and a person still gets everything: page, session, an answer over the WebSocket. */
export async function expectGoodClientServed(opened: Opened): Promise<void> {
  expect((await request(opened)).body).toBe(PAGE);
  const { program } = opened;
  const before = program.calls.length;
  const { socket, send } = await openSocket(opened, await logIn(opened));
  const answer = once(socket, 'message');
  send({ type: 'call', id: 1, method: 'app.info', input: {} });
  expect(JSON.parse(String((await answer)[0]))).toMatchObject({ type: 'result', id: 1 });
  expect(program.calls.slice(before)).toEqual(['app.info']);
  socket.terminate();
}
