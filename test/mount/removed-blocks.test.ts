/** A cleared cache gives its disk space back at once, also while somebody keeps a file open and reads nothing. */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runOk, start } from '../helpers/child.ts';
import { startEngine } from '../helpers/engine-process.ts';
import { plainCatalogue } from '../helpers/plain-catalogue.ts';
import { until } from '../helpers/system-until.ts';

const MIB = 2 ** 20;
const BLOCKS = 3;

/** The block files a process has open: what was removed ends in "(deleted)". */
function openBlocks(pid: number): readonly string[] {
  const directory = `/proc/${String(pid)}/fd`;
  return readdirSync(directory)
    .map((descriptor) => {
      try {
        return readlinkSync(join(directory, descriptor));
      } catch {
        return '';
      }
    })
    .filter((target) => /\.bin( \(deleted\))?$/.test(target));
}

/** Past the page cache, or the kernel would answer by itself. */
function digest(file: string): Promise<string> {
  return runOk('sh', ['-c', 'dd if="$0" bs=1M iflag=direct status=none | sha256sum', file]);
}

it.each(['linux-kernel', 'fuse-native'] as const)(
  'a cleared cache gives its disk space back although a file is kept open, with the %s driver',
  async (driver) => {
    await using engine = await startEngine({ driver });
    const database = plainCatalogue('sim:?latency=1ms', [{ path: 'one.bin', size: BLOCKS * MIB }]);
    const place = { key: '0123abcd-1', database, job: 1 };
    const { mountPoint } = await engine.request('mount', { ...place, mountPoint: engine.mountPoint() });
    const file = join(mountPoint, 'one.bin');
    const holder = await start('sh', ['-c', 'exec 3<"$0" && echo there && exec sleep 1000', file]);
    await holder.waitForLine(/^there$/);
    await runOk('cat', [file], { discardStdout: true });
    await until('everything cached', async () => {
      return (await engine.request('cacheReport', undefined)).blocks === BLOCKS;
    });
    const before = await digest(file);
    expect(openBlocks(engine.pid)).toHaveLength(BLOCKS);

    await engine.request('clearCache', { namespace: undefined });
    await until('no removed block is held', () => openBlocks(engine.pid).length === 0);
    expect(await digest(file)).toBe(before);
    await holder.stop();
  },
);
