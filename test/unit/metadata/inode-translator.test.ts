import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import {
  InodeTranslator,
  ROOT_NODE,
  type NodeId,
} from '../../../src-main/engine/metadata/inode-translator.ts';
import { openMagnetar } from '../../../src-main/engine/metadata/magnetar/magnetar-adapter.ts';
import type {
  Artifact,
  ArtifactId,
  MetadataOracle,
  Ordinal,
} from '../../../src-main/engine/metadata/metadata-oracle.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import { catalogue, children, failure, idOf } from './catalogue-fixture.ts';

const ROOT_ORDINAL = 3;

/** A catalogue in memory whose ordinals a test may change, as a rebuilt file does. */
class ShiftingOracle implements MetadataOracle {
  readonly job = { id: 1, sources: [], blockSize: undefined, contentId: undefined };
  readonly ordinals: Map<string, number>;

  constructor(ordinals: ReadonlyMap<string, number>) {
    this.ordinals = new Map(ordinals);
  }

  root(): Artifact {
    return artifact('root', this.ordinals.get('root') ?? 0, '');
  }

  byId(id: ArtifactId): Artifact | undefined {
    const ordinal = this.ordinals.get(id);
    return ordinal === undefined ? undefined : artifact(id, ordinal, id === 'root' ? '' : id);
  }

  byOrdinal(ordinal: Ordinal): Artifact | undefined {
    const found = [...this.ordinals].find(([, value]) => value === ordinal);
    return found === undefined ? undefined : this.byId(idOf(found[0]));
  }

  lookup(): undefined {}
  readdir(): void {}
  totals(): { files: number; directories: number; bytes: number } {
    return { files: 0, directories: 1, bytes: 0 };
  }
  sourcePath(): readonly string[] {
    return [];
  }
  digests(): undefined {}
  close(): void {}
}

function artifact(id: string, ordinal: number, name = id, size = 0, mtime = 0): Artifact {
  return {
    id: idOf(id),
    ordinal: ordinal as Ordinal,
    name: Buffer.from(name),
    isDirectory: false,
    size,
    mtime,
  };
}

const node = (value: number): NodeId => value as NodeId;
const oracleOf = (entries: Readonly<Record<string, number>>): ShiftingOracle =>
  new ShiftingOracle(new Map(Object.entries({ root: ROOT_ORDINAL, ...entries })));

test('the root is node 1, whatever its ordinal, and nothing else is', () => {
  const oracle = oracleOf({ a: 1 });
  const translator = new InodeTranslator(oracle);
  expect(translator.remember(oracle.root())).toBe(ROOT_NODE);
  translator.forget(ROOT_NODE, 1_000_000);
  expect(translator.resolve(ROOT_NODE)).toBe('root');
  expect(translator.remember(artifact('a', 1))).toBe(2);
  expect(failure(() => translator.resolve(node(ROOT_ORDINAL + 1)))).toMatchObject({ code: 'INODE_INVALID' });
  expect(failure(() => translator.resolve(node(0)))).toMatchObject({ code: 'INODE_INVALID' });
});

test('a translator that knows nothing derives nodes from the catalogue', () => {
  const oracle = oracleOf({ a: 10 });
  const given = new InodeTranslator(oracle).remember(artifact('a', 10));
  const restarted = new InodeTranslator(oracle);
  expect(restarted.resolve(given)).toBe('a');
  restarted.forget(given, 3);
  expect(restarted.remember(artifact('a', 10))).toBe(given);
  expect(failure(() => restarted.resolve(node(12)))).toMatchObject({ code: 'INODE_INVALID' });
  expect(failure(() => restarted.resolve(node(2 ** 52 + 5)))).toMatchObject({ code: 'INODE_INVALID' });
});

test('lookups are counted, and memory ends with the last', () => {
  const translator = new InodeTranslator(oracleOf({ a: 10 }));
  const a = translator.remember(artifact('a', 10));
  translator.remember(artifact('a', 10));
  translator.forget(a, 1);
  expect(translator.liveNodes).toBe(1);
  translator.forget(a, 5);
  expect(translator.liveNodes).toBe(0);
  translator.forget(a, 1);
  expect(translator.liveNodes).toBe(0);
});

test('a renumbered artifact keeps its node, and the number it took over is given to no other', () => {
  const oracle = oracleOf({ a: 10, b: 11 });
  const translator = new InodeTranslator(oracle);
  const a = translator.remember(artifact('a', 10));
  oracle.ordinals.set('a', 20).set('b', 10);
  expect(translator.remember(artifact('a', 20))).toBe(a);
  const b = translator.remember(artifact('b', 10));
  expect(b).toBeGreaterThan(2 ** 52);
  expect(translator.resolve(a)).toBe('a');
  expect(translator.resolve(b)).toBe('b');
  expect(failure(() => translator.resolve(node(21)))).toMatchObject({ code: 'INODE_INVALID' });
});

test('a number that an engine before made up for a renumbered artifact is given to no other', () => {
  // Both numbers were once those of other artifacts, which the kernel still knows; so each engine makes up new ones.
  const numberOf = (renumbered: string): NodeId => {
    const oracle = oracleOf({ old: 7 });
    const translator = new InodeTranslator(oracle);
    translator.remember(artifact('old', 7));
    return translator.remember(artifact(renumbered, 7));
  };
  const numbers = ['a', 'b', 'c', 'd'].map(numberOf);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numberOf('a')).toBe(numbers[0]);
});

test('pages are kept from one open to the next while size and mtime stay', () => {
  const translator = new InodeTranslator(oracleOf({ a: 10 }));
  const a = translator.remember(artifact('a', 10));
  expect(translator.keepsPages(a, artifact('a', 10, 'a', 5, 6))).toBe(false);
  expect(translator.keepsPages(a, artifact('a', 10, 'a', 5, 6))).toBe(true);
  expect(translator.keepsPages(a, artifact('a', 10, 'a', 5, 7))).toBe(false);
  expect(translator.keepsPages(a, artifact('a', 10, 'a', 6, 7))).toBe(false);
  expect(translator.keepsPages(a, artifact('a', 10, 'a', 6, 7))).toBe(true);
  translator.forget(a, 1);
  expect(translator.keepsPages(a, artifact('a', 10, 'a', 6, 7))).toBe(false);
  expect(translator.keepsPages(a, artifact('a', 10, 'a', 6, 7))).toBe(true);
  translator.forget(a, 1);
  expect(translator.liveNodes).toBe(0);
});

const ids = ['root', 'a', 'b', 'c', 'd'];
const command = fc.oneof(
  fc.record({ do: fc.constant('remember' as const), id: fc.constantFrom(...ids) }),
  fc.record({
    do: fc.constant('forget' as const),
    id: fc.constantFrom(...ids),
    count: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    do: fc.constant('renumber' as const),
    order: fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 5 }),
  }),
);

test('behaves as a plain table of nodes and counts', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const oracle = oracleOf({ a: 1, b: 2, c: 4, d: 5 });
      const translator = new InodeTranslator(oracle);
      const model = new Map<string, { node: NodeId; count: number }>();
      for (const step of commands) {
        if (step.do === 'renumber') {
          ids.forEach((id, index) => oracle.ordinals.set(id, step.order[index] ?? 0));
        } else if (step.do === 'remember') {
          const given = translator.remember(oracle.byId(idOf(step.id)) ?? oracle.root());
          const known = model.get(step.id);
          if (known !== undefined) expect(given).toBe(known.node);
          model.set(step.id, { node: given, count: (known?.count ?? 0) + 1 });
        } else {
          const known = model.get(step.id);
          if (known === undefined) continue;
          translator.forget(known.node, step.count);
          if (step.id !== 'root' && known.count <= step.count) model.delete(step.id);
          else model.set(step.id, { ...known, count: known.count - step.count });
        }
        for (const [id, { node: given }] of model) {
          expect(translator.resolve(given)).toBe(id);
          expect(given === ROOT_NODE).toBe(id === 'root');
        }
        expect(new Set([...model.values()].map((entry) => entry.node)).size).toBe(model.size);
        expect(translator.liveNodes).toBe(model.size - (model.has('root') ? 1 : 0));
      }
    }),
  );
});

test.each([
  ['that Magnetar wrote', undefined],
  [
    'without a key',
    'CREATE TABLE artifacts (id TEXT, job_id INTEGER, parent_id TEXT, name TEXT, size INTEGER, is_dir BOOLEAN, mtime INTEGER)',
  ],
])('VACUUM of a catalogue %s keeps the ids of live nodes', async (_title, schema) => {
  const fixture = catalogue(schema);
  fixture.add({ id: 'junk', parent: null, job: 9 }, { id: 'r', parent: null, dir: true });
  fixture.add(...Array.from({ length: 50 }, (_, n) => ({ id: `f${n}`, parent: 'r' })));
  const clock = new VirtualClock();
  const oracle = openMagnetar(fixture.file, 1, clock);
  onTestFinished(() => oracle.close());
  const translator = new InodeTranslator(oracle);
  const live = new Map(
    children(oracle, 'r')
      .filter((_, n) => n % 3 === 0)
      .map((child) => [child.id, translator.remember(child)]),
  );
  fixture.database.exec(`DELETE FROM artifacts WHERE id IN ('junk', 'f1', 'f2', 'f10'); VACUUM`);
  await clock.advance(3_600_000);
  const given = children(oracle, 'r').map((child) => [child.id, translator.remember(child)] as const);
  expect(given).toHaveLength(47);
  expect(new Set(given.map(([, id]) => id)).size).toBe(47);
  expect(given.filter(([id]) => live.has(id))).toEqual([...live]);
  for (const [id, number] of given) expect(translator.resolve(number)).toBe(id);
  expect(translator.resolve(ROOT_NODE)).toBe('r');
});
