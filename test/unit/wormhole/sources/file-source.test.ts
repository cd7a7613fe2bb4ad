import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Source } from '../../../../src-main/engine/wormhole/source.ts';
import { openSource } from '../../../../src-main/engine/wormhole/sources/open-source.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';
import { failureOf, fetchRange, MTIME, objectOf, place } from './collect.ts';

const CONTENT = Buffer.from('what is published');

describe('a file source', () => {
  let directory: string;
  let root: string;
  let source: Source;
  const clock = new VirtualClock();

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'orbit-file-source-'));
    root = join(directory, 'root');
    await place(root, 'sub/file', CONTENT);
    await place(directory, 'outside/secret', CONTENT);
    await place(directory, 'root-sibling/secret', CONTENT);
    source = openSource(root, { clock });
  });
  afterEach(async () => {
    await source.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('takes a file URL', async () => {
    const byUrl = openSource(pathToFileURL(root).href);
    expect(await fetchRange(byUrl, objectOf('sub/file', CONTENT.length))).toEqual(CONTENT);
    await byUrl.close();
  });

  it('says when its root is not there', async () => {
    const { signal } = new AbortController();
    await expect(source.probe(signal)).resolves.toBeUndefined();
    await rm(root, { recursive: true });
    expect((await failureOf(source.probe(signal))).code).toBe('SOURCE_UNREACHABLE');
  });

  it('takes a single file as its root', async () => {
    const single = openSource(join(root, 'sub/file'));
    expect(await fetchRange(single, { ...objectOf('x', CONTENT.length), path: [] })).toEqual(CONTENT);
    await single.close();
  });

  it('follows a root that is itself a symbolic link', async () => {
    await symlink(root, join(directory, 'link'));
    const linked = openSource(join(directory, 'link'));
    expect(await fetchRange(linked, objectOf('sub/file', CONTENT.length))).toEqual(CONTENT);
    await linked.close();
  });

  it('follows a symbolic link that stays inside', async () => {
    await symlink('sub/file', join(root, 'inside'));
    expect(await fetchRange(source, objectOf('inside', CONTENT.length))).toEqual(CONTENT);
  });

  it.each([
    ['a file', '../outside/secret', 'link'],
    ['a directory', '../outside', 'link/secret'],
    ['a directory whose name begins like the root', '../root-sibling', 'link/secret'],
  ])('refuses a symbolic link out of the tree: %s', async (_, target, path) => {
    await symlink(target, join(root, 'link'));
    const error = await failureOf(fetchRange(source, objectOf(path, CONTENT.length)));
    expect(error.code).toBe('SOURCE_REFUSED');
    expect(error.message).toContain('leads out of the source directory');
  });

  it('refuses a symbolic link to itself', async () => {
    await symlink('loop', join(root, 'loop'));
    const error = await failureOf(fetchRange(source, objectOf('loop', 1)));
    expect(error.code).toBe('SOURCE_REFUSED');
  });

  it('refuses a directory and does not wait at a FIFO', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(root, 'fifo')]);
    for (const path of ['sub', 'fifo']) {
      const error = await failureOf(fetchRange(source, objectOf(path, 1)));
      expect(error.code).toBe('SOURCE_REFUSED');
      expect(error.message).toContain('not a regular file');
    }
  });

  it.each([
    ['later', MTIME + 1],
    ['earlier', MTIME - 1],
    ['before 1970', -1.5],
  ])('notices that a file was modified: %s', async (_, mtime) => {
    await date(join(root, 'sub/file'), mtime);
    const error = await failureOf(fetchRange(source, objectOf('sub/file', CONTENT.length)));
    expect(error.code).toBe('OBJECT_CHANGED');
    expect(error.message).toMatch(/sub\/file.*publish it again/);
  });

  it.each([
    ['a fraction of a second', MTIME, MTIME + 0.999_9],
    ['a time before 1970', -2, -1.5],
    ['a time the catalogue does not know', 0, MTIME],
  ])('accepts %s', async (_, catalogue, mtime) => {
    await date(join(root, 'sub/file'), mtime);
    expect(await fetchRange(source, objectOf('sub/file', CONTENT.length, catalogue))).toEqual(CONTENT);
  });

  it('notices a file that shrank', async () => {
    await writeFile(join(root, 'sub/file'), 'w');
    const error = await failureOf(fetchRange(source, objectOf('sub/file', CONTENT.length)));
    expect(error.code).toBe('OBJECT_CHANGED');
    expect(error.message).toContain(`has 1 bytes, the catalogue says ${CONTENT.length}`);
  });

  it('says unreachable when the root is gone, and recovers when it is back', async () => {
    await rm(root, { recursive: true });
    const error = await failureOf(fetchRange(source, objectOf('sub/file', CONTENT.length)));
    expect(error.code).toBe('SOURCE_UNREACHABLE');
    expect(error.message).toContain('the source directory is not there');
    await place(root, 'sub/file', CONTENT);
    expect(await fetchRange(source, objectOf('sub/file', CONTENT.length))).toEqual(CONTENT);
  });

  it('closes its descriptors when idle and when closed', async () => {
    await fetchRange(source, objectOf('sub/file', CONTENT.length));
    expect(await descriptorsBelow(root)).toBe(1);
    await clock.advance(10_000);
    await expect.poll(() => descriptorsBelow(root)).toBe(0);
    await fetchRange(source, objectOf('sub/file', CONTENT.length));
    await source.close();
    expect(await descriptorsBelow(root)).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

/** By way of a Date, because utimes() takes a negative number for "now". */
async function date(file: string, seconds: number): Promise<void> {
  const time = new Date(seconds * 1000);
  await utimes(file, time, time);
}

async function descriptorsBelow(root: string): Promise<number> {
  const fds = await readdir('/proc/self/fd');
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(root)).length;
}
