/** A disk of its own for a cache: one that is small, or becomes read-only. */
import { execFileSync } from 'node:child_process';
import { expect, onTestFinished } from 'vitest';

/** Mounts a disk of a few MiB until the test ends, or says loudly that it cannot. */
export function mountSmallDisk(directory: string, mebibytes = 4): boolean {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') {
    process.stderr.write(
      '!!! NOT RUN: a test of the cache on a small disk, which takes root on Linux to mount a tmpfs.\n',
    );
    expect(process.env['CI']).not.toBe('true');
    return false;
  }
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', directory]);
  onTestFinished(() => void execFileSync('umount', ['-l', directory]));
  return true;
}

/** From now on nothing below `directory` can be written, until the returned function is called. */
export function makeReadOnly(directory: string): () => void {
  execFileSync('mount', ['--bind', directory, directory]);
  let isOver = false;
  const end = (): void => {
    if (!isOver) execFileSync('umount', ['-l', directory]);
    isOver = true;
  };
  onTestFinished(end);
  execFileSync('mount', ['-o', 'remount,bind,ro', directory]);
  return end;
}
