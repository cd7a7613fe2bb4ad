/** The doctor as a person types it: with a program that runs, without one, and with one that hangs; what it mends, and what its bundle tells. */
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HealthCheck } from '../../../src-main/ipc/contract.ts';
import { runOk, type RunResult } from '../../helpers/child.ts';
import { startFileServer } from '../../helpers/file-server.ts';
import { publish } from '../../helpers/mounted-job.ts';
import { onCleanup } from '../../helpers/system-cleanup.ts';
import { fuseMountsBelow, mountAt } from '../../helpers/system-mounts.ts';
import { engineOf } from '../../helpers/running-engine.ts';
import { newDirectory } from '../../helpers/system.ts';
import { until } from '../../helpers/system-until.ts';
import {
  killWithEngine,
  newHome,
  orbitGhost,
  smallJob,
  startOrbitGhost,
  type Environment,
} from './command-line.ts';
import { runAsOtherUser } from './other-user.ts';
import { catalogueOf, configOf, startUp, writeConfig } from './running-up.ts';

interface Diagnosis {
  readonly code: number | null;
  readonly mended: readonly string[];
  readonly checks: readonly HealthCheck[];
}

/** Checks that the exit code says what the checks do. */
function diagnosisIn({ code, stdout, stderr }: RunResult): Diagnosis {
  expect(stderr).toBe('');
  const told = JSON.parse(stdout) as Omit<Diagnosis, 'code'>;
  expect(code).toBe(told.checks.some(({ level }) => level === 'problem') ? 1 : 0);
  return { ...told, code };
}

async function doctor(env: Environment, ...words: readonly string[]): Promise<Diagnosis> {
  return diagnosisIn(await orbitGhost(['doctor', '--json', ...words], env));
}

function named({ checks }: Diagnosis, name: string): readonly HealthCheck[] {
  return checks.filter((check) => check.name === name);
}

describe('without a running program', () => {
  it('looks itself, says each thing in a line, and leaves nothing behind', async () => {
    const env = newHome();
    const { stdout, stderr } = await orbitGhost(['doctor'], env);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines.slice(0, -1))
      expect(line).toMatch(/^(ok {5}|warning|problem) {2}[^:]+: .*[.!?\w]$/);
    expect(lines[0]).toMatch(/^ok {7}Program: It does not run; `.* up` starts it\.$/);
    for (const said of [
      'FUSE: ',
      'Mounting: A mount for a moment worked',
      'Cache: ',
      'Catalogue: There is no',
    ])
      expect(stdout).toContain(said);
    expect(lines.at(-1)).toMatch(/^\d+ problems?, \d+ warnings?\./);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('orbit-ghost-check');
    // Looking makes nothing: the cache and the mount root come with their first use.
    expect(existsSync(join(env['HOME'] ?? '', '.cache'))).toBe(false);
  });

  it('finds the dead mount of a killed program, and takes it away when told to', async () => {
    const { env, database, job } = await smallJob();
    const mountPoint = newDirectory('mount');
    const args = ['--job-id', String(job), '-d', database, '-m', mountPoint];
    const child = await startOrbitGhost(args, env);
    await child.waitForLine(/^mounted job/);
    await killWithEngine(child);
    const ours = (diagnosis: Diagnosis): readonly HealthCheck[] =>
      named(diagnosis, 'Mounts').filter(({ sentence }) => sentence.includes(mountPoint));
    const found = await doctor(env);
    expect(found.code).toBe(1);
    expect(ours(found)).toMatchObject([{ level: 'problem', mendable: true }]);
    expect(mountAt(mountPoint)).toBeDefined();
    const mended = await doctor(env, '--fix');
    expect(mended.mended).toContain(`Took away the dead mount at ${mountPoint}.`);
    expect(ours(mended)).toEqual([]);
    expect(mountAt(mountPoint)).toBeUndefined();
  });

  it('tells a mount whose program hangs, and leaves it alone', async () => {
    const { env, database, job } = await smallJob();
    const mountPoint = newDirectory('a mount');
    const child = await startOrbitGhost(['--job-id', String(job), '-d', database, '-m', mountPoint], env);
    await child.waitForLine(/^mounted job/);
    const engine = engineOf({ process: child }) ?? 0;
    // Whoever would start it again hangs, too.
    process.kill(child.pid, 'SIGSTOP');
    process.kill(engine, 'SIGSTOP');
    const ours = (diagnosis: Diagnosis): readonly HealthCheck[] =>
      named(diagnosis, 'Mounts').filter(({ sentence }) => sentence.includes(mountPoint));
    const found = await doctor(env, '--fix');
    process.kill(engine, 'SIGCONT');
    process.kill(child.pid, 'SIGCONT');
    expect(ours(found)).toEqual([
      {
        name: 'Mounts',
        level: 'problem',
        sentence: `${mountPoint} does not answer: whoever serves it hangs.`,
        remedy: `End that program; if the mount stays, type: fusermount3 -uz '${mountPoint}'`,
        mendable: false,
      },
    ]);
    expect(found.code).toBe(1);
    expect(found.mended.join('\n')).not.toContain(mountPoint);
    expect(await runOk('cat', [join(mountPoint, 'hello.txt')])).toBe('hello\n');
    await until('it answers', async () => ours(await doctor(env)).length === 0);
    expect(await child.stop()).toEqual({ code: 0, signal: null });
  });

  it('mends its directories and deletes nothing', async () => {
    const env = newHome();
    const cache = join(env['HOME'] ?? '', 'kept');
    mkdirSync(cache);
    writeFileSync(join(cache, 'something'), 'else');
    await runOk('chmod', ['0777', cache]);
    writeConfig(env, `[cache]\ndirectory = ${JSON.stringify(cache)}\n`);
    expect(named(await doctor(env), 'Cache')).toMatchObject([{ level: 'problem', mendable: true }]);
    const { mended, checks } = await doctor(env, '--fix');
    expect(mended).toContain(`${cache} is now yours alone (mode 0700).`);
    expect(mended).toContain(`Made ${join(env['HOME'] ?? '', '.local/share/orbit-ghost/mounts')}.`);
    expect(checks.find(({ name }) => name === 'Cache')).toMatchObject({ level: 'ok' });
    expect(statSync(cache).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(cache, 'something'), 'utf8')).toBe('else');
  });

  it('tells mistakes in the settings and of a catalogue', async () => {
    const env = newHome();
    const missing = join(env['HOME'] ?? '', 'missing.db');
    writeConfig(env, `catalogues = [${JSON.stringify(missing)}]\ntransfers = "many"\n`);
    const diagnosis = await doctor(env);
    expect(diagnosis.code).toBe(1);
    expect(named(diagnosis, 'Settings')).toMatchObject([
      { level: 'problem', sentence: expect.stringContaining(`${configOf(env)}, line 2`) as string },
    ]);
    expect(named(diagnosis, 'Catalogue')).toMatchObject([
      { level: 'problem', sentence: expect.stringContaining(`${missing} does not exist`) as string },
    ]);
  });

  it.each([
    ['missing', /There is no \/dev\/fuse.*modprobe fuse/],
    ['closed', /You may not open \/dev\/fuse.*chmod 0666/],
  ] as const)('tells a user whose device is %s what to do', async (device, says) => {
    const { checks } = diagnosisIn(await runAsOtherUser(['doctor', '--json'], { device }));
    expect(checks.find(({ name }) => name === 'FUSE')).toMatchObject({
      level: 'problem',
      sentence: expect.stringMatching(says) as string,
    });
  });

  it('tells a user who has no fusermount3', async () => {
    const path = newDirectory('path', 0o755);
    for (const name of ['env']) symlinkSync(`/usr/bin/${name}`, join(path, name));
    const result = await runAsOtherUser(['doctor', '--json'], { device: 'open', path });
    const { checks } = diagnosisIn(result);
    expect(checks.find(({ name }) => name === 'fusermount3')).toMatchObject({
      level: 'problem',
      remedy: 'As root, type: apt-get install fuse3',
    });
  });
});

describe('with a running program', () => {
  it('asks it: its options count, its cache is its own, its mounts stay', async () => {
    const tree = newDirectory('tree');
    writeFileSync(join(tree, 'hello.txt'), 'hello\n');
    let status: number | undefined;
    const server = await startFileServer(tree, { refusal: () => status });
    onCleanup('the server', () => server.close());
    const database = join(newDirectory('catalogue'), 'magnetar.db');
    await publish({ tree, database, source: `${server.url}/`, args: ['--name', 'letters'] });
    const up = await startUp(['--no-screen', '--catalogue', database]);
    await up.type('mount', 'letters');
    const well = await doctor(up.env);
    expect(named(well, 'Program')).toMatchObject([
      { level: 'ok', sentence: `It runs, as process ${up.process.pid}.` },
    ]);
    for (const name of ['Engine', 'Catalogue', 'Source', 'Clock'])
      expect(named(well, name), name).toMatchObject([{ level: 'ok' }]);
    expect(named(well, 'Cache in use')).toEqual([]);
    status = 404;
    const ill = await doctor(up.env, '--fix');
    expect(ill.code).toBe(1);
    expect(named(ill, 'Source')).toMatchObject([
      { level: 'problem', sentence: expect.stringContaining('(404)') as string },
    ]);
    expect(fuseMountsBelow(up.home)).toHaveLength(1);
    expect((await up.type('unmount', 'letters')).code).toBe(0);
  });

  it('says that it does not answer, and looks itself', async () => {
    const up = await startUp();
    process.kill(up.process.pid, 'SIGSTOP');
    try {
      const diagnosis = await doctor(up.env);
      expect(diagnosis.code).toBe(1);
      expect(named(diagnosis, 'Program')).toMatchObject([
        { level: 'problem', sentence: expect.stringContaining('does not answer') as string },
      ]);
      expect(named(diagnosis, 'FUSE')).toHaveLength(1);
    } finally {
      process.kill(up.process.pid, 'SIGCONT');
    }
  });
});

describe('a support bundle', () => {
  const SECRETS = ['wedding', 'geheim', 'ada-lovelace', 'AKIAIOSFODNN7EXAMPLE', 'nas.example'];

  /** A home, a catalogue, a source and a log full of what is nobody's business. */
  async function secretHome(): Promise<{ readonly env: Environment; readonly database: string }> {
    const home = join(newDirectory('home'), 'ada-lovelace');
    mkdirSync(home);
    const env = newHome(home);
    const database = await catalogueOf('wedding of the year', 'hello\n');
    const hidden = join(dirname(database), 'wedding.db');
    await runOk('mv', [database, hidden]);
    await runOk('node', [
      '-e',
      `const d = new (require('better-sqlite3'))(process.argv[1]);
       d.exec("UPDATE ghost_sources SET uri = 'https://ada-lovelace:geheim@nas.example:1/wedding/?token=geheim'");`,
      hidden,
    ]);
    const log = join(home, '.local', 'state', 'orbit-ghost', 'orbit-ghost.log');
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(
      log,
      [
        '2026-11-23T05:41:53.123Z warn  Reading "wedding/guest list.txt" from https://nas.example/wedding?sig=geheim failed',
        `2026-11-23T05:41:53.123Z info  ${home}/wedding photos/of ada-lovelace is not a folder`,
        '2026-11-23T05:41:53.123Z error Authorization: Bearer geheim, AKIAIOSFODNN7EXAMPLE',
        '2026-11-23T05:41:54.123Z warn  The engine was killed (SIGKILL)',
        '',
      ].join('\n'),
    );
    writeConfig(env, `catalogues = [${JSON.stringify(hidden)}]\n`);
    return { env, database: hidden };
  }

  async function contents(
    file: string,
  ): Promise<{ readonly names: readonly string[]; readonly text: string }> {
    const listed = await runOk('tar', ['-tzf', file]);
    const text = await runOk('tar', ['-xzOf', file]);
    return { names: listed.trimEnd().split('\n'), text };
  }

  const PARTS = ['README.txt', 'versions.json', 'checks.json', 'settings.json'];
  const entries = (...parts: readonly string[]): string[] =>
    ['', ...parts].map((part) => `orbit-ghost-support/${part}`).toSorted();

  it('holds what helps and no name, path, address or key; only its owner may read it', async () => {
    const { env } = await secretHome();
    const file = join(newDirectory('bundle'), 'bundle.tar.gz');
    const { stdout, stderr } = await orbitGhost(['doctor', '--bundle', file], env);
    expect(stderr).toBe('');
    expect(stdout).toContain(`Wrote ${file}, which only you can read: README.txt, `);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { names, text } = await contents(file);
    expect(names.toSorted()).toEqual(entries(...PARTS, 'orbit-ghost.log'));
    for (const secret of SECRETS) expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
    expect(text).not.toContain(env['HOME']);
    expect(text).toContain('The engine was killed (SIGKILL)');
    expect(text).toMatch(/"name": "Catalogue",\s+"level": "ok"/);
    expect(text).toMatch(/"name": "Source",\s+"level": "problem"/);
    // What is there already is not written over, and nothing else is left beside it.
    const again = await orbitGhost(['doctor', '--bundle', file], env);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('choose another') as string });
    expect(await runOk('ls', ['-A', dirname(file)])).toBe('bundle.tar.gz\n');
  });

  it('of a running program has its state too, without names', async () => {
    const { env } = await secretHome();
    const up = await startUp(['--no-screen'], env);
    const file = join(newDirectory('bundle'), 'bundle.tar.gz');
    await up.type('doctor', '--bundle', file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { names, text } = await contents(file);
    expect(names.toSorted()).toEqual(entries(...PARTS, 'state.json', 'orbit-ghost.log'));
    for (const secret of SECRETS) expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
    expect(text).toMatch(/"schemes": \[\s+"https"\s+\]/);
  });
});
