/** Reads that wait for a source that gives no answer, while the engine that asked it ends. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { start, type Child } from '../helpers/child.ts';
import { publish } from '../helpers/mounted-job.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';
import { mountAt, waitingRequests } from '../helpers/watchdog.ts';
import { startStallingServer, type StallingServer } from '../mount/acceptance/stalling-server.ts';
import { supervised, type Supervised } from '../mount/supervised.ts';
import { inflict, recovered } from './engine-faults.ts';

const NAME = 'slow.bin';
/** Of a read, counted anew by each engine. */
const DEADLINE_MS = 15_000;
/** The kernel tells of a signal within milliseconds; the engine looks for who is gone twenty times a second. */
const INTERRUPTED_MS = 2_000;

interface Stalled {
  readonly place: Supervised;
  readonly server: StallingServer;
  readonly reader: Child;
  readonly connection: number;
}

/** A reader whose read has been handed to a source that is silent. */
async function stalled(): Promise<Stalled> {
  const tree = newDirectory('tree');
  writeSeededFile(join(tree, NAME), 3 * 2 ** 20, 1);
  const server = await startStallingServer(tree);
  const catalogue = join(newDirectory('catalogue'), 'magnetar.db');
  await publish({ tree, database: catalogue, source: server.url });
  const place = await supervised({ deadlineMs: DEADLINE_MS }, { published: { tree, catalogue } });
  const { mountPoint } = await place.client.call('jobs.mount', { job: place.job });
  const reader = await start('cmp', [join(mountPoint, NAME), join(tree, NAME)]);
  const connection = mountAt(mountPoint)?.connection ?? 0;
  const stall: Stalled = { place, server, reader, connection };
  await asked(stall, 1);
  return stall;
}

/** The file was asked for by so many engines. */
async function asked({ server }: Stalled, times: number): Promise<void> {
  const count = (): number => server.asked.filter((path) => path === NAME).length;
  await until(`request ${times}`, () => count() >= times, 60_000);
}

async function killed({ place, server }: Stalled): Promise<void> {
  const before = server.asked.length;
  const { restarts } = place.supervisor.state().engine;
  await inflict('SIGKILL', place);
  await recovered(place, restarts + 1);
  await until('the read is asked for again', () => server.asked.length > before, 60_000);
}

async function expectFreed({ reader, connection }: Stalled, signalled: number): Promise<void> {
  expect(await reader.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(performance.now() - signalled).toBeLessThan(INTERRUPTED_MS);
  await until('nothing waits', async () => (await waitingRequests(connection)) === 0);
}

test('a read that was under way is sent again to each engine that follows, and answered once', async () => {
  const stall = await stalled();
  await killed(stall);
  await killed(stall);
  stall.server.answer();
  // Those it was asked for before are never answered: only a new connection gets the bytes.
  await killed(stall);
  expect(await stall.reader.exited, stall.reader.stderr()).toEqual({ code: 0, signal: null });
  await until('nothing waits', async () => (await waitingRequests(stall.connection)) === 0);
});

test('a reader whose read was sent again is killed: it ends at once', async () => {
  const stall = await stalled();
  await killed(stall);
  const signalled = performance.now();
  stall.reader.signal('SIGKILL');
  await expectFreed(stall, signalled);
});

test('a reader that is killed while there is no engine ends with the next one', async () => {
  const stall = await stalled();
  const { place, reader, connection } = stall;
  await inflict('SIGSTOP', place);
  reader.signal('SIGKILL');
  await inflict('SIGKILL', place);
  await recovered(place, 1);
  expect(await reader.exited).toEqual({ code: null, signal: 'SIGKILL' });
  // Nobody is known to have asked for what the kernel reads ahead: that ends with its deadline.
  await until('nothing waits', async () => (await waitingRequests(connection)) === 0, 2 * DEADLINE_MS);
});
