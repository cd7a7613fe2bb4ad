/**
 * A supervisor of the test's own with the real engine, settings and catalogue, and a client of its dispatcher. Invariant: when
 * the test ends, however it ends, its engine is gone and nothing below its mount root is mounted.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src-main/engine/clock.ts';
import { silentLogger } from '../../src-main/engine/log.ts';
import type { Job } from '../../src-main/ipc/contract.ts';
import { Dispatcher } from '../../src-main/ipc/dispatcher.ts';
import { NearClient } from '../../src-main/app/near-client.ts';
import { supervisorHandlers } from '../../src-main/supervisor/handlers.ts';
import { LogBook } from '../../src-main/supervisor/log-book.ts';
import { openSettings, type SettingValues } from '../../src-main/supervisor/settings/settings.ts';
import { Supervisor, type SupervisorOptions } from '../../src-main/supervisor/supervisor.ts';
import { supervisorTopics } from '../../src-main/supervisor/topics.ts';
import { publish } from '../helpers/mounted-job.ts';
import { onCleanup } from '../helpers/system-cleanup.ts';
import { abortMount, fuseMountsBelow } from '../helpers/system-mounts.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';

export const FILE = 'data.bin';
export const FILE_BYTES = 8 * 2 ** 20;

export interface Supervised {
  readonly log: LogBook;
  readonly supervisor: Supervisor;
  readonly client: NearClient;
  readonly home: string;
  readonly mountRoot: string;
  readonly tree: string;
  readonly catalogue: string;
  /** The job of `tree`. */
  readonly job: string;
  readonly jobState: (key?: string) => Job;
  /** Resolves when the job is in that state. */
  readonly reaches: (state: Job['state']) => Promise<void>;
}

/** An engine starts again within a second or two; the rest is a loaded machine. */
const LIMIT_MS = 60_000;

export interface Published {
  readonly tree: string;
  readonly catalogue: string;
}

async function publishSmallTree(): Promise<Published> {
  const tree = newDirectory('tree');
  writeSeededFile(join(tree, FILE), FILE_BYTES, 1);
  writeFileSync(join(tree, 'hello.txt'), 'hello\n');
  const catalogue = join(newDirectory('catalogue'), 'magnetar.db');
  await publish({ tree, database: catalogue });
  return { tree, catalogue };
}

export async function supervised(
  overrides: Partial<SettingValues> = {},
  {
    published,
    ...engine
  }: Partial<
    Pick<SupervisorOptions, 'clock' | 'engineCommand' | 'engineSilenceLimitMs' | 'keepsSessions'>
  > & {
    /** What it serves; a small tree of its own unless given. */
    readonly published?: Published;
  } = {},
): Promise<Supervised> {
  const home = newDirectory('home');
  const { tree, catalogue } = published ?? (await publishSmallTree());
  const place = (name: string): string => join(home, name);
  const mountRoot = place('mounts');
  const settings = openSettings({
    file: join(place('config'), 'config.toml'),
    env: {},
    overrides: { mountRoot, cacheDirectory: place('cache'), ...overrides },
    directories: {
      data: place('data'),
      cache: place('cache'),
      state: place('state'),
      config: place('config'),
    },
  });
  await settings.set({ catalogues: [catalogue] });
  const log = new LogBook({ level: () => 'debug', printable: (text) => text });
  const supervisor = new Supervisor({
    settings,
    dataDirectory: place('data'),
    clock: systemClock,
    logger: log.logger('supervisor', silentLogger),
    engineLogger: log.logger('engine', silentLogger),
    ...engine,
  });
  onCleanup(`supervisor of ${home}`, async () => {
    await supervisor.stop(true);
    settings.close();
    for (const { mountPoint } of fuseMountsBelow(home)) await abortMount(mountPoint);
  });
  const dispatcher = new Dispatcher({
    handlers: supervisorHandlers({
      supervisor,
      settings,
      host: undefined,
      version: '0',
      dataDirectory: place('data'),
      stateDirectory: place('state'),
      screenLogger: log.logger('screen', silentLogger),
      screen: () => undefined,
      stop: async (force) => await supervisor.stop(force),
    }),
    topics: supervisorTopics(supervisor, settings, log),
    logger: silentLogger,
    clock: systemClock,
  });
  const can = { reveal: false, drag: false, download: false, choose: false };
  const client = new NearClient(dispatcher, { near: true, choosesMountPoint: true, can }, () => {});
  await supervisor.start();
  const job = supervisor.state().jobs[0]?.key ?? '';
  const jobState = (key = job): Job => {
    const found = supervisor.state().jobs.find((one) => one.key === key);
    if (found === undefined) throw new Error(`no job ${key}: ${JSON.stringify(supervisor.state())}`);
    return found;
  };
  return {
    log,
    supervisor,
    client,
    home,
    mountRoot,
    tree,
    catalogue,
    job,
    jobState,
    reaches: async (state) => {
      await until(`the job is ${state}`, () => jobState().state === state, LIMIT_MS);
    },
  };
}
