/** Who keeps a directory busy, asked of a directory that is no mount: to the kernel's tables it is the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { busyError, usersOf } from '../../../src-main/supervisor/mount-holders.ts';

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'holders-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('finds working directories and open files, below it too, and not beside it', async () => {
  const path = directory();
  const beside = `${path}-beside`;
  onTestFinished(() => rmSync(beside, { force: true }));
  writeFileSync(join(path, 'file'), '');
  writeFileSync(beside, '');
  const file = await open(join(path, 'file'));
  const other = await open(beside);
  const children = [
    spawn('sleep', ['1000'], { cwd: path, stdio: 'ignore' }),
    spawn('sleep', ['1000'], { stdio: [file.fd, 'ignore', 'ignore'] }),
    spawn('sleep', ['1000'], { stdio: [other.fd, 'ignore', 'ignore'] }),
  ];
  onTestFinished(async () => {
    await Promise.all([file.close(), other.close()]);
    for (const child of children) child.kill('SIGKILL');
  });
  await Promise.all(children.map((child) => once(child, 'spawn')));
  const [one, two] = children.map(({ pid }) => `sleep (${pid})`);
  expect(new Set(await usersOf({ mountPoint: path }))).toEqual(new Set([one, two]));
  // What reads for a download is named as that.
  expect(await usersOf({ mountPoint: path }, [{ pid: children[0]?.pid }])).toEqual([
    'a download in the browser',
    two,
  ]);
  const pids = children.map(({ pid }) => ({ pid }));
  expect(await usersOf({ mountPoint: path }, pids)).toEqual(['3 downloads in the browser']);
  expect(await usersOf({ mountPoint: undefined })).toEqual([]);
});

test('the sentence names them', () => {
  const record = { mountPoint: '/mnt/a', place: { key: '00000000-1', database: '/c', job: 1 } };
  expect(busyError(record, ['a download in the browser', 'bash (2)']).message).toMatch(
    /^\/mnt\/a is in use by a download in the browser and bash \(2\)\. Close /,
  );
  expect(busyError({ ...record, mountPoint: undefined }, [])).toMatchObject({
    code: 'MOUNT_BUSY',
    message: expect.stringMatching(/^Job 00000000-1 is in use\. /) as string,
  });
});
