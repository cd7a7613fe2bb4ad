/** The running program: how it starts, what stands above its settings, and every way it ends. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../../../src-main/cli/process-alive.ts';
import { controlSocketPath } from '../../../src-main/ipc/unix-socket-place.ts';
import { run, runOk } from '../../helpers/child.ts';
import { mountJob } from '../../helpers/mounted-job.ts';
import { onCleanup } from '../../helpers/system-cleanup.ts';
import { fuseMountsBelow, mountAt } from '../../helpers/system-mounts.ts';
import { newDirectory } from '../../helpers/system.ts';
import { until } from '../../helpers/system-until.ts';
import { setup as buildScreen } from '../../ui/screen-build.ts';
import { newHome, orbitGhost, startOrbitGhost } from './command-line.ts';
import { catalogueOf, configOf, holderOf, startUp, writeConfig, type Up } from './running-up.ts';

let catalogue: string;

beforeAll(async () => {
  catalogue = await catalogueOf('survey', 'hello\n');
  await buildScreen();
});

/** Mounts the job and returns where. */
async function mounted(up: Up, job = 'survey'): Promise<string> {
  const { stdout, stderr } = await up.type('mount', job);
  const [, mountPoint = ''] = /^mounted .* at (.*)\n$/.exec(stdout) ?? [];
  expect(mountAt(mountPoint), stderr).toBeDefined();
  return mountPoint;
}

describe('up', () => {
  it('prints an address of its screen in one line, and open prints another each time', async () => {
    const up = await startUp([]);
    expect(up.process.stdout()).toMatch(/^Screen: http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/);
    const url = up.process.stdout().trim().replace('Screen: ', '');
    const urls = [url];
    for (let count = 0; count < 2; count += 1) {
      const { code, stdout, stderr } = await up.type('open', '--print');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      urls.push(stdout.trim());
    }
    const [page = '', ...others] = new Set(urls.map((each) => each.split('#')[0] ?? ''));
    expect(others).toEqual([]);
    expect((await fetch(page)).status).toBe(200);
    const signIn = async (address: string): Promise<number> => {
      const token = address.split('#token=')[1];
      const headers = { 'content-type': 'application/json', origin: new URL(page).origin };
      const body = JSON.stringify({ token });
      return (await fetch(`${page}session`, { method: 'POST', headers, body })).status;
    };
    for (const address of urls) expect(await signIn(address)).toBe(204);
    for (const address of urls) expect(await signIn(address)).toBe(401);
  });

  it('refuses to start twice, naming the process and what ends it, and does not disturb the first', async () => {
    const up = await startUp(['--no-screen', '--catalogue', catalogue]);
    const mountPoint = await mounted(up);
    const second = await up.type('up', '--no-screen');
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(new RegExp(String.raw`already running as process ${up.process.pid}.*\n$`));
    expect(await runOk('cat', [join(mountPoint, 'hello.txt')])).toBe('hello\n');
    const [, command = ''] = /`(.*)`/.exec(second.stderr) ?? [];
    expect(await run('sh', ['-c', command], { env: up.env, cwd: '/' })).toMatchObject({ code: 0 });
    expect(mountAt(mountPoint)).toBeUndefined();
  });

  it('goes by its settings; above them stand the environment and, above that, its options', async () => {
    const places = { root: newDirectory('root'), cache: newDirectory('cache'), file: newDirectory('file') };
    const env = { ...newHome(), ORBIT_GHOST_MOUNT_ROOT: places.root, ORBIT_GHOST_CACHE_LIMIT: '1GiB' };
    writeConfig(
      env,
      `catalogues = [${JSON.stringify(catalogue)}]\nmount-root = ${JSON.stringify(places.file)}\n[cache]\nlimit = "3GiB"\n`,
    );
    const up = await startUp(['--no-screen', '--cache-dir', places.cache, '--cache-limit', '2GiB'], env);
    expect(await mounted(up)).toBe(join(places.root, 'survey'));
    expect(JSON.parse((await up.type('cache', 'status', '--json')).stdout)).toMatchObject({
      directory: places.cache,
      limitBytes: 2 * 1024 ** 3,
    });
    // What holds for this run alone is not written down.
    expect(readFileSync(configOf(env), 'utf8')).toContain('limit = "3GiB"');
  });

  it('starts with the defaults where the settings file is broken, says where, and leaves it alone', async () => {
    const env = newHome();
    const text = 'transfers = 9\n[cache\nlimit = "1GiB"\n';
    writeConfig(env, text);
    const up = await startUp(['--no-screen', '--catalogue', catalogue], env);
    const sentence = `${configOf(env)}, line 2, column 7: `;
    expect(up.process.stderr()).toContain(sentence);
    const status = JSON.parse((await up.type('status', '--json')).stdout) as { settingsProblem: string };
    expect(status.settingsProblem).toContain(sentence);
    expect((await up.type('status')).stdout).toContain(sentence);
    await mounted(up);
    expect(readFileSync(configOf(env), 'utf8')).toBe(text);
  });

  it('takes a catalogue that an editor adds to its settings while it runs', async () => {
    const env = newHome();
    const up = await startUp(['--no-screen'], env);
    expect(await up.type('mount', 'survey')).toMatchObject({ code: 2, stdout: '' });
    writeConfig(env, `catalogues = [${JSON.stringify(catalogue)}]\n`);
    await until('the job', async () => (await up.type('mount', 'survey')).code === 0, 20_000);
  });

  it('shows a demo, and what it says to try works', async () => {
    const up = await startUp(['--no-screen', '--demo']);
    await up.process.waitForLine(/^Ctrl-C unmounts everything and ends it\.$/);
    const commands = up.process
      .stdout()
      .split('\n')
      .filter((line) => line.startsWith('  '))
      .map((line) => line.trim());
    expect(commands).toHaveLength(5);
    const outputs: string[] = [];
    // In a terminal that stands somewhere else, with the Node of the tests.
    const env = { ...up.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
    for (const command of commands) {
      outputs.push(await runOk('bash', ['-c', command], { env, cwd: up.home }));
    }
    expect(up.process.stdout()).not.toContain('browser');
    expect(outputs[1]).toContain('SHA-256');
    expect(outputs[3]).toMatch(/^\d{7} /);
    expect(outputs[4]).toMatch(/demo far away +mounted +\d+ MiB +111 GiB/);
    // Added for this run alone.
    expect(existsSync(configOf(up.env))).toBe(false);
  });
});

describe('it ends', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('on %s, with 0 and nothing mounted', async (signal) => {
    const up = await startUp(['--no-screen', '--catalogue', catalogue]);
    await mounted(up);
    up.process.signal(signal);
    expect(await up.process.exited).toEqual({ code: 0, signal: null });
    expect(fuseMountsBelow(up.home)).toEqual([]);
    expect((await up.type('status')).code).toBe(3);
  });

  it('when the last file is closed, having said who keeps it', async () => {
    const up = await startUp(['--no-screen', '--catalogue', catalogue]);
    const mountPoint = await mounted(up);
    const holder = await holderOf(join(mountPoint, 'hello.txt'));
    up.process.signal('SIGTERM');
    await up.process.waitForLine(new RegExp(`${mountPoint} is in use by .*${holder.pid}`), {
      stream: 'stderr',
    });
    expect(await runOk('cat', [join(mountPoint, 'hello.txt')])).toBe('hello\n');
    await holder.stop({ signal: 'SIGKILL' });
    expect(await up.process.exited).toEqual({ code: 0, signal: null });
    expect(mountAt(mountPoint)).toBeUndefined();
  });

  it('by force when it is asked twice', async () => {
    const up = await startUp(['--no-screen', '--catalogue', catalogue]);
    const mountPoint = await mounted(up);
    await holderOf(join(mountPoint, 'hello.txt'));
    up.process.signal('SIGTERM');
    await up.process.waitForLine(/is in use by/, { stream: 'stderr' });
    up.process.signal('SIGINT');
    expect(await up.process.exited).toEqual({ code: 130, signal: null });
    expect(mountAt(mountPoint)).toBeUndefined();
  });

  it('at once while it is still starting and waits for a catalogue', async () => {
    const locked = await catalogueOf('locked', 'hello\n');
    const database = new Database(locked);
    onCleanup('the lock of a catalogue', () => Promise.resolve(void database.close()));
    database.exec('BEGIN EXCLUSIVE');
    const env = newHome();
    const child = await startOrbitGhost(['up', '--no-screen', '--catalogue', locked], env);
    await until('the control socket', () => existsSync(controlSocketPath(env)));
    const asked = performance.now();
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    // It would wait five seconds for the catalogue.
    expect(performance.now() - asked).toBeLessThan(4_000);
    expect(child.stdout()).toBe('');
  });

  it('by "down", which returns when its process is gone and a new one can start', async () => {
    const up = await startUp(['--no-screen', '--catalogue', catalogue]);
    await mounted(up);
    expect(await up.type('down')).toMatchObject({ code: 0, stderr: '' });
    expect(isAlive(up.process.pid)).toBe(false);
    expect(await up.process.exited).toEqual({ code: 0, signal: null });
    expect(fuseMountsBelow(up.home)).toEqual([]);
    const next = await startUp(['--no-screen', '--catalogue', catalogue], up.env);
    await mounted(next);
  });

  it('by "down", which says what another process has mounted', async () => {
    const up = await startUp(['--no-screen', '--catalogue', catalogue]);
    await mounted(up);
    const { mountPoint } = await mountJob({ database: catalogue, job: 1 });
    const { stdout } = await up.type('down');
    expect(stdout).toMatch(
      /^Orbit GhostFS has ended; nothing of it is mounted any more\. Mounted by other processes: /,
    );
    expect(stdout).toContain(mountPoint);
    expect(stdout).not.toContain(up.home);
  });

  it('not by "down" while a file is open, unless by force', async () => {
    const up = await startUp(['--no-screen', '--catalogue', catalogue]);
    const mountPoint = await mounted(up);
    await holderOf(join(mountPoint, 'hello.txt'));
    const refused = await up.type('down');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/ is in use by .*\n$/);
    expect((await up.type('status')).code).toBe(0);
    expect(await runOk('cat', [join(mountPoint, 'hello.txt')])).toBe('hello\n');
    expect((await up.type('down', '--force')).code).toBe(0);
    expect(mountAt(mountPoint)).toBeUndefined();
  });

  it('by SIGKILL, and the next one mounts where that one did', async () => {
    const up = await startUp(['--no-screen', '--catalogue', catalogue]);
    const mountPoint = await mounted(up);
    process.kill(-up.process.pid, 'SIGKILL');
    await up.process.exited;
    const next = await startUp(['--no-screen', '--catalogue', catalogue], up.env);
    expect(await mounted(next)).toBe(mountPoint);
    expect(await runOk('cat', [join(mountPoint, 'hello.txt')])).toBe('hello\n');
  });
});

it('needs a home it can write to', async () => {
  const env = { ...newHome(), XDG_DATA_HOME: '/proc/orbit' };
  const refused = await orbitGhost(['up', '--no-screen', '--demo'], env);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^The demo cannot be written below \/proc\/orbit.*\n$/);
});

it('leaves the foreground form alone: it needs no running program and none needs it', async () => {
  const up = await startUp(['--no-screen', '--catalogue', catalogue]);
  const mountPoint = join(newDirectory('mount'), 'here');
  mkdirSync(mountPoint);
  const foreground = await orbitGhost(['-j', '99', '-d', catalogue, '-m', mountPoint], up.env);
  expect(foreground).toMatchObject({ code: 2, stdout: '' });
  expect(foreground.stderr).toContain('99');
  expect((await run('ls', [await mounted(up)])).stdout).toBe('hello.txt\n');
});
