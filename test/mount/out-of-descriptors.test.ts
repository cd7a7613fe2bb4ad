/** An engine that may open nothing more: what is told, what goes on, and that it recovers. Real engine, mount and limit. */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run, runOk, start } from '../helpers/child.ts';
import { startEngine } from '../helpers/engine-process.ts';
import { startFileServer } from '../helpers/file-server.ts';
import { publish } from '../helpers/mounted-job.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';

const MIB = 2 ** 20;
const KEY = '0123abcd-1';

/** The SHA-256 of one block, or what went wrong. Past the page cache, or the kernel would answer by itself. */
async function digestOf(file: string, block: number): Promise<string> {
  const script = 'set -o pipefail; dd if="$0" bs=1M count=1 skip="$1" iflag=direct status=none | sha256sum';
  const { code, stdout, stderr } = await run('bash', ['-c', script, file, String(block)]);
  return code === 0 ? stdout : stderr;
}

function socketsOf(pid: number): number {
  const directory = `/proc/${String(pid)}/fd`;
  const targets = readdirSync(directory).map((descriptor) => {
    try {
      return readlinkSync(join(directory, descriptor));
    } catch {
      // Closed since it was listed.
      return '';
    }
  });
  return targets.filter((target) => target.startsWith('socket:')).length;
}

/** Leaves the process the descriptors it has, and none beside. */
async function allowNoMore(pid: number): Promise<void> {
  const open = new Set(readdirSync(`/proc/${String(pid)}/fd`).map(Number));
  let free = 0;
  while (open.has(free)) free += 1;
  await runOk('prlimit', [`--pid=${String(pid)}`, `--nofile=${String(free)}:`]);
}

it('an engine out of descriptors fails what needs one, serves what does not, answers, logs, and recovers', async () => {
  const tree = newDirectory('tree');
  const original = join(tree, 'film');
  writeSeededFile(original, 6 * MIB, 1);
  const serve = async (port = 0) => {
    const server = await startFileServer(tree, { port });
    onCleanup(`file server at ${server.url}`, async () => await server.close());
    return server;
  };
  const first = await serve();
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  await publish({ tree, database, source: `${first.url}/` });
  await using engine = await startEngine({ driver: 'linux-kernel' });
  const sockets = socketsOf(engine.pid);
  const place = { key: KEY, database, job: 1 };
  const { mountPoint } = await engine.request('mount', { ...place, mountPoint: engine.mountPoint() });
  const film = join(mountPoint, 'film');
  // A player keeps the file open, and so the engine the block file it was served from.
  const player = await start('sh', ['-c', 'exec 3<"$0" && echo there && exec sleep 1000', film]);
  await player.waitForLine(/^there$/);
  const right = await digestOf(original, 0);
  expect(await digestOf(film, 0)).toBe(right);
  await until('cached', async () => (await engine.request('cacheReport', undefined)).blocks > 0);
  expect(await digestOf(film, 0)).toBe(right);

  // Without its connection the engine needs a descriptor for the next block.
  await first.close();
  await until('the connection is gone', () => socketsOf(engine.pid) <= sockets);
  await serve(first.port);
  const since = engine.events.length;
  const told = engine.event('the failure in the log', (event) =>
    event.event === 'log' && event.text.includes('may open no more files') ? true : undefined,
  );
  await allowNoMore(engine.pid);
  const failing = digestOf(film, 3);
  await engine.request('ping', undefined);
  expect(await digestOf(film, 0)).toBe(right);
  expect(await failing).toContain('Too many open files');
  await told;
  await expect(
    engine.request('mount', { ...place, key: '0123abcd-2', mountPoint: engine.mountPoint() }),
  ).rejects.toThrow(/./);
  expect(await digestOf(film, 0)).toBe(right);
  // The source is not to blame.
  expect(engine.events.slice(since).filter(({ event }) => event === 'sources')).toEqual([]);

  await runOk('prlimit', [`--pid=${String(engine.pid)}`, '--nofile=1024:']);
  const wanted = await digestOf(original, 3);
  // A failure is remembered for a second.
  await until('the block can be read', async () => (await digestOf(film, 3)) === wanted);
  await player.stop();
});
