/** Commands that talk to a running program from another terminal: which job they mean, what they print, how they fail. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ownCommand } from '../../../src-main/output/own-command.ts';
import { run, runOk, start } from '../../helpers/child.ts';
import { mountAt } from '../../helpers/system-mounts.ts';
import { until } from '../../helpers/system-until.ts';
import { newHome, orbitGhost } from './command-line.ts';
import { catalogueOf, holderOf, startUp, type Up } from './running-up.ts';

interface Status {
  readonly pid: number;
  readonly engine: { readonly state: string };
  readonly cache: { readonly usedBytes: number };
  readonly jobs: readonly {
    readonly key: string;
    readonly id: number;
    readonly name: string;
    readonly state: string;
    readonly mountPoint: string;
    readonly cachedBytes: number;
    readonly bytes: number;
    readonly readRate: number;
  }[];
}

const BIG = 'x'.repeat(3 * 1024 ** 2);
let up: Up;

// Two catalogues whose jobs have the same number, shared by the tests of this file.
beforeAll(async () => {
  const catalogues = [await catalogueOf('survey', 'hello\n'), await catalogueOf('films of May', BIG)];
  up = await startUp(['--no-screen', ...catalogues.flatMap((path) => ['--catalogue', path])]);
});

async function status(): Promise<Status> {
  return JSON.parse((await up.type('status', '--json')).stdout) as Status;
}

async function jobCalled(name: string): Promise<Status['jobs'][number]> {
  const job = (await status()).jobs.find((candidate) => candidate.name === name);
  if (job === undefined) throw new Error(`there is no job ${name}`);
  return job;
}

describe('a job', () => {
  it('is mounted and unmounted by its name, each told in one line', async () => {
    const { mountPoint } = await jobCalled('survey');
    expect(await up.type('mount', 'survey')).toMatchObject({
      code: 0,
      stdout: `mounted survey at ${mountPoint}\n`,
      stderr: '',
    });
    expect(await runOk('cat', [join(mountPoint, 'hello.txt')])).toBe('hello\n');
    expect(await jobCalled('survey')).toMatchObject({ state: 'mounted', mountPoint });
    expect(await up.type('unmount', 'survey')).toMatchObject({
      code: 0,
      stdout: `unmounted survey from ${mountPoint}\n`,
    });
    expect(mountAt(mountPoint)).toBeUndefined();
    expect(await up.type('unmount', 'survey')).toMatchObject({ code: 0, stdout: 'survey is not mounted\n' });
  });

  it('is mounted by its key, and where one wants it', async () => {
    const { key } = await jobCalled('films of May');
    const mountPoint = join(up.home, 'films');
    expect((await up.type('mount', key, '-m', mountPoint)).stdout).toBe(
      `mounted films of May at ${mountPoint}\n`,
    );
    expect(mountAt(mountPoint)).toBeDefined();
    expect((await up.type('unmount', key)).code).toBe(0);
  });

  it('is not guessed when its number is in two catalogues: the keys are named', async () => {
    const refused = await up.type('mount', '1');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    const { jobs } = await status();
    for (const { key, name } of jobs) expect(refused.stderr).toContain(`${key} (${name}, in `);
    expect(refused.stderr).toMatch(/^"1" means 2 jobs: .*by its key\.\n$/);
  });

  it('that is not there is told', async () => {
    const refused = await up.type('unmount', 'no such job');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toBe(`There is no job "no such job". \`${ownCommand()} status\` lists them.\n`);
  });

  it('in use stays, and who uses it is named; by force it goes', async () => {
    await up.type('mount', 'survey');
    const { mountPoint } = await jobCalled('survey');
    const holder = await holderOf(join(mountPoint, 'hello.txt'));
    const refused = await up.type('unmount', 'survey');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(new RegExp(`^${mountPoint} is in use by .*${holder.pid}.*\n$`));
    expect((await jobCalled('survey')).state).toBe('mounted');
    expect((await up.type('unmount', 'survey', '--force')).code).toBe(0);
    expect(mountAt(mountPoint)).toBeUndefined();
  });
});

describe('status', () => {
  it('tells as text what a terminal of 80 columns holds', async () => {
    await up.type('mount', 'survey');
    const { stdout } = await up.type('status');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(new RegExp(`^Orbit GhostFS \\d.*, process ${up.process.pid}, no screen$`));
    expect(lines).toContain('Engine: running');
    const table = lines.slice(lines.findIndex((line) => line.includes('NAME')));
    const { mountPoint } = await jobCalled('survey');
    expect(table).toContain(`    ${mountPoint}`);
    for (const line of table.filter((one) => !one.startsWith('    /')))
      expect(line.length).toBeLessThanOrEqual(80);
    await up.type('unmount', 'survey');
  });

  it('tells as JSON who reads how fast', async () => {
    await up.type('mount', 'films of May');
    const { mountPoint, key } = await jobCalled('films of May');
    const loop = 'while :; do dd if="$1" of=/dev/null bs=64k iflag=nocache status=none; done';
    const reader = await start('sh', ['-c', loop, 'sh', join(mountPoint, 'hello.txt')]);
    await until(
      'a rate',
      async () => (await status()).jobs.some((job) => job.key === key && job.readRate > 0),
      8_000,
    );
    const job = await jobCalled('films of May');
    expect(job).toMatchObject({ id: 1, state: 'mounted', bytes: BIG.length, cachedBytes: BIG.length });
    await reader.stop({ signal: 'SIGKILL' });
    await up.type('unmount', 'films of May', '--force');
  });
});

describe('the cache', () => {
  it('is shown and cleared, of one job and of all', async () => {
    for (const name of ['survey', 'films of May']) {
      await up.type('mount', name);
      await runOk('cat', [join((await jobCalled(name)).mountPoint, 'hello.txt')]);
    }
    // Blocks are written behind the readers' backs.
    await until('the blocks', async () => (await status()).cache.usedBytes === BIG.length + 6);
    const shown = await up.type('cache', 'status');
    expect(shown.stdout).toMatch(/3 MiB in 4 blocks, limit 20 GiB/);
    expect(shown.stdout).toMatch(/^films of May +3 MiB +3$/m);
    expect((await up.type('cache', 'clear', '--job', 'survey', '--yes')).stdout).toBe(
      'Freed 6 B in 1 block.\n',
    );
    expect((await up.type('cache', 'clear', '--yes')).stdout).toBe('Freed 3 MiB in 3 blocks.\n');
    expect((await status()).cache.usedBytes).toBe(0);
    const { mountPoint } = await jobCalled('survey');
    expect(await runOk('cat', [join(mountPoint, 'hello.txt')])).toBe('hello\n');
    for (const name of ['survey', 'films of May']) await up.type('unmount', name);
  });

  it('is not cleared unasked where nobody can answer', async () => {
    const refused = await up.type('cache', 'clear');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^Nothing was cleared: .* write --yes .*\n$/);
  });

  it('is not cleared by a person who says no', async () => {
    await up.type('mount', 'survey');
    await runOk('cat', [join((await jobCalled('survey')).mountPoint, 'hello.txt')]);
    await until('the block', async () => (await status()).cache.usedBytes > 0);
    const before = (await status()).cache.usedBytes;
    // A terminal of its own, which is what makes it ask.
    const [command, ...args] = up.process.command.split(' up ')[0]?.split(' ') ?? [];
    const typed = [command, ...args, 'cache', 'clear'].join(' ');
    const answer = (text: string): Promise<string> =>
      run('script', ['-qec', typed, '/dev/null'], { env: up.env, input: text }).then(({ stdout }) => stdout);
    expect(await answer('n\n')).toMatch(
      /This deletes .* of all jobs from the cache\..*\[y\/N\][^]*Nothing was cleared/,
    );
    expect((await status()).cache.usedBytes).toBe(before);
    expect(await answer('y\n')).toMatch(/Freed /);
    expect((await status()).cache.usedBytes).toBe(0);
    await up.type('unmount', 'survey');
  });
});

it('a program that is stopped is told of within seconds, by every command', async () => {
  process.kill(up.process.pid, 'SIGSTOP');
  try {
    const refusals = await Promise.all([up.type('status'), up.type('mount', 'survey'), up.type('down')]);
    for (const { code, stdout, stderr } of refusals) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^Orbit GhostFS runs, for it holds .* but does not answer; wait a moment\. .*`ss -xlp src .*` tells its process/,
      );
    }
  } finally {
    process.kill(up.process.pid, 'SIGCONT');
  }
});

it('open says so when there is no screen', async () => {
  const refused = await up.type('open');
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/serves no screen.*--no-screen\.\n$/);
});

it.each(['status', 'down', 'open', 'mount 1', 'unmount 1', 'cache status', 'cache clear'])(
  '%s says so, with exit code 3, when nothing is running',
  async (words) => {
    expect(await orbitGhost(words.split(' '), newHome())).toMatchObject({
      code: 3,
      stdout: '',
      stderr: `Orbit GhostFS is not running; start it with \`${ownCommand()} up\`.\n`,
    });
  },
);
