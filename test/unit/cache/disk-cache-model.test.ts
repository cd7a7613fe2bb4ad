/** Random operations, reopening included, against a Map: the cache never invents, mixes, miscounts or outgrows its limit. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockFileName } from '../../../src-main/engine/cache/artifact-key.ts';
import { CachedBlockFiles } from '../../../src-main/engine/cache/cached-block-files.ts';
import { content, keyOf } from './cache-content.ts';
import { expectTrueTotals, openCache, temporaryDirectory } from './cache-fixture.ts';

const id = fc.constantFrom('a', 'b', 'ü/../x');
const block = fc.integer({ min: 0, max: 3 });
const limit = fc.option(fc.integer({ min: 0, max: 12_000 }), { nil: undefined });
const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      id,
      block,
      seed: fc.nat(200),
      length: fc.integer({ min: 1, max: 3_000 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('discard' as const), id, block }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('readOtherLength' as const), id, block }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('read' as const, 'used' as const), id, block }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('limit' as const), bytes: limit }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reopen' as const), loseIndex: fc.boolean() }) },
);

interface ModelBlock {
  readonly id: string;
  readonly block: number;
  readonly data: Buffer;
  readonly use: number;
}

/** Blocks by name, least recently used first. All blocks of a file are so few that a reader of one will reach the others. */
class Model {
  readonly blocks = new Map<string, ModelBlock>();
  limit: number | undefined;
  #readers = new Map<string, number>();
  #clock = 0;

  reopened(): void {
    this.#readers = new Map();
  }

  store(name: string, block: Omit<ModelBlock, 'use'>): void {
    this.blocks.delete(name);
    this.makeRoom(block.data.length);
    this.blocks.set(name, { ...block, use: (this.#clock += 1) });
  }

  served(id: string, name: string): void {
    this.use(name);
    this.#readers.set(id, (this.#clock += 1));
  }

  get bytes(): number {
    return [...this.blocks.values()].reduce((sum, { data }) => sum + data.length, 0);
  }

  use(name: string): void {
    const block = this.blocks.get(name);
    if (block === undefined) return;
    this.blocks.delete(name);
    this.blocks.set(name, { ...block, use: (this.#clock += 1) });
  }

  makeRoom(bytes: number): void {
    const worth = ({ id: file, use }: ModelBlock) => Math.max(use, this.#readers.get(file) ?? 0);
    const order = [...this.blocks].toSorted(([, one], [, other]) => worth(one) - worth(other));
    for (const [name] of order) {
      if (this.limit === undefined || this.bytes + bytes <= this.limit) return;
      this.blocks.delete(name);
    }
  }
}

test('the cache behaves as a Map that survives', { timeout: 60_000 }, async () => {
  const parent = await temporaryDirectory();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      limit,
      fc.array(operation, { maxLength: 40, size: 'max' }),
      async (first, operations) => {
        const directory = join(parent, String(run++));
        const model = new Model();
        model.limit = first;
        const told = new Set<string>();
        const open = async () => {
          const { cache: opened } = await openCache(directory, { limit: model.limit });
          opened.onChange(({ kind, key, block: number }) => {
            if (kind === 'stored') told.add(blockFileName(key, number));
            else expect(told.delete(blockFileName(key, number))).toBe(true);
          });
          return opened;
        };
        let cache = await open();
        for (const step of operations) {
          const name = 'id' in step ? `${step.id} ${step.block}` : '';
          const known = model.blocks.get(name);
          switch (step.kind) {
            case 'commit': {
              const data = content(step.seed, step.length);
              const committed = cache.commit(keyOf(step.id), step.block, data);
              if (model.limit !== undefined && data.length > model.limit) {
                await expect(committed).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
                break;
              }
              await committed;
              model.store(name, { id: step.id, block: step.block, data });
              break;
            }
            case 'read':
              if (known === undefined) break;
              expect(await cache.read(keyOf(step.id), step.block, known.data.length)).toEqual(known.data);
              model.use(name);
              break;
            case 'used':
              cache.used(keyOf(step.id), step.block);
              model.served(step.id, name);
              break;
            case 'discard':
              await cache.discard(keyOf(step.id), step.block);
              model.blocks.delete(name);
              break;
            case 'readOtherLength':
              expect(await cache.read(keyOf(step.id), step.block, 9_999)).toBeUndefined();
              model.blocks.delete(name);
              break;
            case 'clear': {
              const usage = cache.usage();
              expect(await cache.clear()).toEqual(usage);
              model.blocks.clear();
              break;
            }
            case 'limit':
              await cache.setBounds({ limit: step.bytes, minFree: undefined });
              model.limit = step.bytes;
              model.makeRoom(0);
              break;
            case 'reopen':
              await cache.close();
              if (step.loseIndex) await rm(join(directory, 'index.db'));
              cache = await open();
              model.reopened();
              // The order of use is lost with the index.
              if (step.loseIndex) {
                const kept = [...model.blocks];
                for (const [known, { id: artifact, block: number }] of kept) {
                  cache.used(keyOf(artifact), number);
                  model.served(artifact, known);
                }
              }
          }
          expect(cache.usage()).toEqual({ blocks: model.blocks.size, bytes: model.bytes });
          const names = Array.from(model.blocks.values(), ({ id: artifact, block: number }) =>
            blockFileName(keyOf(artifact), number),
          );
          expect([...told].toSorted()).toEqual(names.toSorted());
        }
        const files = new CachedBlockFiles(directory, { limit: 2 });
        for (const { id: artifact, block: number, data } of model.blocks.values()) {
          expect(await cache.read(keyOf(artifact), number, data.length)).toEqual(data);
          const target = Buffer.alloc(data.length);
          const file = files.openFile(keyOf(artifact));
          expect(files.read(file, number, data.length, target, 0, data.length, 0)).toBe(true);
          expect(target).toEqual(data);
        }
        files.close();
        await expectTrueTotals(cache, directory);
        await cache.close();
      },
    ),
    { numRuns: 40 },
  );
});
