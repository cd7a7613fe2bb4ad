/** How a mount is named that an engine may have left. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { identifyMount } from '../../../src-main/supervisor/dead-mounts.ts';

test('a mount is known by every path that leads there', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'dead-mounts-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const root = join(directory, 'to root');
  symlinkSync('/', root);
  const link = join(directory, 'to proc');
  symlinkSync(join(root, 'proc'), link);
  // Any mount will do; its number is none of a FUSE connection.
  for (const path of ['/proc', join(root, 'proc'), link]) {
    expect(await identifyMount(path)).toEqual({ mountPoint: '/proc', connection: undefined });
  }
});
