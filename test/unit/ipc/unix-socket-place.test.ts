/** Who gets the place of the one supervisor, and who is kept out of it. */
import { execFile, type ChildProcess } from 'node:child_process';
import { chmod, lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectUnixSocket } from '../../../src-main/ipc/client.ts';
import { controlSocketPath } from '../../../src-main/ipc/unix-socket.ts';
import { ownCommand } from '../../../src-main/output/own-command.ts';
import { projectRoot } from '../../helpers/system.ts';
import { connect, serve, served, socketPlace } from './socket-fixture.ts';

const MODE_BITS = 0o777;
const MAIN = join(projectRoot, 'test', 'helpers', 'control-socket-main.ts');

/** Another process that wants the place; resolves with the first line it prints. */
async function contender(path: string): Promise<{ readonly child: ChildProcess; readonly line: string }> {
  const child = execFile(process.execPath, [MAIN, path]);
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  if (child.stdout === null) throw new Error('the child has no output');
  const [line] = (await once(child.stdout, 'data')) as [string];
  return { child, line: line.trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('controlSocketPath', () => {
  it('lies in the runtime directory, else in the state directory', () => {
    expect(controlSocketPath({ XDG_RUNTIME_DIR: '/run/user/1', HOME: '/h' })).toBe(
      '/run/user/1/orbit-ghost/control.sock',
    );
    expect(controlSocketPath({ HOME: '/h' })).toBe('/h/.local/state/orbit-ghost/control.sock');
    expect(controlSocketPath({ HOME: '/h', XDG_RUNTIME_DIR: 'run', XDG_STATE_HOME: '/s' })).toBe(
      '/s/orbit-ghost/control.sock',
    );
  });
});

describe('the place', () => {
  it('is made for this user alone', async () => {
    const { path } = await served();
    expect((await lstat(dirname(path))).mode & MODE_BITS).toBe(0o700);
    expect((await lstat(path)).mode & MODE_BITS).toBe(0o600);
    expect((await lstat(join(dirname(path), 'control.lock'))).mode & MODE_BITS).toBe(0o600);
  });

  it('is refused where others may enter, by server and client', async () => {
    const path = await socketPlace();
    await mkdir(dirname(path), { mode: 0o700 });
    await chmod(dirname(path), 0o755);
    const refusal = { code: 'PERMISSION_DENIED', message: expect.stringMatching(/chmod 700/) };
    await expect(serve(path)).rejects.toMatchObject(refusal);
    await expect(connectUnixSocket(path)).rejects.toMatchObject(refusal);
  });

  it('is refused behind a symbolic link', async () => {
    const path = await socketPlace();
    const real = `${dirname(path)}-real`;
    await mkdir(real, { mode: 0o700 });
    await symlink(real, dirname(path));
    await expect(serve(path)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringMatching(/no directory/),
    });
  });

  it.runIf(process.getuid?.() === 0)('is refused when it belongs to another user', async () => {
    const { chown } = await import('node:fs/promises');
    const path = await socketPlace();
    await mkdir(dirname(path), { mode: 0o700 });
    await chown(dirname(path), 12_345, 12_345);
    const refusal = { code: 'PERMISSION_DENIED', message: expect.stringMatching(/belongs to user 12345/) };
    await expect(serve(path)).rejects.toMatchObject(refusal);
    await expect(connectUnixSocket(path)).rejects.toMatchObject(refusal);
  });

  it('leaves a file that is no socket alone', async () => {
    const path = await socketPlace();
    await mkdir(dirname(path), { mode: 0o700 });
    await writeFile(path, 'precious');
    await expect(serve(path)).rejects.toMatchObject({
      message: expect.stringMatching(/is not the control socket/),
    });
    expect(await readFile(path, 'utf8')).toBe('precious');
  });

  it('must be short enough for a socket', async () => {
    const path = join(await socketPlace(), 'x'.repeat(100), 'control.sock');
    await expect(serve(path)).rejects.toMatchObject({ code: 'NAME_TOO_LONG' });
    await expect(connectUnixSocket(path)).rejects.toMatchObject({ code: 'NAME_TOO_LONG' });
  });
});

describe('one supervisor', () => {
  it('keeps a second one out, which names the process, and is not disturbed by it', async () => {
    const { path } = await served();
    const client = await connect(path);
    const refusal = {
      code: 'ALREADY_RUNNING',
      message: `Orbit GhostFS is already running as process ${process.pid}; stop it with \`${ownCommand()} down\` before starting another.`,
    };
    await expect(serve(path)).rejects.toMatchObject(refusal);
    expect((await contender(path)).line).toBe(`GhostError: ${refusal.message}`);
    await expect(client.call('app.info', {})).resolves.toBeDefined();
    await expect((await connect(path)).call('app.info', {})).resolves.toBeDefined();
  });

  it('can follow another that ended', async () => {
    const { path, server } = await served();
    await server.close();
    await expect(connectUnixSocket(path)).rejects.toMatchObject({
      code: 'ENGINE_AWAY',
      message: `Orbit GhostFS is not running; start it with \`${ownCommand()} up\`.`,
    });
    await serve(path);
    await expect((await connect(path)).call('app.info', {})).resolves.toBeDefined();
  });

  it('takes the place of one that was killed, and of several that start at once exactly one does', async () => {
    const path = await socketPlace();
    const first = await contender(path);
    expect(first.line).toBe('serving');
    await kill(first.child);
    expect((await lstat(path)).isSocket()).toBe(true);
    await expect(connectUnixSocket(path)).rejects.toMatchObject({ code: 'ENGINE_AWAY' });

    const contenders = await Promise.all(Array.from({ length: 4 }, () => contender(path)));
    const winners = contenders.filter(({ line }) => line === 'serving');
    expect(winners).toHaveLength(1);
    const pid = winners[0]?.child.pid;
    for (const { line } of contenders.filter((one) => one !== winners[0])) {
      expect(line).toContain(`already running as process ${pid}`);
    }
    expect(await (await connect(path)).call('app.info', {})).toMatchObject({ pid });
  });

  it('is one also when several find the same dead socket at the same moment', async () => {
    const path = await socketPlace();
    await kill((await contender(path)).child);
    const attempts = await Promise.allSettled(Array.from({ length: 4 }, () => serve(path)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of attempts.filter(({ status }) => status === 'rejected')) {
      expect(attempt).toMatchObject({ reason: { code: 'ALREADY_RUNNING' } });
    }
    await expect((await connect(path)).call('app.info', {})).resolves.toMatchObject({ pid: process.pid });
  });

  it('does not take the place of one that listens without the lock', async () => {
    const path = await socketPlace();
    await mkdir(dirname(path), { mode: 0o700 });
    const other = createServer((socket) => socket.destroy()).listen(path);
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    await expect(serve(path)).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
      message: expect.stringMatching(/does not answer/),
    });
    expect(other.listening).toBe(true);
  });
});
