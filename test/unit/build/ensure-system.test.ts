/**
 * What the first step of `npm start` and `npm test` says and leaves behind. Every command it may call is a stand-in, and the
 * policy file lies in a directory of the test, so no package and nothing of the system is touched.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../helpers/system-until.ts';

const SCRIPT = join(import.meta.dirname, '..', '..', '..', 'build', 'ensure-system.mjs');
/** Whoever runs the tests is an ordinary user to the script. */
const ORDINARY_USER = 'data:text/javascript,process.getuid=()=>1000';

let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ensure-system-'));
});

afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

/** A stand-in in the only directory of the search path. */
function command(name: string, body = ''): void {
  writeFileSync(join(place, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

interface Told {
  readonly code: number | null;
  readonly told: string;
}

/** Without what the script says of a machine that has no FUSE device. */
function ensure(purpose: string): Told {
  const { status, stderr } = spawnSync(process.execPath, ['--import', ORDINARY_USER, SCRIPT, purpose], {
    env: { PATH: place },
    encoding: 'utf8',
  });
  const lines = stderr.split('\n').filter((line) => !line.startsWith('/dev/fuse is missing'));
  return { code: status, told: lines.join('\n') };
}

describe('for an ordinary user', () => {
  it('says nothing when nothing is missing', () => {
    command('fusermount3');
    expect(ensure('run')).toEqual({ code: existsSync('/dev/fuse') ? 0 : 1, told: '' });
  });

  it.each([
    ['su', `  su -l -c '`],
    ['sudo', `  sudo sh -c '`],
  ])('names one command for %s, and that command installs what is missing', (tool, beginning) => {
    const calls = join(place, 'calls');
    command('apt-get', `echo "$@" >>'${calls}'`);
    if (tool === 'sudo') command('sudo', 'exec "$@"');
    const { code, told } = ensure('run');
    expect(code).toBe(1);
    const [missing, line = '', ...more] = told.trimEnd().split('\n');
    expect(missing).toMatch(/^Missing: fusermount3 \(.*\)\. Type this once, then try again:$/);
    expect(more).toEqual([]);
    expect(line).toMatch(beginning);
    // The stand-in for root's shell takes the same words.
    const typed = line.replace('su -l -c', '/bin/sh -c').replace('sudo sh', 'sudo /bin/sh');
    expect(spawnSync('/bin/sh', ['-c', typed], { env: { PATH: place } }).status).toBe(0);
    expect(readFileSync(calls, 'utf8')).toBe('update\ninstall -y --no-install-recommends fuse3\n');
  });

  it('names packages that every supported release knows', () => {
    command('apt-get');
    const line = ensure('test').told.split('\n')[1] ?? '';
    expect(line).toMatch(/ fuse3 .*fio ffmpeg /);
    expect(line).not.toContain('t64');
  });

  it('asks for the same things where there is no apt-get', () => {
    expect(ensure('run')).toEqual({
      code: 1,
      told: expect.stringMatching(/^Missing: fusermount3 .*package manager, then try again\.\n$/),
    });
  });

  it('refuses a purpose it does not know', () => {
    expect(ensure('frob')).toMatchObject({
      code: 2,
      told: expect.stringMatching(/run, test, bench.*"frob"/),
    });
  });
});

describe('services', () => {
  const policy = (): string => join(place, 'policy-rc.d');

  /** Runs `body` as the installation, in a process of its own that can be stopped. */
  function installing(body: string): ReturnType<typeof spawn> {
    const program = `
      const { withoutServices } = await import(${JSON.stringify(pathToFileURL(SCRIPT).href)});
      const ended = await withoutServices(${JSON.stringify(policy())}, ['sh', '-c', ${JSON.stringify(body)}]);
      process.stdout.write(JSON.stringify(ended));`;
    return spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own, so that a signal reaches what it started through it alone.
      detached: true,
    });
  }

  async function outputOf(child: ReturnType<typeof spawn>): Promise<unknown> {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'close');
    return JSON.parse(output);
  }

  const told = { status: 0, complaint: '' };

  it('are kept from starting while it installs, and only then', async () => {
    const seen = join(place, 'seen');
    const child = installing(`${policy()}; echo $? >${seen}`);
    expect(await outputOf(child)).toEqual(told);
    expect(readFileSync(seen, 'utf8')).toBe('101\n');
    expect(existsSync(policy())).toBe(false);
  });

  it('have their own policy left alone', async () => {
    writeFileSync(policy(), 'mine');
    expect(await outputOf(installing('exit 0'))).toEqual(told);
    expect(readFileSync(policy(), 'utf8')).toBe('mine');
  });

  it('may start again after a failure, which is told', async () => {
    expect(await outputOf(installing('echo no such package >&2; exit 100'))).toEqual({
      status: 100,
      complaint: 'no such package',
    });
    expect(existsSync(policy())).toBe(false);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('may start again after %s, which the installation gets too', async (signal, status) => {
    const ready = join(place, 'ready');
    const got = join(place, 'got');
    const child = installing(
      `trap 'echo got >${got}; exit 1' ${signal.slice(3)}; echo >${ready}; while :; do sleep 0.05; done`,
    );
    const output = outputOf(child);
    await until('the installation', () => existsSync(ready));
    expect(existsSync(policy())).toBe(true);
    child.kill(signal);
    expect(await output).toMatchObject({ status, stoppedBy: signal });
    expect(readFileSync(got, 'utf8')).toBe('got\n');
    expect(existsSync(policy())).toBe(false);
  });

  it('may start again although Node was killed', async () => {
    const ready = join(place, 'ready');
    const over = join(place, 'over');
    const child = installing(`echo >${ready}; while [ ! -e ${over} ]; do sleep 0.05; done`);
    await until('the installation', () => existsSync(ready));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(policy())).toBe(true);
    writeFileSync(over, '');
    await until('the policy file is gone', () => !existsSync(policy()));
  });

  it('may start again at the next run, when even the shell was killed', async () => {
    await outputOf(installing(`cp ${policy()} ${place}/left`));
    renameSync(join(place, 'left'), policy());
    expect(await outputOf(installing('exit 0'))).toEqual(told);
    expect(existsSync(policy())).toBe(false);
  });
});
