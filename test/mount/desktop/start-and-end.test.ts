/** The app while it starts and when the system wants it to end: what is asked too early, signals, a mistake in the settings. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';
import { autostartFile } from '../../../src-main/app/login-item.ts';
import { connectUnixSocket } from '../../../src-main/ipc/client.ts';
import { CHANNELS } from '../../../src-main/ipc/electron-channels.ts';
import { controlSocketPath } from '../../../src-main/ipc/unix-socket.ts';
import { start } from '../../helpers/child.ts';
import { onCleanup } from '../../helpers/system-cleanup.ts';
import { fuseMountsBelow } from '../../helpers/system-mounts.ts';
import { markedProcesses } from '../../helpers/system-processes.ts';
import { until } from '../../helpers/system-until.ts';
import { newDirectory, testRoot } from '../../helpers/system.ts';
import { addJob, newCatalogue } from '../../ui/catalogues.ts';
import { settingsFile } from '../../ui/running-program.ts';
import { buildScreen, holds, LIMIT_MS, startApp } from './running-app.ts';

beforeAll(buildScreen);

/** Settings with a catalogue that another program has locked, so that the start waits for it. */
function lockedCatalogue(): string {
  const path = newCatalogue();
  addJob(path, { name: 'locked', files: [{ name: 'a', size: 1 }] });
  const database = new Database(path);
  onCleanup('the lock of a catalogue', () => Promise.resolve(void database.close()));
  database.exec('BEGIN EXCLUSIVE');
  return `catalogues = [${JSON.stringify(path)}]\n`;
}

const engines = (): number =>
  markedProcesses(testRoot()).filter(({ command }) => /engine-main/.test(command)).length;

describe('while it is still starting', () => {
  async function starting() {
    const app = startApp(newDirectory('app-home'), lockedCatalogue());
    const socket = controlSocketPath(app.environment);
    await until('the control socket', () => existsSync(socket), LIMIT_MS);
    await until('the engine', () => engines() === 1, LIMIT_MS);
    return { ...app, socket };
  }

  it('asks a person for another program, and opens no window for it', async () => {
    const { socket, all } = await starting();
    const client = await connectUnixSocket(socket);
    expect(await client.call('dialog.choose', { what: 'folder' })).toEqual({ path: null });
    expect(all('window')).toEqual([]);
    client.close();
  });

  it('quits at the first signal, stopping what has started', async () => {
    const { socket, all, signal, exited } = await starting();
    expect(all('window')).toEqual([]);
    signal('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(all('show')).toEqual([]);
    expect(all('error box')).toEqual([]);
    expect(existsSync(socket)).toBe(false);
    expect(engines()).toBe(0);
  });

  it('quits when it is asked as a person asks', async () => {
    const { perform, all, exited } = await starting();
    perform({ do: 'quit' });
    expect(await exited).toEqual([0, null]);
    expect(all('quit prevented')).toHaveLength(1);
    expect(engines()).toBe(0);
  });
});

it('waits for who uses a mount when a signal asks, and no longer when a second one does', async () => {
  const home = newDirectory('app-home');
  const { perform, heard, signal, exited } = startApp(home);
  await heard('show');
  perform({
    do: 'say',
    channel: CHANNELS.message,
    words: [{ type: 'call', id: 1, method: 'setup.demo', input: {} }],
  });
  await heard('menu', holds('demo files'));
  perform({ do: 'click', path: ['demo files', 'Mount'] });
  await heard('menu', holds('(mounted)'));
  const [mount] = fuseMountsBelow(home);
  const holder = await start('sh', ['-c', 'echo ready; exec sleep 600'], { cwd: mount?.mountPoint ?? '' });
  await holder.waitForLine(/ready/);
  perform({ do: 'answer', button: -1 });
  signal('SIGTERM');
  await heard('question', holds('Retry'));
  expect(fuseMountsBelow(home)).toHaveLength(1);
  signal('SIGINT');
  expect(await exited).toEqual([0, null]);
  expect(fuseMountsBelow(home)).toEqual([]);
  await holder.stop();
});

it('asks again at the next signal when the person has cancelled the quit that the first one asked for', async () => {
  const home = newDirectory('app-home');
  const { perform, heard, all, signal, exited } = startApp(home);
  await heard('show');
  perform({
    do: 'say',
    channel: CHANNELS.message,
    words: [{ type: 'call', id: 1, method: 'setup.demo', input: {} }],
  });
  await heard('menu', holds('demo files'));
  perform({ do: 'click', path: ['demo files', 'Mount'] });
  await heard('menu', holds('(mounted)'));
  const [mount] = fuseMountsBelow(home);
  const holder = await start('sh', ['-c', 'echo ready; exec sleep 600'], { cwd: mount?.mountPoint ?? '' });
  await holder.waitForLine(/ready/);
  const questions = (): number => all('question').filter(holds('Retry')).length;
  perform({ do: 'answer', button: -1 });
  signal('SIGTERM');
  await until('the question', () => questions() === 1, LIMIT_MS);
  perform({ do: 'answer', button: 2 });
  perform({ do: 'answer', button: -1 });
  signal('SIGINT');
  await until('another question', () => questions() === 2, LIMIT_MS);
  expect(fuseMountsBelow(home)).toHaveLength(1);
  perform({ do: 'answer', button: 1 });
  expect(await exited).toEqual([0, null]);
  await holder.stop();
});

it('takes its start at log-in away when the settings, changed meanwhile, do not want it', async () => {
  const home = newDirectory('app-home');
  const entry = autostartFile({}, home);
  mkdirSync(dirname(entry), { recursive: true });
  writeFileSync(entry, '[Desktop Entry]\n');
  const { heard, perform, exited } = startApp(home, 'autostart = false\n');
  await heard('show');
  expect(existsSync(entry)).toBe(false);
  perform({ do: 'quit' });
  expect(await exited).toEqual([0, null]);
});

it('tells a mistake in the settings in its log and to the person, and follows what is mended', async () => {
  const home = newDirectory('app-home');
  const { heard, all, perform, exited } = startApp(home, 'log-level = "loud"\n');
  const mistake = holds('Some settings do not apply');
  expect(await heard('notification', mistake)).toMatchObject({
    body: expect.stringContaining('line 1') as string,
  });
  const log = (): string =>
    readFileSync(join(home, '.local', 'state', 'orbit-ghost', 'orbit-ghost.log'), 'utf8');
  expect(log()).toContain('config.toml, line 1');
  writeFileSync(settingsFile(home), 'log-level = "warn"\ntheme = 7\n');
  await until('the new mistake in the log', () => log().includes('config.toml, line 2'), LIMIT_MS);
  await until('the new mistake', () => all('notification').filter(mistake).length === 2, LIMIT_MS);
  perform({ do: 'quit' });
  expect(await exited).toEqual([0, null]);
});
