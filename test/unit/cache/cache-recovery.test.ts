/** What is left after a crash, a power cut, a lost index: exact figures, no leftovers, nothing of others touched. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { appendFile, cp, mkdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { blockFileName } from '../../../src-main/engine/cache/artifact-key.ts';
import type { Boot } from '../../../src-main/engine/cache/boot.ts';
import { content, keyOf, NAMESPACE } from './cache-content.ts';
import { expectTrueTotals, hiddenFiles, openCache, recount, temporaryDirectory } from './cache-fixture.ts';

const CHILD = fileURLToPath(new URL('committing-process.ts', import.meta.url));

/** Starts a committing process; `lines(n)` resolves when it has said so many things. */
function startChild(directory: string, ...limit: readonly string[]) {
  const child = spawn(process.execPath, [CHILD, directory, ...limit], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  const said = createInterface(child.stdout)[Symbol.asyncIterator]();
  const lines = async (count: number): Promise<string> => {
    let last = '';
    for (let line = 0; line < count; line += 1) last = String((await said.next()).value);
    return last;
  };
  return { pid: child.pid!, lines, kill };
}

async function committed(directory: string, blocks: number): Promise<void> {
  const { cache } = await openCache(directory);
  await Promise.all(
    Array.from({ length: blocks }, (_, block) => cache.commit(keyOf('a'), block, content(block, 1_000))),
  );
  await cache.close();
}

describe('after a crash', () => {
  test.each([1, 40, 300, 900])(
    'a process killed amid commits, %d in, leaves exact figures and no leftovers',
    { timeout: 60_000 },
    async (commits) => {
      const directory = await temporaryDirectory();
      for (let round = 0; round < 3; round += 1) {
        const child = startChild(directory);
        expect(await child.lines(1)).toBe('open');
        await child.lines(commits);
        await child.kill();
      }
      const { cache, logger } = await openCache(directory);
      const usage = cache.usage();
      expect(usage.blocks).toBeGreaterThan(0);
      expect(usage).toEqual(await recount(directory));
      expect(await hiddenFiles(directory)).toEqual([]);
      expect(logger.lines).toEqual([]);
      for (let block = 1; block < commits; block += 3) {
        const length = 1 + (block % 40_000);
        const data = await cache.read(keyOf('child'), block, length);
        if (data !== undefined) expect(data.equals(content(block, length))).toBe(true);
      }
      expect(cache.usage()).toEqual(usage);
    },
  );

  test.each([100, 600])(
    'a process killed while it makes room, %d in, leaves true totals, within the limit',
    { timeout: 60_000 },
    async (commits) => {
      const directory = await temporaryDirectory();
      const limit = 1_000_000;
      for (let round = 0; round < 3; round += 1) {
        const child = startChild(directory, String(limit));
        expect(await child.lines(1)).toBe('open');
        await child.lines(commits);
        await child.kill();
      }
      const { cache, logger } = await openCache(directory);
      expect(cache.usage().bytes).toBeGreaterThan(0);
      expect(cache.usage().bytes).toBeLessThanOrEqual(limit);
      await expectTrueTotals(cache, directory);
      expect(await hiddenFiles(directory)).toEqual([]);
      expect(logger.lines).toEqual([]);
    },
  );

  test('a second process is refused with the pid of the first, and let in once that is killed', async () => {
    const directory = await temporaryDirectory();
    const child = startChild(directory);
    expect(await child.lines(1)).toBe('open');
    const who = process.platform === 'linux' ? `process ${child.pid}` : 'another process';
    await expect(openCache(directory)).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: `The cache directory ${directory} is in use by ${who}; stop that or choose another cache directory with --cache-dir.`,
    });
    await child.kill();
    const { cache } = await openCache(directory);
    expect(cache.usage()).toEqual(await recount(directory));
    expect(await startChild(directory).lines(1)).toMatch(
      /is in use by process \d+|is in use by another process/,
    );
  });

  test('a second opening in the same process is refused and does not break the lock', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await expect(openCache(directory)).rejects.toThrow(/in use by/);
    expect(await startChild(directory).lines(1)).toMatch(/is in use by/);
    await cache.close();
    expect(await startChild(directory).lines(1)).toBe('open');
  });
});

describe('the index', () => {
  test('is used as it is after a clean close: files it does not know stay unknown', async () => {
    const directory = await temporaryDirectory();
    await committed(directory, 3);
    await cp(join(directory, blockFileName(keyOf('a'), 0)), join(directory, blockFileName(keyOf('a'), 9)));
    const { cache } = await openCache(directory, { boot: { id: 'another', startedAt: Date.now() } });
    expect(cache.usage()).toEqual({ blocks: 3, bytes: 3_000 });
  });

  test.each([
    ['deleted', (index: string) => rm(index)],
    ['not a database', (index: string) => writeFile(index, 'x'.repeat(10_000))],
    ['truncated', (index: string) => truncate(index, 5_000)],
    ['empty', (index: string) => writeFile(index, '')],
  ])('%s: rebuilt from the files, what is not ours stays, leftovers go', async (_, damage) => {
    const directory = await temporaryDirectory();
    await committed(directory, 200);
    const shard = join(directory, keyOf('a').slice(0, keyOf('a').lastIndexOf('/')));
    const artifact = keyOf('a').split('/').at(-1)!;
    const leftover = join(shard, `.${artifact}_5.0123456789ab.tmp`);
    const foreign = [
      join(directory, 'notes.txt'),
      join(shard, 'picture.bin'),
      join(directory, 'other', 'x_1.bin'),
    ];
    await mkdir(join(directory, 'other'));
    for (const file of [leftover, ...foreign]) await writeFile(file, 'mine');
    await damage(join(directory, 'index.db'));
    const { cache, logger } = await openCache(directory);
    expect(cache.usage()).toEqual({ blocks: 200, bytes: 200_000 });
    expect(cache.figures.namespaces()).toEqual([{ namespace: NAMESPACE, blocks: 200, bytes: 200_000 }]);
    expect(cache.figures.fileUsage(keyOf('a'))).toEqual({ blocks: 200, bytes: 200_000 });
    expect(await cache.read(keyOf('a'), 199, 1_000)).toEqual(content(199, 1_000));
    expect(await hiddenFiles(directory)).toEqual([]);
    for (const file of foreign) expect(await readFile(file, 'utf8')).toBe('mine');
    expect(logger.lines.at(-1)).toMatch(/^info .* rebuilt: 200 blocks, 200000 bytes/);
  });

  test('deleted with its journal left behind by a killed process: the journal is not applied', async () => {
    const directory = await temporaryDirectory();
    const child = startChild(directory);
    await child.lines(50);
    await child.kill();
    expect((await stat(join(directory, 'index.db-wal'))).size).toBeGreaterThan(0);
    await rm(join(directory, 'index.db'));
    const { cache } = await openCache(directory);
    expect(cache.usage()).toEqual(await recount(directory));
    expect(await hiddenFiles(directory)).toEqual([]);
  });

  test('after a power cut: rebuilt, and blocks too young to be on the disk for certain are dropped', async () => {
    const directory = await temporaryDirectory();
    const now = Math.floor(Date.now() / 1_000);
    const first: Boot = { id: 'first', startedAt: now - 100_000 };
    await committed(directory, 4);
    // A process that is killed in the first boot, copied before it closes.
    const copy = join(await temporaryDirectory(), 'copy');
    const { cache } = await openCache(directory, { boot: first });
    await cache.commit(keyOf('a'), 4, content(4, 1_000));
    await cp(directory, copy, { recursive: true });
    const minutesBefore = [60, 15, 8, 1, 0];
    for (const [block, minutes] of minutesBefore.entries()) {
      const modified = now - 50_000 - minutes * 60;
      await utimes(join(copy, blockFileName(keyOf('a'), block)), modified, modified);
    }
    const { cache: recovered, logger } = await openCache(copy, {
      boot: { id: 'second', startedAt: now - 10 },
    });
    expect(logger.lines[0]).toMatch(/^warn .* stale/);
    expect(recovered.usage()).toEqual({ blocks: 2, bytes: 2_000 });
    expect(await recount(copy)).toEqual({ blocks: 2, bytes: 2_000 });
    expect(await recovered.read(keyOf('a'), 1, 1_000)).toEqual(content(1, 1_000));
    expect(await recovered.read(keyOf('a'), 2, 1_000)).toBeUndefined();
  });

  test('a crash between the intent and the end is settled by asking the file', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await openCache(directory);
    await cache.commit(keyOf('a'), 0, content(0, 1_000));
    const copy = await temporaryDirectory();
    const path = join(copy, blockFileName(keyOf('a'), 1));
    const committing = cache.commit(keyOf('a'), 1, content(1, 1_000));
    // Two turns: the intent is in the index; the block, which takes four more, is not.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    for (const name of ['index.db', 'index.db-wal']) copyFileSync(join(directory, name), join(copy, name));
    await committing;
    await cp(join(directory, NAMESPACE), join(copy, NAMESPACE), { recursive: true });
    await appendFile(path, 'x');
    const { cache: settled } = await openCache(copy);
    expect(settled.usage()).toEqual({ blocks: 1, bytes: 1_000 });
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
