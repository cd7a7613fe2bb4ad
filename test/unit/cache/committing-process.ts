/**
 * A process of its own that commits and discards blocks without end and tells its parent, until it is killed. Takes the
 * directory and, if there is to be one, the limit in bytes.
 */
import { DiskCache } from '../../../src-main/engine/cache/disk-cache.ts';
import { systemClock } from '../../../src-main/engine/clock.ts';
import { messageOf } from '../../../src-main/engine/errors.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { content, keyOf } from './cache-content.ts';

const IN_FLIGHT = 16;

async function commitForEver(directory: string, limit: number | undefined): Promise<void> {
  const cache = await DiskCache.open(directory, { clock: systemClock, logger: silentLogger, limit });
  process.stdout.write('open\n');
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const block = next++;
      await cache.commit(keyOf('child'), block, content(block, 1 + (block % 40_000)));
      process.stdout.write('c\n');
      if (block % 3 === 0) await cache.discard(keyOf('child'), block);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
}

try {
  const [directory, limit] = process.argv.slice(2);
  await commitForEver(directory!, limit === undefined ? undefined : Number(limit));
} catch (error) {
  process.stdout.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
