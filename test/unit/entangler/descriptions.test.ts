/** What is remembered of the catalogue: never for longer than it leads to the bytes, and never more than fits. */
import { describe, expect, test } from 'vitest';
import type { BlockFile } from '../../../src-main/engine/entangler/block-reader.ts';
import { Descriptions, type FileDescription } from '../../../src-main/engine/entangler/descriptions.ts';
import { GhostError, type GhostErrorCode } from '../../../src-main/engine/errors.ts';
import { ScriptedSource, sourceObject } from '../../helpers/scripted-source.ts';
import { turn } from '../../helpers/virtual-clock.ts';
import { Bench, BLOCK, digestsOf, fileOf, NOTHING } from './bench.ts';

const MIB = 1024 * 1024;

/** A bench whose catalogue a test changes, and on which every question to it is counted. */
function catalogued(first: FileDescription, source: ScriptedSource) {
  const catalogue = { now: first, questions: 0, fails: undefined as GhostErrorCode | undefined };
  const bench = new Bench(
    {
      describe: () => {
        catalogue.questions += 1;
        if (catalogue.fails !== undefined) return Promise.reject(new GhostError(catalogue.fails, 'no'));
        return Promise.resolve(catalogue.now);
      },
    },
    { sources: [source] },
  );
  return { bench, catalogue };
}

function at(name: string): FileDescription {
  return { object: { ...sourceObject('movie', 4500), path: [name] } };
}

/** Serves only the objects of that name. */
function only(name: () => string, code: GhostErrorCode): ScriptedSource {
  return new ScriptedSource('renaming', (call) => {
    if (call.request.object.path[0] === name()) call.finish();
    else call.fail(new GhostError(code, 'gone'));
  });
}

describe('a known description', () => {
  test.each(['SOURCE_REFUSED', 'OBJECT_CHANGED'] as const)(
    'that leads to %s is asked for anew, so a renamed file goes on being read',
    async (code) => {
      let name = 'old';
      const source = only(() => name, code);
      const { bench, catalogue } = catalogued(at('old'), source);
      expect(await bench.read(0, 10)).toBe('right');
      name = 'new';
      catalogue.now = at('new');
      expect(await bench.read(1000, 3500)).toBe('right');
      // Four blocks failed together and one question was enough.
      expect([catalogue.questions, source.calls.length]).toEqual([2, 1 + 4 + 4]);
      await turn();
      expect(bench.leftovers()).toEqual(NOTHING);
    },
  );

  test('whose digests are outdated is asked for anew', async () => {
    const file = fileOf('movie', 4500);
    const describing = (digests: Buffer): FileDescription => ({
      object: sourceObject('movie', 4500),
      digests: { algorithm: 'sha256', blockSize: BLOCK, digests },
    });
    const source = new ScriptedSource('good', (call) => call.finish());
    const { bench, catalogue } = catalogued(describing(digestsOf(fileOf('former', 4500))), source);
    const read = bench.read(0, 10);
    await source.call(0);
    catalogue.now = describing(digestsOf(file));
    while (bench.wormhole.stats().backingOff === 0) await turn();
    await bench.clock.advance(200);
    // The source is asked twice before the catalogue's word is doubted.
    expect([await read, source.calls.length, catalogue.questions]).toEqual(['right', 3, 2]);
  });

  test('that is still the same fails the read without another request', async () => {
    const source = only(() => 'nothing', 'SOURCE_REFUSED');
    const { bench, catalogue } = catalogued(at('old'), source);
    expect(await bench.read(0, 10)).toBe('SOURCE_REFUSED');
    expect([catalogue.questions, source.calls.length]).toEqual([2, 1]);
  });

  test('that the catalogue has dropped is what the read fails with', async () => {
    let name = 'old';
    const { bench, catalogue } = catalogued(
      at('old'),
      only(() => name, 'SOURCE_REFUSED'),
    );
    expect(await bench.read(0, 10)).toBe('right');
    name = 'elsewhere';
    catalogue.fails = 'OBJECT_CHANGED';
    expect(await bench.read(1000, 10)).toBe('OBJECT_CHANGED');
    await turn();
    expect(bench.leftovers()).toEqual(NOTHING);
  });

  test('is not asked for anew because the network is down', async () => {
    const down = new ScriptedSource('down', (call) =>
      call.fail(new GhostError('SOURCE_UNREACHABLE', 'reset')),
    );
    const { bench, catalogue } = catalogued(at('old'), down);
    const read = bench.read(0, 10);
    await turn();
    await bench.clock.advance(29_000);
    expect([await read, catalogue.questions]).toEqual(['SOURCE_UNREACHABLE', 1]);
  });
});

test('descriptions together hold no more than 64 MiB of digests', async () => {
  const asked: string[] = [];
  const digests = Buffer.alloc(24 * MIB);
  const descriptions = new Descriptions((file: BlockFile) => {
    asked.push(file.id);
    const blocks = { algorithm: 'sha256' as const, blockSize: BLOCK, digests };
    return Promise.resolve({ object: sourceObject(file.id, 1), digests: blocks });
  });
  const of = (id: string) => descriptions.of(fileOf(id, 1));
  for (const id of ['a', 'b', 'a', 'c', 'a']) await of(id);
  expect(asked).toEqual(['a', 'b', 'c']);
  await of('b');
  expect(asked).toEqual(['a', 'b', 'c', 'b']);
});

test('one file may have more digests than that, and is asked for once', async () => {
  let questions = 0;
  const descriptions = new Descriptions((file: BlockFile) => {
    questions += 1;
    const digests = Buffer.alloc(file.id === 'vast' ? 65 * MIB : 32);
    const blocks = { algorithm: 'sha256' as const, blockSize: BLOCK, digests };
    return Promise.resolve({ object: sourceObject(file.id, 1), digests: blocks });
  });
  await descriptions.of(fileOf('small', 1));
  for (let time = 0; time < 3; time += 1) await descriptions.of(fileOf('vast', 1));
  expect(questions).toBe(2);
  await descriptions.of(fileOf('small', 1));
  expect(questions).toBe(3);
});
