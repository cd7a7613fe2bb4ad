/** Nothing hangs: a reader killed while it waits is gone at once, an unmount frees whoever reads, whatever the source does. */
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { runOk, start } from '../../helpers/child.ts';
import type { Child } from '../../helpers/child.ts';
import { mountJob, publish } from '../../helpers/mounted-job.ts';
import type { MountedJob } from '../../helpers/mounted-job.ts';
import { newDirectory } from '../../helpers/system.ts';
import { until } from '../../helpers/system-until.ts';
import { writeSeededFile } from '../../helpers/tree.ts';
import { assertNoDState, mountAt, waitingRequests } from '../../helpers/watchdog.ts';
import { startStallingServer } from './stalling-server.ts';
import type { StallingServer } from './stalling-server.ts';

// More than any number of transfers the engine may be configured to run at once, so some fetches must queue.
const MANY_READERS = 30;
// The fewest transfers the engine may be configured to run at once.
const FEWEST_TRANSFERS = 4;
const BUSY_READERS = 10;
// "At once" on a loaded machine with two cores; the deadline a hanging reader would wait for is 30 s.
const AT_ONCE_MS = 1_000;

let tree: string;
let server: StallingServer;
let mount: MountedJob;

beforeEach(async () => {
  tree = newDirectory('stalling');
  for (let file = 0; file <= MANY_READERS; file += 1)
    writeSeededFile(join(tree, `file ${String(file)}`), 3_000_000, file);
  server = await startStallingServer(tree);
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  const { jobId } = await publish({ tree, database, source: server.url });
  mount = await mountJob({ database, job: jobId });
});

function startReader(file: number): Promise<Child> {
  return start('cat', [join(mount.mountPoint, `file ${String(file)}`)], { discardStdout: true });
}

/** Numbers of the files the source has been asked for. */
function filesAsked(): ReadonlySet<number> {
  return new Set(
    server.asked.filter((path) => path.startsWith('file ')).map((path) => Number(path.slice(5))),
  );
}

async function requestsWaiting(atLeast: number): Promise<void> {
  await until(
    `${String(atLeast)} reads waiting`,
    async () => ((await waitingRequests(mount.connection)) ?? 0) >= atLeast,
  );
}

test('a reader killed while its read waits ends at once', async () => {
  const reader = await startReader(0);
  await until('the source is asked', () => server.asked.includes('file 0'));
  await requestsWaiting(1);
  const killed = performance.now();
  reader.signal('SIGKILL');
  expect(await reader.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(performance.now() - killed).toBeLessThan(AT_ONCE_MS);
  await until(
    'no request left waiting',
    async () => (await waitingRequests(mount.connection)) === 0,
    AT_ONCE_MS,
  );
  await assertNoDState();
});

test('the fetches of killed readers, running or queued, are freed for the next reader', async () => {
  const readers = await Promise.all(Array.from({ length: MANY_READERS }, (_, file) => startReader(file)));
  await requestsWaiting(MANY_READERS);
  await until('the source is asked', () => filesAsked().size >= FEWEST_TRANSFERS);
  // Queued ones first: a place that a killed transfer leaves goes to the next in the queue.
  const running = filesAsked();
  const queuedFirst = [...readers.keys()].toSorted((a, b) => Number(running.has(a)) - Number(running.has(b)));
  for (const file of queuedFirst) readers[file]?.signal('SIGKILL');
  await Promise.all(readers.map(({ exited }) => exited));
  await until(
    'no request left waiting',
    async () => (await waitingRequests(mount.connection)) === 0,
    AT_ONCE_MS,
  );
  server.answer();
  const name = `file ${String(MANY_READERS)}`;
  await runOk('cmp', [join(tree, name), join(mount.mountPoint, name)], { timeoutMs: 10_000 });
  // Those in the queue stood before the one that was read last, and would have been fetched before it.
  expect(filesAsked().size - 1).toBeLessThan(MANY_READERS);
});

test('unmounting while ten readers wait for a dead source frees them all and exits 0', async () => {
  const readers = await Promise.all(Array.from({ length: BUSY_READERS }, (_, file) => startReader(file)));
  await requestsWaiting(BUSY_READERS);
  expect(await mount.unmount()).toEqual({ code: 0, signal: null });
  for (const { code } of await Promise.all(readers.map(({ exited }) => exited))) expect(code).toBe(1);
  expect(mountAt(mount.mountPoint)).toBeUndefined();
  await assertNoDState();
});

test('unmounting while ten readers read as fast as they can frees them all and exits 0', async () => {
  server.answer();
  const loop = 'while cat -- "$1"; do echo again >&2; done >/dev/null';
  const readers = await Promise.all(
    Array.from({ length: BUSY_READERS }, (_, file) =>
      start('sh', ['-c', loop, 'sh', join(mount.mountPoint, `file ${String(file)}`)]),
    ),
  );
  await Promise.all(readers.map((reader) => reader.waitForLine(/^again$/, { stream: 'stderr' })));
  expect(await mount.unmount()).toEqual({ code: 0, signal: null });
  await Promise.all(readers.map(({ exited }) => exited));
  expect(mountAt(mount.mountPoint)).toBeUndefined();
  await assertNoDState();
});
