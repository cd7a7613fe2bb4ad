/** Who keeps a directory busy, asked of a directory that is no mount: to the kernel's tables it is the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { busyError, holdersOf } from '../../../src-main/supervisor/mount-holders.ts';

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
  const holders = await holdersOf(path);
  const expected = children.slice(0, 2).map(({ pid }) => ({ pid, process: 'sleep' }));
  expect(holders.toSorted((a, b) => a.pid - b.pid)).toEqual(
    expected.toSorted((a, b) => (a.pid ?? 0) - (b.pid ?? 0)),
  );
});

test('the sentence names them', () => {
  const record = { mountPoint: '/mnt/a', place: { key: '00000000-1', database: '/c', job: 1 } };
  const holders = [
    { pid: 1, process: 'cat' },
    { pid: 2, process: 'bash' },
  ];
  expect(busyError(record, holders).message).toMatch(
    /^\/mnt\/a is in use by cat \(1\) and bash \(2\)\. Close /,
  );
  expect(busyError({ ...record, mountPoint: undefined }, [])).toMatchObject({
    code: 'MOUNT_BUSY',
    message: expect.stringMatching(/^Job 00000000-1 is in use\. /) as string,
  });
});
