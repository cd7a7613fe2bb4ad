/** Promises of SEMANTICS.md that only a real mount can hold: what a program gets when the source, the digest or the user is wrong. */
import { chmodSync, mkdirSync, renameSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { run, runOk } from '../../helpers/child.ts';
import { mountJob, publish } from '../../helpers/mounted-job.ts';
import { newDirectory } from '../../helpers/system.ts';
import { writeSeededFile } from '../../helpers/tree.ts';

const BLOCK = 64 * 2 ** 10;
const BLOCKS = 3;
/** Every Linux has this user, and he owns nothing. */
const NOBODY = '65534';
const isRoot = process.getuid?.() === 0;

interface Published {
  readonly tree: string;
  readonly file: string;
  readonly database: string;
  readonly job: number;
}

/** One file of a few small blocks, so that each can be read alone. */
async function publishedFile(): Promise<Published> {
  const tree = join(newDirectory('promises'), 'tree');
  mkdirSync(tree);
  const file = join(tree, 'data.bin');
  writeSeededFile(file, BLOCKS * BLOCK, 1);
  const database = join(newDirectory('catalogue'), 'magnetar.db');
  const { jobId } = await publish({ tree, database, blockSize: BLOCK });
  return { tree, file, database, job: jobId };
}

const digestOf = async (path: string): Promise<string> =>
  (await runOk('sha256sum', ['--', path])).slice(0, 64);

/** Reads one block past the page cache's read-ahead, so that no other block decides how it ends. */
const readBlock = (path: string, block: number) =>
  run('dd', [
    `if=${path}`,
    `bs=${String(BLOCK)}`,
    `skip=${String(block)}`,
    'count=1',
    'iflag=direct',
    'status=none',
  ]);

describe('the cache of a published job', () => {
  it('serves after a remount with the source gone', async () => {
    const { tree, file, database, job } = await publishedFile();
    const expected = await digestOf(file);
    await using first = await mountJob({ database, job });
    expect(await digestOf(join(first.mountPoint, 'data.bin'))).toBe(expected);
    await first.unmount();
    renameSync(tree, `${tree} away`);
    const { cacheDirectory } = first;
    await using second = await mountJob({ database, job, cacheDirectory });
    expect(await digestOf(join(second.mountPoint, 'data.bin'))).toBe(expected);
  });

  it('serves whatever source is named, and lets no other bytes pass', async () => {
    const { file, database, job } = await publishedFile();
    const expected = await readBlock(file, 0);
    await using first = await mountJob({ database, job });
    expect(await readBlock(join(first.mountPoint, 'data.bin'), 0)).toEqual(expected);
    await first.unmount();
    // Answers with bytes that are not those of the job, so nothing uncached can be read.
    const args = ['--source', 'sim:?seed=9'];
    const { cacheDirectory } = first;
    await using second = await mountJob({ database, job, cacheDirectory, args });
    const through = join(second.mountPoint, 'data.bin');
    expect(await readBlock(through, 0)).toEqual(expected);
    expect(await readBlock(through, BLOCKS - 1)).toMatchObject({ code: 1, stdout: '' });
  });
});

test('a block that does not match its digest is an I/O error and gives no byte; its neighbours are read', async () => {
  const { file, database, job } = await publishedFile();
  const good = await readBlock(file, 0);
  const { atime, mtime } = statSync(file);
  await runOk('dd', [`of=${file}`, 'bs=1', `seek=${String(BLOCK + 7)}`, 'conv=notrunc', 'status=none'], {
    input: 'altered',
  });
  utimesSync(file, atime, mtime);
  await using mount = await mountJob({ database, job });
  const through = join(mount.mountPoint, 'data.bin');
  const bad = await readBlock(through, 1);
  expect(bad).toMatchObject({ code: 1, stdout: '' });
  expect(bad.stderr).toContain('Input/output error');
  expect(await readBlock(through, 0)).toEqual(good);
});

test('a read that cannot be answered in time ends with ETIMEDOUT when --deadline has passed', async () => {
  const { database, job } = await publishedFile();
  const args = ['--source', 'sim:?latency=3600s', '--deadline', '2'];
  await using mount = await mountJob({ database, job, args });
  const began = performance.now();
  const { code, stdout, stderr } = await run('cat', [join(mount.mountPoint, 'data.bin')]);
  const took = performance.now() - began;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('Connection timed out');
  // Once, although the kernel asks again for what its read-ahead did not get; the rest is for a loaded machine.
  expect(took).toBeGreaterThan(1_900);
  expect(took).toBeLessThan(3_900);
});

// Only root can become somebody else.
describe.runIf(isRoot)('another user', () => {
  async function readByOther(args: readonly string[]): ReturnType<typeof run> {
    const { database, job } = await publishedFile();
    const parent = newDirectory('others', 0o711);
    const mountPoint = join(parent, 'mount');
    mkdirSync(mountPoint);
    chmodSync(mountPoint, 0o755);
    await using mount = await mountJob({ database, job, mountPoint, args });
    const become = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    return await run('setpriv', [...become, 'cat', join(mount.mountPoint, 'data.bin')]);
  }

  it('reads the mount with --allow-other', async () => {
    const { code, stdout, stderr } = await readByOther(['--allow-other']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.length).toBeGreaterThan(0);
  });

  it('may not look into it without', async () => {
    const { code, stdout, stderr } = await readByOther([]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Permission denied');
  });
});
