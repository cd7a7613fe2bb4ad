/** Readers in sequence without a usable cache: what is fetched ahead of them is still there when they come for it. */
import { describe, expect, test } from 'vitest';
import { Entangler } from '../../../src-main/engine/entangler/entangler.ts';
import { silentLogger } from '../../../src-main/engine/log.ts';
import { ReadAhead } from '../../../src-main/engine/prefetch/read-ahead.ts';
import { Wormhole } from '../../../src-main/engine/wormhole/wormhole.ts';
import { MemoryCache } from '../../helpers/memory-cache.ts';
import { ScriptedSource, sourceObject } from '../../helpers/scripted-source.ts';
import { turn, VirtualClock } from '../../helpers/virtual-clock.ts';
import { fileOf } from '../entangler/bench.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** What the kernel asks for at once. */
const PIECE = 128 * KIB;
const BLOCKS = 40;
const zeros = new Uint8Array(MIB);

/** A full disk, or none. */
const caches = {
  'no cache': () => undefined,
  'a full cache disk': () => {
    const cache = new MemoryCache();
    cache.commit = () => Promise.reject(new Error('ENOSPC'));
    return cache;
  },
};

/** Requests by block, of readers whose next piece is read when all the others have read theirs. */
async function requestsOf(
  readers: number,
  pieces: (reader: number) => number,
  cache: MemoryCache | undefined,
): Promise<ReadonlyMap<string, number>> {
  const requests = new Map<string, number>();
  const source = new ScriptedSource('fast');
  source.fetch = (request) => {
    const block = `${request.object.id} ${request.offset / MIB}`;
    requests.set(block, (requests.get(block) ?? 0) + 1);
    request.sink(zeros.subarray(0, request.length));
    return Promise.resolve();
  };
  const clock = new VirtualClock();
  const wormhole = new Wormhole({ sources: [source], clock, random: () => 1, logger: silentLogger });
  const entangler = new Entangler({
    cache,
    wormhole,
    describe: (file) => Promise.resolve({ object: sourceObject(file.id, file.size) }),
    clock,
    logger: silentLogger,
  });
  const reading = new ReadAhead(entangler, (file, block, priority) => {
    void entangler.prefetch(file, block, priority);
  });
  const { signal } = new AbortController();
  const positions = Array.from({ length: readers }, () => 0);
  while (positions.some((position) => position < BLOCKS * MIB)) {
    for (const [reader, position] of positions.entries()) {
      const file = fileOf(`file ${reader}`, BLOCKS * MIB, MIB);
      const end = Math.min(position + pieces(reader) * PIECE, BLOCKS * MIB);
      for (let offset = position; offset < end; offset += PIECE) {
        await reading.read({ file, offset, length: PIECE, priority: 'user', signal });
      }
      positions[reader] = end;
    }
    await turn();
  }
  await entangler.close();
  await wormhole.close();
  return requests;
}

/** 1 is each block once. */
function perBlock(requests: ReadonlyMap<string, number>): number {
  const total = [...requests.values()].reduce((sum, count) => sum + count, 0);
  return total / requests.size;
}

describe.each(Object.entries(caches))('with %s', (_, open) => {
  test.each([1, 2, 4])('%d readers in step fetch every block once', async (readers) => {
    const requests = await requestsOf(readers, () => 1, open());
    expect([requests.size, perBlock(requests)]).toEqual([readers * BLOCKS, 1]);
  });

  // While they start, the first have asked for more than their share before the last are known.
  test.each([10, 16])('%d readers in step fetch hardly a block twice', async (readers) => {
    const requests = await requestsOf(readers, () => 1, open());
    expect(requests.size).toBe(readers * BLOCKS);
    expect(perBlock(requests)).toBeLessThan(1.02);
  });

  test('a reader three times as fast as the others hardly costs them a block', async () => {
    const requests = await requestsOf(4, (reader) => (reader === 0 ? 3 : 1), open());
    expect(perBlock(requests)).toBeLessThan(1.02);
  });
});
