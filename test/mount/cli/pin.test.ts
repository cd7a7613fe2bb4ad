/** `pin`, `unpin` and `warm` as typed in a terminal: paths of the mount, what is said, exit codes, and Ctrl-C. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runOk } from '../../helpers/child.ts';
import { startFileServer } from '../../helpers/file-server.ts';
import { startLinkProxy } from '../../helpers/link-proxy.ts';
import { publish } from '../../helpers/mounted-job.ts';
import { newDirectory } from '../../helpers/system.ts';
import { until } from '../../helpers/system-until.ts';
import { writeSeededFile } from '../../helpers/tree.ts';
import { startOrbitGhost } from './command-line.ts';
import { mountJobOf, startUp, type Up } from './running-up.ts';

const MIB = 2 ** 20;

/** A job `survey` of `films/a.bin` (2 MiB), `films/new/b.bin` (1 MiB) and `other.bin` (16 MiB). */
async function survey(
  source?: (tree: string) => Promise<string>,
): Promise<{ tree: string; database: string }> {
  const tree = newDirectory('tree');
  mkdirSync(join(tree, 'films', 'new'), { recursive: true });
  writeSeededFile(join(tree, 'films', 'a.bin'), 2 * MIB, 1);
  writeSeededFile(join(tree, 'films', 'new', 'b.bin'), MIB, 2);
  writeSeededFile(join(tree, 'other.bin'), 16 * MIB, 3);
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  const url = await source?.(tree);
  await publish({ tree, database, args: ['--name', 'survey'], ...(url !== undefined && { source: url }) });
  return { tree, database };
}

async function cachedBytes(up: Up): Promise<number> {
  const { stdout } = await up.type('cache', 'status', '--json');
  return (JSON.parse(stdout) as { usedBytes: number }).usedBytes;
}

describe('pin', () => {
  it('fetches, waits, lists, serves without a source, and unpins', async () => {
    const server = { close: async (): Promise<void> => {} };
    const { tree, database } = await survey(async (directory) => {
      const started = await startFileServer(directory);
      server.close = () => started.close();
      return started.url;
    });
    const up = await startUp(['--no-screen', '--catalogue', database]);
    const mounted = await mountJobOf(up, 'survey');
    expect(await up.type('pin')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Nothing is pinned; `.* pin PATH` keeps a file or a folder offline\.\n$/,
      ),
    });
    const films = join(mounted, 'films');
    expect(await up.type('pin', films)).toMatchObject({
      code: 0,
      stdout: 'pinned films in survey: 2 files, all of 3 MiB cached\n',
      stderr: '',
    });
    expect((await up.type('pin', '--list')).stdout).toMatch(
      /^JOB +PATH +FILES +CACHED +OF +STATE\nsurvey +films +2 +3 MiB +3 MiB +kept\n$/,
    );
    await server.close();
    await runOk('cmp', [join(films, 'a.bin'), join(tree, 'films', 'a.bin')]);
    await runOk('cmp', [join(films, 'new', 'b.bin'), join(tree, 'films', 'new', 'b.bin')]);

    const below = await up.type('unpin', join(films, 'a.bin'));
    expect(below).toMatchObject({ code: 2, stdout: '' });
    expect(below.stderr).toContain('films/a.bin is pinned with the folder films; unpin that.');
    expect(await up.type('unpin', films)).toMatchObject({
      code: 0,
      stdout: `unpinned ${films}: 2 files; the 3 MiB of it in the cache stay until room is needed\n`,
    });
    expect(await up.type('unpin', films)).toMatchObject({ code: 0, stdout: `${films} is not pinned\n` });
  });

  it('is noted for a job that is not mounted, and says what it waits for', async () => {
    const { database } = await survey();
    const up = await startUp(['--no-screen', '--catalogue', database]);
    const mounted = await mountJobOf(up, 'survey');
    expect((await up.type('unmount', 'survey')).code).toBe(0);
    const waiting = await up.type('pin', join(mounted, 'films'));
    expect(waiting).toMatchObject({
      code: 0,
      stdout:
        'pinned films in survey: 2 files, 0 B of 3 MiB cached. What is missing is fetched while its job is mounted.\n',
    });
    await mountJobOf(up, 'survey');
    await until('it has come', async () => (await up.type('pin', '--list')).stdout.includes(' kept'));
  });

  it('refuses what does not fit, what is not there and what is no job, each with a sentence', async () => {
    const { database } = await survey();
    const up = await startUp(['--no-screen', '--catalogue', database, '--cache-limit', '16MiB']);
    const mounted = await mountJobOf(up, 'survey');
    const large = await up.type('pin', mounted);
    expect(large).toMatchObject({ code: 2, stdout: '' });
    expect(large.stderr).toMatch(/The whole job has 19 MiB and cannot be pinned: .* at most 16 MiB/);
    const missing = await up.type('pin', join(mounted, 'films', 'c.bin'));
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toMatch(/films\/c\.bin/);
    const outside = await up.type('warm', '/tmp');
    expect(outside).toMatchObject({ code: 2, stdout: '' });
    expect(outside.stderr).toContain("/tmp is not in a job's folder");
    expect(await cachedBytes(up)).toBe(0);
  });
});

describe('warm', () => {
  it('fetches what is missing, once, and keeps nothing for good', async () => {
    const { database } = await survey();
    const up = await startUp(['--no-screen', '--catalogue', database]);
    const films = join(await mountJobOf(up, 'survey'), 'films');
    await runOk('cat', [join(films, 'a.bin')], { discardStdout: true });
    expect(await up.type('warm', films)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^warmed .*films: 2 files, all of 3 MiB cached, 1 MiB fetched\n$/),
      stderr: '',
    });
    expect((await up.type('warm', films)).stdout).toContain('all of 3 MiB cached, 0 B fetched');
    expect((await up.type('pin', '--list', '--json')).stdout).toBe('[]\n');
  });

  it('ends on Ctrl-C with 130, says what has come, and keeps it', async () => {
    const { database } = await survey(async (tree) => {
      const { port } = await startFileServer(tree);
      const link = await startLinkProxy({
        target: { host: '127.0.0.1', port },
        rttMs: 20,
        bytesPerSecond: 2 * MIB,
      });
      return `http://127.0.0.1:${link.port}`;
    });
    const up = await startUp(['--no-screen', '--catalogue', database]);
    const other = join(await mountJobOf(up, 'survey'), 'other.bin');
    const warm = await startOrbitGhost(['warm', other], up.env);
    await until('some of it has come', async () => (await cachedBytes(up)) >= MIB);
    warm.signal('SIGINT');
    expect(await warm.exited).toEqual({ code: 130, signal: null });
    expect(warm.stdout()).toMatch(
      /^stopped .*other\.bin: .* of 16 MiB cached, .* fetched; what has come stays\n$/,
    );
    const came = await cachedBytes(up);
    expect(came).toBeGreaterThanOrEqual(MIB);
    expect(came).toBeLessThan(16 * MIB);
  });

  it('says with exit code 1 what did not come', async () => {
    const { database } = await survey(async (tree) => {
      const server = await startFileServer(tree);
      await server.close();
      return server.url;
    });
    const up = await startUp(['--no-screen', '--catalogue', database]);
    const mounted = await mountJobOf(up, 'survey');
    const warmed = await up.type('warm', join(mounted, 'films'));
    expect(warmed.code).toBe(1);
    expect(warmed.stdout).toMatch(/films: 0 B of 3 MiB cached, 0 B fetched\. 2 files did not come whole/);
  });
});
