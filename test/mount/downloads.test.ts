/** Downloads from a real mount, over HTTP: what an unmount and the end of the program make of them, and who ends their readers. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { systemClock } from '../../src-main/engine/clock.ts';
import { silentLogger } from '../../src-main/engine/log.ts';
import { Downloads } from '../../src-main/web/downloads.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { fuseMountsBelow } from '../helpers/system-mounts.ts';
import { until } from '../helpers/system-until.ts';
import { FILE, supervised } from './supervised.ts';

/** A supervisor whose job is mounted and can be downloaded from. */
async function downloadable() {
  const program = await supervised();
  const { supervisor, client, job } = program;
  const readers: { readonly pid: number | undefined }[] = [];
  const downloads = new Downloads({
    find: (key, path, download) => {
      readers.push(download);
      return supervisor.files.startDownload({ job: key, path }, download);
    },
    clock: systemClock,
    logger: silentLogger,
  });
  const server = createServer((request, response) => {
    void downloads.answer(request.url?.split('?')[1] ?? '', response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup('download server', async () => {
    downloads.close();
    server.closeAllConnections();
    await promisify(server.close.bind(server))();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (path = FILE) =>
    get(`http://127.0.0.1:${port}/download?job=${job}&path=${encodeURIComponent(path)}`);
  const { mountPoint } = await client.call('jobs.mount', { job });
  /** A download whose reader waits for a block. */
  const waiting = async () => {
    await client.call('fetching.pause', { paused: true });
    const before = readers.length;
    const request = ask();
    await until('its reader waits for a block', () => waitsInKernel(readers[before]?.pid));
    return { request, reader: readers[before]?.pid ?? 0 };
  };
  return { ...program, mountPoint, ask, waiting };
}

/** It has opened its file and sleeps in a read of it. */
function waitsInKernel(pid: number | undefined): boolean {
  try {
    return pid !== undefined && /^(?:fuse_|request_wait|folio_|__?lock_page)/.test(waitChannel(pid));
  } catch {
    return false;
  }
}

const waitChannel = (pid: number): string => readFileSync(`/proc/${pid}/wchan`, 'utf8');

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

async function digestOf(response: IncomingMessage): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of response) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

test('an unmount names a running download and is refused; forced, it ends the download', async () => {
  const { supervisor, client, job, jobState, mountPoint, mountRoot, waiting } = await downloadable();
  const { request, reader } = await waiting();
  const busy = {
    code: 'MOUNT_BUSY',
    message: expect.stringContaining(`${mountPoint} is in use by a download in the browser. `) as string,
  };
  await expect(client.call('jobs.unmount', { job, force: false })).rejects.toMatchObject(busy);
  await expect(supervisor.stop(false)).rejects.toMatchObject(busy);
  expect(jobState().state).toBe('mounted');
  expect(isGone(reader)).toBe(false);

  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  await client.call('jobs.unmount', { job, force: true });
  const [response] = await answered;
  expect(response.statusCode).toBe(502);
  expect((await response.toArray()).join('')).toBe('The file could not be read: its job was unmounted.\n');
  expect(isGone(reader)).toBe(true);
  expect(fuseMountsBelow(mountRoot)).toEqual([]);
});

test('a browser that goes away takes its reader along, also while that waits for a block', async () => {
  const { client, job, waiting } = await downloadable();
  const { request, reader } = await waiting();
  request.once('error', () => {}).destroy();
  await until('the reader is gone', () => isGone(reader));
  await until('nothing is in use', async () => {
    return await client.call('jobs.unmount', { job, force: false }).then(
      () => true,
      () => false,
    );
  });
});

test('the end of the program ends downloads first', async () => {
  const { supervisor, waiting, mountRoot } = await downloadable();
  const { request, reader } = await waiting();
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  await supervisor.stop(true);
  const [response] = await answered;
  expect((await response.toArray()).join('')).toBe('The file could not be read: the program ends.\n');
  expect(isGone(reader)).toBe(true);
  expect(fuseMountsBelow(mountRoot)).toEqual([]);
});

test('downloads side by side are each their file, and nothing is in use afterwards', async () => {
  const { client, job, tree, ask } = await downloadable();
  const names = [FILE, 'hello.txt', FILE];
  const digests = names.map(async (name) => {
    const [response] = (await once(ask(name), 'response')) as [IncomingMessage];
    return await digestOf(response);
  });
  const expected = names.map((name) =>
    createHash('sha256')
      .update(readFileSync(join(tree, name)))
      .digest('hex'),
  );
  expect(await Promise.all(digests)).toEqual(expected);
  await client.call('jobs.unmount', { job, force: false });
  const [response] = (await once(ask(), 'response')) as [IncomingMessage];
  expect([response.statusCode, (await response.toArray()).join('')]).toEqual([
    409,
    expect.stringMatching(/ is not mounted, /) as string,
  ]);
});
