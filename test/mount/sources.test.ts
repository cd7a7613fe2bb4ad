/**
 * A job whose source goes away, refuses the credentials, and comes back: what its state, its cached bytes and the tray say
 * meanwhile. Real supervisor, engine and mount; the source is an HTTP server; files are read by child processes.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TrayModel, type TrayLook } from '../../src-main/app/tray-model.ts';
import { systemClock } from '../../src-main/engine/clock.ts';
import type { Job } from '../../src-main/ipc/contract.ts';
import { run } from '../helpers/child.ts';
import { startFileServer, type FileServer } from '../helpers/file-server.ts';
import { publish } from '../helpers/mounted-job.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { until } from '../helpers/system-until.ts';
import { FILE, supervised } from './supervised.ts';

/** A source is looked for every quarter of a minute; the rest is a loaded machine. */
const LIMIT_MS = 60_000;

/** A job behind an HTTP server, what the tray shows, and a way to read one block past the page cache. */
async function served() {
  const { client, supervisor, tree, catalogue } = await supervised();
  let status: number | undefined;
  let server: FileServer;
  const open = async (port: number): Promise<void> => {
    server = await startFileServer(tree, { port, refusal: () => status });
  };
  await open(0);
  const { port, url } = server!;
  onCleanup(`file server at ${url}`, async () => await server.close());
  const { jobId } = await publish({ tree, database: catalogue, source: `${url}/` });
  await client.call('catalogues.refresh', {});
  const found = (): Job => {
    const job = supervisor.state().jobs.find(({ id }) => id === jobId);
    if (job === undefined) throw new Error(`no job ${String(jobId)}`);
    return job;
  };
  const looks: TrayLook[] = [];
  const tray = new TrayModel({
    client,
    clock: systemClock,
    perform: () => {},
    changed: (look) => looks.push(look),
    onState: () => {},
  });
  onCleanup(`tray of ${url}`, async () => await Promise.resolve(tray.close()));
  const { key } = found();
  return {
    client,
    key,
    supervisor,
    job: found,
    requests: () => server.requests(FILE).length,
    refuse: (with_: number | undefined) => {
      status = with_;
    },
    close: async () => await server.close(),
    reopen: async () => await open(port),
    /** The exit code of a program that reads this block. */
    read: async (block: number): Promise<number | null> => {
      const file = `if=${join(found().mountPoint, FILE)}`;
      const place = [`skip=${String(block * 16)}`, 'bs=64k', 'count=1', 'iflag=direct', 'of=/dev/null'];
      return (await run('dd', [file, ...place])).code;
    },
    trayShows: async (icon: TrayLook['icon']) => {
      await until(`the tray shows ${icon}`, () => looks.at(-1)?.icon === icon, LIMIT_MS);
      return looks.at(-1)?.tooltip;
    },
  };
}

const problem = (code: string, sentence: string) => ({
  code,
  sentence: expect.stringContaining(sentence) as string,
});
const WELL = { state: 'mounted', source: 'reachable', problem: null };

describe('a source that goes away', () => {
  test('is told, leaves what is cached readable, and is told to be back without anybody reading', async () => {
    const { client, key, supervisor, job, close, reopen, read, trayShows } = await served();
    await client.call('jobs.mount', { job: key });
    expect(await read(0)).toBe(0);
    expect(job()).toMatchObject(WELL);
    await until('the block is in the cache', async () => {
      const { jobs } = await client.call('cache.status', {});
      return jobs.some((one) => one.job === key && one.blocks > 0);
    });

    await close();
    expect(await read(5)).toBe(1);
    await until('the job says so', () => job().source === 'away');
    const away = problem('SOURCE_UNREACHABLE', 'connection refused). Cached data stays readable');
    expect(job()).toMatchObject({ state: 'mounted', problem: away });
    expect(supervisor.activity.shown().problems).toContainEqual(
      expect.objectContaining({ ...away, job: key }),
    );
    expect(await trayShows('offline')).toMatch(/ is offline$/);
    expect(await read(0)).toBe(0);
    expect(job().source).toBe('away');

    await reopen();
    await until('the job says that it is back', () => job().source === 'reachable', LIMIT_MS);
    expect(job()).toMatchObject(WELL);
    expect(await trayShows('idle')).toMatch(/1 job is mounted$/);
    expect(await read(5)).toBe(0);
  });

  test('before the job is mounted is told as well, and no longer when it is unmounted', async () => {
    const { client, key, job, close, reopen, read } = await served();
    await close();
    await client.call('jobs.mount', { job: key });
    await until('the job says so', () => job().source === 'away');
    expect(job()).toMatchObject({
      state: 'mounted',
      problem: problem('SOURCE_UNREACHABLE', 'does not answer'),
    });
    await reopen();
    expect(await read(0)).toBe(0);
    await until('the job says that it is back', () => job().source === 'reachable');
    expect(job()).toMatchObject(WELL);
    await close();
    expect(await read(1)).toBe(1);
    await until('the job says so again', () => job().source === 'away');
    await client.call('jobs.unmount', { job: key, force: false });
    expect(job()).toMatchObject({ state: 'unmounted', source: 'reachable', problem: null });
  });
});

describe('a source that refuses the credentials', () => {
  test.each([401, 403])(
    'with %d is asked once per read, and needs a person until it delivers',
    async (status) => {
      const { client, key, job, refuse, requests, read, trayShows } = await served();
      await client.call('jobs.mount', { job: key });
      expect(await read(0)).toBe(0);
      refuse(status);
      const before = requests();
      expect(await read(3)).toBe(1);
      await until('the job says so', () => job().source === 'refused');
      expect(job()).toMatchObject({
        state: 'mounted',
        problem: problem('CREDENTIALS_REFUSED', `(${String(status)}). Cached data stays readable`),
      });
      expect(await trayShows('error')).toMatch(/ needs attention$/);
      expect(await read(0)).toBe(0);
      expect(requests() - before).toBe(1);

      refuse(undefined);
      // Another block: that this one could not be had is remembered for a moment.
      expect(await read(4)).toBe(0);
      await until('the job says that it is well', () => job().source === 'reachable');
      expect(job()).toMatchObject(WELL);
      await trayShows('idle');
    },
  );
});
