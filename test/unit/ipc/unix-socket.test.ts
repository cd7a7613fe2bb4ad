/** The control socket against clients of every kind: good ones, many, slow, dying and hostile ones. */
import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { contractProgram } from '../../helpers/contract-program.ts';
import { until } from '../../helpers/system-until.ts';
import { connect, rawConnection, served } from './socket-fixture.ts';

const MIB = 1024 * 1024;

describe('a good client', () => {
  it('calls, is answered, and is told of failures by their code and sentence', async () => {
    const { path, program } = await served();
    const client = await connect(path);
    await expect(client.call('app.info', {})).resolves.toMatchObject({ pid: process.pid, contract: 1 });
    await expect(client.call('catalogues.refresh', {})).rejects.toMatchObject({
      code: 'CATALOGUE_BUSY',
      message: 'The catalogue is busy.',
    });
    expect(program.callers[0]).toMatchObject({ near: true });
  });

  it('finds twenty others beside it, each with a hundred calls, and all are answered', async () => {
    const { path, program } = await served();
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(path)));
    await Promise.all(
      clients.map(async (client) => {
        for (let round = 0; round < 10; round += 1) {
          const calls = Array.from({ length: 10 }, () => client.call('app.info', {}));
          expect((await Promise.all(calls)).every(({ pid }) => pid === process.pid)).toBe(true);
        }
      }),
    );
    expect(program.calls).toHaveLength(2_000);
  });

  it('gets the next event when it has acknowledged the last', async () => {
    let number = 0;
    const program = contractProgram({ event: () => ({ lines: [], number: (number += 1) }) });
    const { path } = await served(program);
    const client = await connect(path);
    const events: unknown[] = [];
    const stop = client.subscribe('log', {}, (event) => events.push(event));
    await until('the first event', () => events.length === 1);
    program.change();
    await until('the second event', () => events.length === 2);
    expect(events).toEqual([
      { lines: [], number: 1 },
      { lines: [], number: 2 },
    ]);
    stop();
    await until('the end of the subscription', () => program.open() === 0);
  });
});

describe('a client that sends nonsense', () => {
  it.each([
    ['no JSON', 'hello\n', /not JSON/],
    ['JSON of no message', '{"type":"run","id":1}\n', /no message of the contract/],
    ['a number', '7\n', /no message of the contract/],
    ['bytes that are no UTF-8', Buffer.from([0xc3, 0x28, 0x0a]), /not JSON/],
    ['HTTP', 'POST / HTTP/1.1\r\nHost: localhost\r\n\r\n', /not JSON/],
    ['a line that is too long', Buffer.alloc(MIB + 1, 0x20), /longer than 1048576 bytes/],
    [
      'a good call behind a bad one',
      'x\n{"type":"call","id":1,"method":"app.info","input":{}}\n',
      /not JSON/,
    ],
  ])('%s is refused and hung up, nothing is done, others are served', async (_, bytes, sentence) => {
    const { path, program } = await served();
    const good = await connect(path);
    const { socket, ended } = await rawConnection(path);
    socket.write(bytes);
    const [refused, ...more] = await ended;
    expect(refused).toMatchObject({ type: 'refused', sentence: expect.stringMatching(sentence) });
    expect(more).toEqual([]);
    expect(program.calls).toEqual([]);
    await expect(good.call('app.info', {})).resolves.toBeDefined();
  });

  it('is hung up although it never stops sending', async () => {
    const { path, program } = await served();
    const { socket, ended } = await rawConnection(path);
    const flood = (): void => {
      while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024, 0x61)));
    };
    socket.on('drain', flood);
    flood();
    await ended;
    expect(program.calls).toEqual([]);
    await expect((await connect(path)).call('app.info', {})).resolves.toBeDefined();
  });
});

describe('a client that leaves', () => {
  it('in the middle of a line, of a call or of a subscription disturbs nobody', async () => {
    const { promise: never } = Promise.withResolvers<never>();
    const program = contractProgram({ answer: (method) => (method === 'cache.status' ? never : {}) });
    const { path } = await served(program);
    const { socket } = await rawConnection(path);
    socket.write('{"type":"subscribe","id":1,"topic":"state","input":{}}\n');
    socket.write('{"type":"call","id":2,"method":"cache.status","input":{}}\n{"type":"ca');
    await until('the subscription', () => program.open() === 1 && program.calls.length === 1);
    socket.destroy();
    await until('its end', () => program.open() === 0);
    await expect((await connect(path)).call('setup.check', {})).resolves.toEqual({});
  });

  it('by being killed is forgotten', async () => {
    const { path, program } = await served();
    const script = `require('node:net').connect(${JSON.stringify(path)}).write('{"type":"subscribe","id":1,"topic":"state","input":{}}\\n')`;
    const child = execFile(process.execPath, ['-e', script]);
    await until('the subscription', () => program.open() === 1);
    child.kill('SIGKILL');
    await until('its end', () => program.open() === 0);
  });
});

describe('a client that does not read', () => {
  it('is not read either, so that what waits for it stays bounded, and goes on when it reads', async () => {
    const text = 'x'.repeat(MIB);
    const program = contractProgram({ answer: () => ({ text }) });
    const { path } = await served(program);
    const { socket } = await rawConnection(path);
    socket.pause();
    for (let id = 1; id <= 200; id += 1) {
      // Long calls, so that they do not all lie in one chunk.
      const input = { padding: 'x'.repeat(16 * 1024) };
      socket.write(`${JSON.stringify({ type: 'call', id, method: 'setup.check', input: {} })}\n`);
      socket.write(`${JSON.stringify({ type: 'call', id: id + 1_000, method: 'setup.check', input })}\n`);
    }
    await until('the first answers', () => program.calls.length > 0);
    const good = await connect(path);
    await good.call('app.info', {});
    expect(program.calls.length).toBeLessThan(40);
    socket.resume();
    await until('the other calls', () => program.calls.length === 201, 30_000);
  });
});

describe('the end of the server', () => {
  it('delivers answers that were given, rejects calls under way and closes every connection', async () => {
    const { promise: never } = Promise.withResolvers<never>();
    const program = contractProgram({ answer: (method) => (method === 'app.stop' ? {} : never) });
    const { path, server } = await served(program);
    const client = await connect(path);
    const hanging = client.call('cache.status', {});
    const stopped = client.call('app.stop', { force: false });
    await until('both calls', () => program.calls.length === 2);
    await Promise.all([server.close(), expect(hanging).rejects.toMatchObject({ code: 'ENGINE_AWAY' })]);
    await expect(stopped).resolves.toEqual({});
    await client.closed;
    await expect(client.call('app.info', {})).rejects.toMatchObject({ code: 'ENGINE_AWAY' });
  });
});
