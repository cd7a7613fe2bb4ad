/** Random operations, reopening included, against a Map: the cache never invents, mixes or miscounts. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CachedBlockFiles } from '../../../src-main/engine/cache/cached-block-files.ts';
import { content, keyOf } from './cache-content.ts';
import { openCache, recount, temporaryDirectory } from './cache-fixture.ts';

const id = fc.constantFrom('a', 'b', 'ü/../x');
const block = fc.integer({ min: 0, max: 3 });
const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('commit'),
      id,
      block,
      seed: fc.nat(200),
      length: fc.integer({ min: 1, max: 3_000 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('discard'), id, block }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('readOtherLength'), id, block }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reopen'), loseIndex: fc.boolean() }) },
);

test('the cache behaves as a Map that survives', { timeout: 60_000 }, async () => {
  const parent = await temporaryDirectory();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
      const directory = join(parent, String(run++));
      const model = new Map<string, { id: string; block: number; data: Buffer }>();
      let { cache } = await openCache(directory);
      for (const step of operations) {
        const name = 'id' in step ? `${step.id} ${step.block}` : '';
        if ('seed' in step) {
          const data = content(step.seed, step.length);
          await cache.commit(keyOf(step.id), step.block, data);
          model.set(name, { id: step.id, block: step.block, data });
        } else if ('loseIndex' in step) {
          await cache.close();
          if (step.loseIndex) await rm(join(directory, 'index.db'));
          ({ cache } = await openCache(directory));
        } else if (!('id' in step)) {
          const { bytes, blocks } = cache.usage();
          expect(await cache.clear()).toEqual({ blocks, bytes });
          model.clear();
        } else if (step.kind === 'discard') {
          await cache.discard(keyOf(step.id), step.block);
          model.delete(name);
        } else {
          expect(await cache.read(keyOf(step.id), step.block, 9_999)).toBeUndefined();
          model.delete(name);
        }
        const bytes = [...model.values()].reduce((sum, { data }) => sum + data.length, 0);
        expect(cache.usage()).toEqual({ blocks: model.size, bytes });
      }
      const files = new CachedBlockFiles(directory, { limit: 2 });
      for (const { id: artifact, block: number, data } of model.values()) {
        expect(await cache.read(keyOf(artifact), number, data.length)).toEqual(data);
        const target = Buffer.alloc(data.length);
        const file = files.openFile(keyOf(artifact));
        expect(files.read(file, number, data.length, target, 0, data.length, 0)).toBe(true);
        expect(target).toEqual(data);
      }
      files.close();
      expect(await recount(directory)).toEqual(cache.usage());
      await cache.close();
    }),
    { numRuns: 60 },
  );
});
