/** The grammar: which command is called with which values, and which sentence and exit code a mistake gets. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../../src-main/cli/leave.ts';
import { run } from '../../../src-main/cli/run.ts';
import { GhostError } from '../../../src-main/engine/errors.ts';

interface Ran {
  readonly outcome: Outcome;
  readonly complaints: readonly string[];
  readonly called: readonly (readonly [command: string, options: unknown])[];
  readonly printed: string;
}

let printed: string;

beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const DONE: Outcome = { code: 7, atOnce: false };

/** Parses `args`; the commands only note that they were called, or fail with `failure`. */
async function typed(args: readonly string[], failure?: Error): Promise<Ran> {
  const called: [string, unknown][] = [];
  const complaints: string[] = [];
  const handler = (name: string) => (options: unknown) => {
    called.push([name, options]);
    return failure === undefined ? Promise.resolve(DONE) : Promise.reject(failure);
  };
  const outcome = await run(
    args,
    {
      mount: handler('mount'),
      publish: handler('publish'),
      jobs: handler('jobs'),
      demo: handler('demo'),
      up: handler('up'),
      down: handler('down'),
      status: handler('status'),
      mountJob: handler('mountJob'),
      unmountJob: handler('unmountJob'),
      cacheStatus: handler('cacheStatus'),
      cacheVerify: handler('cacheVerify'),
      cacheClear: handler('cacheClear'),
      pin: handler('pin'),
      unpin: handler('unpin'),
      warm: handler('warm'),
      doctor: handler('doctor'),
      open: handler('open'),
    },
    (sentence) => complaints.push(sentence),
  );
  return { outcome, complaints, called, printed };
}

const MOUNT_DEFAULTS = {
  jobId: 3,
  database: 'magnetar.db',
  mountPoint: undefined,
  cache: undefined,
  cacheLimitBytes: 20 * 1024 ** 3,
  cacheMinFreeBytes: 1024 ** 3,
  sources: [],
  driver: 'auto',
  blockSize: undefined,
  hmacKeyFile: undefined,
  allowOther: false,
  transfers: 8,
  memoryBytes: 256 * 1024 ** 2,
  requestsPerSecond: 2_000,
  deadlineMs: 30_000,
  logLevel: 'info',
};

describe('the mount form', () => {
  it('has defaults for everything but the job', async () => {
    const { called, outcome } = await typed(['--job-id', '3']);
    expect(called).toEqual([['mount', MOUNT_DEFAULTS]]);
    expect(outcome).toEqual(DONE);
  });

  it('takes every option by its long name', async () => {
    const line =
      '--job-id 3 --database c.db --mount-point m --cache-dir c --source a --source b --driver fuse-native ' +
      '--cache-limit none --cache-min-free 2GiB --block-size 64KiB --hmac-key-file k --allow-other --transfers 4 --memory 1GiB --requests-per-second 50 --deadline 2.5 --log-level debug';
    expect((await typed(line.split(' '))).called).toEqual([
      [
        'mount',
        {
          jobId: 3,
          database: 'c.db',
          mountPoint: 'm',
          cache: 'c',
          cacheLimitBytes: undefined,
          cacheMinFreeBytes: 2 * 1024 ** 3,
          sources: ['a', 'b'],
          driver: 'fuse-native',
          blockSize: 65_536,
          hmacKeyFile: 'k',
          allowOther: true,
          transfers: 4,
          memoryBytes: 1024 ** 3,
          requestsPerSecond: 50,
          deadlineMs: 2_500,
          logLevel: 'debug',
        },
      ],
    ]);
  });

  it('takes the short names -j -d -m -c', async () => {
    const { called } = await typed(['-j', '3', '-d', 'c.db', '-m', 'm', '-c', 'c']);
    expect(called).toEqual([['mount', { ...MOUNT_DEFAULTS, database: 'c.db', mountPoint: 'm', cache: 'c' }]]);
  });

  it('goes without a cache when told so', async () => {
    const { called } = await typed(['-j', '3', '--no-cache']);
    expect(called).toEqual([['mount', { ...MOUNT_DEFAULTS, cache: false }]]);
  });
});

describe('the other commands', () => {
  it('hands publish its values', async () => {
    const line =
      'publish tree -d c.db --name n --block-size 1M --source http://h/ --source /b --hmac-key-file k --json';
    expect((await typed(line.split(' '))).called).toEqual([
      [
        'publish',
        {
          directory: 'tree',
          database: 'c.db',
          name: 'n',
          blockSize: 1_048_576,
          sources: ['http://h/', '/b'],
          hmacKeyFile: 'k',
          json: true,
        },
      ],
    ]);
  });

  it('hands jobs and demo theirs', async () => {
    expect((await typed(['jobs', '-d', 'c.db'])).called).toEqual([
      ['jobs', { database: 'c.db', json: false }],
    ]);
    expect((await typed(['demo', '--driver', 'linux-kernel'])).called).toEqual([
      ['demo', { driver: 'linux-kernel', logLevel: 'warn' }],
    ]);
  });
});

describe('the commands of a running program', () => {
  it('hands up what stands above the settings, each value as the settings have it', async () => {
    const line =
      'up --catalogue /a.db --catalogue b.db --mount-root m --cache-dir ~/c --cache-limit none ' +
      '--cache-min-free 5GiB --hmac-key-file /k --hmac-key-file /l --transfers 4 --memory 64MiB --requests-per-second 1 ' +
      '--deadline 5 --driver fuse-native --log-level debug --port 4711 --demo';
    expect((await typed(line.split(' '))).called).toEqual([
      [
        'up',
        {
          overrides: {
            catalogues: ['/a.db', resolve('b.db')],
            mountRoot: resolve('m'),
            cacheDirectory: join(homedir(), 'c'),
            cacheLimitBytes: undefined,
            cacheMinFreeBytes: 5 * 1024 ** 3,
            hmacKeyFiles: ['/k', '/l'],
            transfers: 4,
            memoryBytes: 64 * 1024 ** 2,
            requestsPerSecond: 1,
            deadlineMs: 5_000,
            driver: 'fuse-native',
            logLevel: 'debug',
            screenPort: 4711,
          },
          screen: true,
          demo: true,
        },
      ],
    ]);
    expect((await typed(['up', '--no-screen'])).called).toEqual([
      ['up', { overrides: {}, screen: false, demo: false }],
    ]);
  });

  it.each<[string, string, unknown]>([
    ['down', 'down', { force: false }],
    ['down --force', 'down', { force: true }],
    ['status --json', 'status', { json: true }],
    ['mount survey', 'mountJob', { job: 'survey', mountPoint: undefined }],
    ['mount 1 -m here', 'mountJob', { job: '1', mountPoint: 'here' }],
    ['unmount 1 --force', 'unmountJob', { job: '1', force: true }],
    ['cache status', 'cacheStatus', { json: false }],
    ['cache verify', 'cacheVerify', { directory: undefined }],
    ['cache verify --cache-dir /c', 'cacheVerify', { directory: '/c' }],
    ['cache clear', 'cacheClear', { job: undefined, yes: false }],
    ['cache clear --job 1 --yes', 'cacheClear', { job: '1', yes: true }],
    ['pin', 'pin', { paths: [], wait: true, json: false }],
    ['pin --list --json', 'pin', { paths: [], wait: true, json: true }],
    ['pin films a.bin --no-wait', 'pin', { paths: ['films', 'a.bin'], wait: false, json: false }],
    ['unpin films a.bin', 'unpin', { paths: ['films', 'a.bin'] }],
    ['warm films', 'warm', { paths: ['films'] }],
    ['open --print', 'open', { print: true }],
  ])('hands %s its values', async (line, command, values) => {
    expect((await typed(line.split(' '))).called).toEqual([[command, values]]);
  });
});

describe('help and version', () => {
  it.each([
    [['--help'], ['--job-id', '--no-cache', 'magnetar.db', 'publish', 'jobs', 'demo', '64KiB']],
    [
      ['publish', '--help'],
      ['--json', '--source', '64KiB', '1MiB'],
    ],
    [
      ['jobs', '--help'],
      ['--json', '--database'],
    ],
    [
      ['demo', '--help'],
      ['Ctrl-C', '--driver'],
    ],
    [['help', 'jobs'], ['orbit-ghost jobs']],
    [
      ['up', '--help'],
      ['--catalogue', '--cache-limit', '--no-screen', '--demo', 'config.toml', '4 to 16'],
    ],
    [['status', '--help'], ['Exit code 3']],
    [
      ['cache', '--help'],
      ['status', 'clear'],
    ],
    [['cache', 'clear', '--help'], ['--yes']],
    [['help'], ['--job-id', 'help [command]']],
    [['publish', '--help'], ['change nothing here']],
  ])('prints the help of %j on standard output', async (args, words) => {
    const ran = await typed(args);
    for (const word of words) expect(ran.printed).toContain(word);
    expect(ran).toMatchObject({ outcome: { code: 0 }, complaints: [], called: [] });
  });

  it("prints the package's version", async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await typed(['--version'])).toMatchObject({ printed: `${version}\n`, outcome: { code: 0 } });
  });
});

describe('mistakes', () => {
  it.each([
    [[], /--job-id ID/],
    [['--frobnicate'], /'--frobnicate'.*orbit-ghost --help/],
    [['--job-id'], /--job-id <id>' argument missing/],
    [['--job-id', 'one'], /"one" is not the number of a job/],
    [['-j', '1', '--block-size', '1000'], /"1000".*power of two/],
    [['-j', '1', '--transfers', '99'], /"99".*from 4 to 16/],
    [['-j', '1', '--memory', '63MiB'], /"63MiB".*at least 64MiB/],
    [['-j', '1', '--memory', 'none'], /"none".*such as 512MiB/],
    [['-j', '1', '--requests-per-second', '0'], /"0".*from 1 to 100000/],
    [['-j', '1', '--cache-limit', 'much'], /--cache-limit "much" is not possible.*such as "20GiB", or none/],
    [['-j', '1', '--cache-min-free', '1'], /--cache-min-free "1".*at least 1MiB/],
    [['up', '--memory', 'none'], /--memory "none" is not possible; it must be a size of at least 64MiB/],
    [['-j', '1', '--deadline', 'soon'], /"soon"/],
    [['-j', '1', '--driver', 'floppy'], /"floppy".*linux-kernel/],
    [['-j', '1', '--log-level', 'loud'], /"loud".*error, warn, info, debug/],
    [['-j', '1', '--mount-point', ''], /--mount-point is empty/],
    [['-j', '1', '--no-cache', '-c', 'x'], /--no-cache.*--cache-dir/],
    [['-j', '1', 'stray'], /no command "stray"/],
    [['mnt'], /no command "mnt".*publish, jobs and demo/],
    [['-d', 'c.db', 'jobs', '-d', 'c.db'], /--database stands before the command jobs/],
    [['publish', '-d', 'c.db'], /argument 'directory'.*orbit-ghost publish --help/],
    [['publish', 'a', 'b', '-d', 'c.db'], /[Tt]oo many arguments/],
    [['publish', 'a'], /--database <path>' not specified/],
    [['publish', '', '-d', 'c.db'], /is empty/],
    [['jobs'], /--database <path>' not specified/],
    [['jobs', '--jsno', '-d', 'c.db'], /'--jsno' \(Did you mean --json\?\); see "orbit-ghost jobs --help"/],
    [['demo', 'now'], /[Tt]oo many arguments/],
    [
      ['up', '--transfers', '99'],
      /--transfers "99" is not possible; it must be a whole number from 4 to 16\.$/,
    ],
    [['up', '--cache-limit', 'much'], /--cache-limit "much".*such as "20GiB"/],
    [['up', '--mount-root', ''], /--mount-root "" is not possible/],
    [['up', '--port', '-1'], /--port "-1".*from 0 to 65535/],
    [['up', '--driver', 'floppy'], /--driver "floppy".*linux-kernel/],
    [['up', '--no-screen', '--port', '1'], /--no-screen.*--port|--port.*--no-screen/],
    [['up', 'now'], /[Tt]oo many arguments.*orbit-ghost up --help/],
    [['mount'], /argument 'job'.*orbit-ghost mount --help/],
    [['mount', '1', '2'], /[Tt]oo many arguments/],
    [['unmount'], /argument 'job'/],
    [['cache'], /"orbit-ghost cache status", .* or "orbit-ghost cache clear"/],
    [['cache', 'wipe'], /no command "wipe"; the commands are status, verify and clear\.$/],
    [['cache', 'clear', '--job'], /argument missing; see "orbit-ghost cache clear --help"/],
    [['cache', 'clear', '1'], /[Tt]oo many arguments/],
    [['status', '--jsno'], /'--jsno' \(Did you mean --json\?\)/],
    [['pin', '--list', 'films'], /--list shows all that is pinned; leave out the paths\.$/],
    [['pin', ''], /A path is empty/],
    [['unpin'], /argument 'path'.*orbit-ghost unpin --help/],
    [['warm'], /argument 'path'.*orbit-ghost warm --help/],
    [['help', 'nope'], /no command "nope".*publish, jobs and demo/],
    [['help', 'publish', 'frob'], /[Tt]oo many arguments.*frob/],
    [['publish', 'a', '-d', 'c.db', '--log-level', 'loud'], /"loud".*error, warn, info, debug/],
  ])('answers %j with one sentence and exit code 2', async (args, sentence) => {
    const ran = await typed(args);
    expect(ran).toMatchObject({ outcome: { code: 2 }, called: [], printed: '' });
    expect(ran.complaints).toEqual([expect.stringMatching(sentence)]);
    expect(ran.complaints[0]).toMatch(/^[^\n]+\.$/);
  });
});

describe('failures', () => {
  it('tells a failed operation as its sentence, with exit code 1', async () => {
    const ran = await typed(['-j', '1'], new GhostError('MOUNT_FAILED', 'It did not work. Try again.'));
    expect(ran).toMatchObject({ outcome: { code: 1 }, complaints: ['It did not work. Try again.'] });
  });

  it.each(['NOT_FOUND', 'ARGUMENT_INVALID', 'SOURCE_INVALID', 'NOT_A_DIRECTORY'] as const)(
    'takes %s for a mistake of what was typed',
    async (code) => {
      expect((await typed(['-j', '1'], new GhostError(code, 'No.'))).outcome.code).toBe(2);
    },
  );

  it('shows where an error comes from at the level debug alone', async () => {
    const failure = new Error('boom', { cause: new Error('the fuse') });
    const [quiet] = (await typed(['-j', '1'], failure)).complaints;
    expect(quiet).toBe('Something unexpected failed: boom');
    const [loud] = (await typed(['-j', '1', '--log-level', 'debug'], failure)).complaints;
    expect(loud).toMatch(/boom\n[\s\S]*program\.test[\s\S]*the fuse/);
    expect((await typed(['-j', '1', '--log-level=debug'], failure)).complaints).toEqual([loud]);
  });

  it('never shows a credential or a second line', async () => {
    const failure = new GhostError('SOURCE_UNREACHABLE', 'No http://ann:pw@h/x?token=t0k\nhere.');
    const { complaints } = await typed(['-j', '1'], failure);
    expect(complaints).toEqual([String.raw`No http://***@h/x?token=***\nhere.`]);
  });
});
