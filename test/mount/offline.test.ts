/**
 * A job without its network: what is cached is served, the rest fails in time, and it is well again by itself when there is a
 * network. Real mounts; where the user may make one, in a network of the test's own.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, start } from '../helpers/child.ts';
import { startFileServer } from '../helpers/file-server.ts';
import { commandLine, mountJob, publish, type MountedJob } from '../helpers/mounted-job.ts';
import { canMakeNetwork, connectNetworks, ownNetwork } from '../helpers/own-network.ts';
import { until } from '../helpers/system-until.ts';
import { newDirectory, projectRoot } from '../helpers/system.ts';
import { writeSeededFile } from '../helpers/tree.ts';

const BLOCK = 64 * 2 ** 10;
/** How soon a source that is back is noticed at the latest, and the lateness of a busy machine. Milliseconds. */
const BACK_LIMIT_MS = 30_000;

/** Reads one block past the page cache; the digest of its bytes, or the complaint. */
async function readBlock(directory: string, block: number): Promise<string> {
  const file = [`if=${join(directory, 'data.bin')}`, `bs=${String(BLOCK)}`, `skip=${String(block)}`];
  const pipe = `set -o pipefail; dd ${file.join(' ')} count=1 iflag=direct status=none | sha256sum`;
  const { code, stdout, stderr } = await run('bash', ['-c', pipe]);
  return code === 0 ? stdout : stderr;
}

/** A job of eight blocks, of which the first is in the cache. */
async function cachedJob() {
  const tree = join(newDirectory('offline'), 'tree');
  mkdirSync(tree);
  writeSeededFile(join(tree, 'data.bin'), 8 * BLOCK, 1);
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  const { jobId: job } = await publish({ tree, database, blockSize: BLOCK });
  await using first = await mountJob({ database, job });
  const { cacheDirectory } = first;
  expect(await readBlock(first.mountPoint, 0)).toBe(await readBlock(tree, 0));
  await first.unmount();
  return { tree, database, job, cacheDirectory };
}

/** Listed, its cached block read, and another one refused within the deadline, which ETIMEDOUT would exceed. */
async function expectOffline({ mountPoint }: MountedJob, tree: string): Promise<void> {
  expect(await run('ls', [mountPoint])).toMatchObject({ code: 0, stdout: 'data.bin\n' });
  expect(await readBlock(mountPoint, 0)).toBe(await readBlock(tree, 0));
  expect(await readBlock(mountPoint, 5)).toContain('Input/output error');
}

describe('a job whose source is out of reach from the start', () => {
  it('serves what is cached, refuses the rest in time, and serves that too once the source is there', async () => {
    const { tree, ...job } = await cachedJob();
    const former = await startFileServer(tree);
    const { port, url } = former;
    await former.close();
    await using mount = await mountJob({ ...job, args: ['--source', url, '--deadline', '30'] });
    await expectOffline(mount, tree);
    await using server = await startFileServer(tree, { port });
    const expected = await readBlock(tree, 5);
    await until(
      'the block is read',
      async () => (await readBlock(mount.mountPoint, 5)) === expected,
      BACK_LIMIT_MS,
    );
    expect(server.requests('data.bin').length).toBeGreaterThan(0);
  });

  it('does so when its name is not known either', async () => {
    const { tree, ...job } = await cachedJob();
    await using mount = await mountJob({
      ...job,
      args: ['--source', 'http://no-such-host.invalid/', '--deadline', '30'],
    });
    await expectOffline(mount, tree);
  });
});

describe.runIf(canMakeNetwork)('a job in a machine without any network (needs root)', () => {
  it('serves what is cached, is well by itself when there is one, and loses no read to a change of it', async () => {
    const { tree, ...job } = await cachedJob();
    const [here, there] = [await ownNetwork(), await ownNetwork()];
    await there.ip('link', 'set', 'lo', 'up');
    const [command, place] = there.within;
    const serverMain = join(projectRoot, 'test', 'helpers', 'file-server-main.ts');
    const server = await start(command, [place ?? '', commandLine[0], serverMain, tree, '0.0.0.0']);
    const [port = ''] = await server.waitForLine(/^\d+$/);
    await using mount = await mountJob({
      ...job,
      within: here.within,
      args: ['--source', `http://192.0.2.1:${port}/`, '--deadline', '30'],
    });
    await expectOffline(mount, tree);

    await connectNetworks(here, '192.0.2.2', there, '192.0.2.1');
    await mount.process.waitForLine(/the network changed; connections are renewed/, { stream: 'stderr' });
    expect(await readBlock(mount.mountPoint, 5)).toBe(await readBlock(tree, 5));

    // Whatever goes over the connection of before has nobody to come from, and nobody is told.
    await here.ip('address', 'delete', '192.0.2.2/24', 'dev', 'eth0');
    await here.ip('address', 'add', '192.0.2.3/24', 'dev', 'eth0');
    const started = performance.now();
    expect(await readBlock(mount.mountPoint, 2)).toBe(await readBlock(tree, 2));
    // Less than the time after which a silent request is given up anyhow.
    expect(performance.now() - started).toBeLessThan(9_000);
  });
});
