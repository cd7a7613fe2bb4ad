/** Where the browser screen listens, and what keeps it from starting. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { serveScreen } from '../../../src-main/web/screen-server.ts';
import { contractProgram } from '../../helpers/contract-program.ts';
import { connectRaw, openScreen, PAGE, requestText, sendRaw, temporaryDirectory } from './screen-fixture.ts';

async function listening(
  host: string,
  port = 0,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => socket.destroy()).listen({ host, port, ipv6Only: host === '::1' });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}

async function serve(port: number, root?: string) {
  const directory = await temporaryDirectory();
  if (root === undefined) await writeFile(join(directory, 'index.html'), PAGE);
  const screen = await serveScreen({
    dispatcher: contractProgram().dispatcher,
    root: root ?? directory,
    port,
    download: () => Promise.reject(new Error('no download here')),
    logger: silentLogger,
  });
  onTestFinished(() => screen.close());
  return screen;
}

describe('serveScreen', () => {
  it("cannot be reached under the machine's other addresses", async () => {
    const { port } = await openScreen();
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) {
      await expect(connectRaw(port, address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
    await expect(connectRaw(port, '127.0.0.2')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('takes the port it is given, and says so when another program has it', async () => {
    const { port, server } = await listening('127.0.0.1');
    await expect(serve(port)).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: `The browser screen cannot have port ${port} of 127.0.0.1: another program has it; choose another port in the settings.`,
    });
    server.close();
    await once(server, 'close');
    expect((await serve(port)).origin).toBe(`http://127.0.0.1:${port}`);
  });

  it('answers to no name that may mean another program', async () => {
    const { port } = await listening('::1');
    const screen = await serve(port);
    const host = `127.0.0.1:${port}`;
    const opened = { ...(await openScreen()), screen, port, host };
    const ask = (Host: string) => requestText(opened, { headers: { Host, Origin: `http://${Host}` } });
    expect((await sendRaw(port, ask(host))).body).toBe(PAGE);
    expect((await sendRaw(port, ask(`localhost:${port}`))).status).toBe(403);
    expect((await sendRaw(port, ask(`[::1]:${port}`))).status).toBe(403);
  });

  it('says what is missing when the screen was not built', async () => {
    const empty = await temporaryDirectory();
    for (const root of [empty, join(empty, 'nothing')]) {
      await expect(serve(0, root)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringMatching(/npm run build/),
      });
    }
  });
});
