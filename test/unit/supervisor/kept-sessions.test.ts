/** Sessions on their way to the next engine, through a real socket; the engine is the test's. */
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src-main/engine/clock.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';
import type { EngineRequests } from '../../../src-main/engine/control/protocol.ts';
import { DescriptorExchange } from '../../../src-main/engine/fuse/kernel/descriptor-exchange.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { Downloads } from '../../../src-main/supervisor/downloads.ts';
import { jobKey } from '../../../src-main/supervisor/job-keys.ts';
import { JobMounts } from '../../../src-main/supervisor/job-mounts.ts';
import { JobRecords } from '../../../src-main/supervisor/job-records.ts';
import { KeptSessions } from '../../../src-main/supervisor/kept-sessions.ts';

/** More than fit into the socket that they travel through. */
const MANY = 400;
const JOB = { sources: [], files: 1, bytes: 1, created: undefined, cachedBytes: 0 };
const SESSION = { negotiated: { minor: 38, flags: '0x0' }, connection: undefined };

/** A file in place of /dev/fuse: what counts is that the very same one arrives. */
function deviceFile(): { readonly fd: number; readonly ino: number } {
  const directory = mkdtempSync(join(tmpdir(), 'kept-sessions-test-'));
  const fd = openSync(join(directory, 'device'), 'w+');
  onTestFinished(() => {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  });
  return { fd, ino: fstatSync(fd).ino };
}

/** Jobs that are mounted, by an engine whose sessions are kept. */
async function mountedJobs(count: number) {
  const device = deviceFile();
  const root = mkdtempSync(join(tmpdir(), 'kept-sessions-test-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const keys = Array.from({ length: count }, (_, job) => jobKey('/catalogue.db', job));
  const records = new JobRecords();
  const jobs = keys.map((_, id) => ({ ...JOB, id, name: `job ${id}` }));
  records.list([{ catalogue: '/catalogue.db', database: '/catalogue.db', jobs }]);
  const sessions = new KeptSessions(silentLogger);
  onTestFinished(() => sessions.close());
  let engine: DescriptorExchange | undefined;
  onTestFinished(() => engine?.close());
  /** Inode numbers of the devices that came with a session. */
  const taken: number[] = [];
  const mounts: JobMounts = new JobMounts({
    records,
    downloads: new Downloads(),
    sessions,
    request: async (_, input) => {
      const { key, session, mountPoint } = input as EngineRequests['mount']['input'];
      // It has other things to do first.
      for (let turns = 0; turns < 20; turns += 1) await turn();
      if (engine === undefined) throw new GhostError('ENGINE_AWAY', 'There is no engine.');
      if (session === undefined) mounts.keep(key, { number: engine.send(device.fd), ...SESSION });
      else {
        const fd = engine.take(session.number);
        taken.push(fstatSync(fd).ino);
        closeSync(fd);
      }
      return { mountPoint };
    },
    engineAway: () => undefined,
    mountRoot: () => root,
    clock: systemClock,
    cleared: () => Promise.resolve(),
    logger: silentLogger,
    changed: () => {},
    onFailure: (_, { sentence }) => expect.fail(sentence),
  });
  const end = (): void => {
    engine?.close();
    engine = undefined;
    mounts.lost('The engine was killed.');
  };
  const begin = async (): Promise<void> => {
    engine = new DescriptorExchange((await sessions.connect()) ?? expect.fail('no socket'));
  };
  await begin();
  for (const key of keys) await mounts.mount(key);
  return { mounts, records, taken, end, begin, devices: keys.map(() => device.ino) };
}

const statesOf = (records: JobRecords): readonly string[] => [
  ...new Set(records.all.map(({ state }) => state)),
];

test('any number of sessions reaches the next engine, although it is slow to take them', async () => {
  const { mounts, records, taken, end, begin, devices } = await mountedJobs(MANY);
  end();
  await begin();
  await mounts.resume();
  expect(statesOf(records)).toEqual(['mounted']);
  expect(taken).toEqual(devices);
});

test('a session that an engine cannot take any more, because it has just ended, goes to the one after', async () => {
  const { mounts, records, taken, end, begin, devices } = await mountedJobs(3);
  end();
  await begin();
  end();
  await mounts.resume();
  expect(statesOf(records)).toEqual(['mounting']);
  await begin();
  await mounts.resume();
  expect(statesOf(records)).toEqual(['mounted']);
  expect(taken).toEqual(devices);
});
