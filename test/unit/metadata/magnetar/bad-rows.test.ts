import { expect, test } from 'vitest';
import type { Ordinal } from '../../../../src-main/engine/metadata/metadata-oracle.ts';
import { catalogue, children, failure, idOf, names, openJob } from '../catalogue-fixture.ts';

interface BadRow {
  readonly name: unknown;
  readonly size?: unknown;
  readonly raw?: Buffer;
}

const badRows: readonly (readonly [string, BadRow])[] = [
  ['empty name', { name: '' }],
  ['dot', { name: '.' }],
  ['dot dot', { name: '..' }],
  ['slash', { name: 'a/b' }],
  ['NUL', { name: 'a\0b' }],
  ['256 bytes', { name: 'x'.repeat(256) }],
  ['256 bytes of two-byte letters', { name: 'ü'.repeat(128) }],
  ['a name of a megabyte', { name: 'x'.repeat(1 << 20) }],
  ['not UTF-8', { name: null, raw: Buffer.from([0x61, 0xff]) }],
  ['BLOB name', { name: Buffer.from('blob') }],
  ['NULL name', { name: null }],
  ['negative size', { name: 'n', size: -1 }],
  ['NULL size', { name: 'n', size: null }],
  ['size that is no integer', { name: 'n', size: 1.5 }],
  ['size that is text', { name: 'n', size: 'many' }],
  ['size of 2^53', { name: 'n', size: 2n ** 53n }],
  ['size of 2^63 - 1', { name: 'n', size: 2n ** 63n - 1n }],
];

test.each(badRows)('a row with %s is hidden everywhere and its neighbours are not', (_title, bad) => {
  const fixture = catalogue();
  fixture.add({ id: 'r', parent: null, dir: true }, { id: 'a', parent: 'r' });
  fixture.add({
    id: 'bad',
    parent: 'r',
    name: bad.name as string,
    ...(bad.size === undefined ? {} : { size: bad.size as number }),
    ...(bad.raw === undefined ? {} : { rawName: bad.raw }),
    rowid: 77,
  });
  fixture.add({ id: 'z', parent: 'r' });
  const oracle = openJob(fixture.file);
  expect(names(oracle, 'r')).toEqual(['a', 'z']);
  expect(oracle.byId(idOf('bad'))).toBeUndefined();
  expect(oracle.byOrdinal(77 as Ordinal)).toBeUndefined();
  if (typeof bad.name === 'string') expect(oracle.lookup(idOf('r'), bad.name)).toBeUndefined();
  expect(failure(() => oracle.sourcePath(idOf('bad')))).toMatchObject({ code: 'NOT_FOUND' });
});

test('rows without a usable key are hidden', () => {
  const fixture = catalogue();
  fixture.add(
    { id: 'r', parent: null, dir: true },
    { id: null, parent: 'r', name: 'null' },
    { id: null, parent: 'r', name: 'null again' },
    { id: '', parent: 'r', name: 'empty' },
    { id: Buffer.from('blob'), parent: 'r', name: 'blob' },
    { id: 'real \uFFFD', parent: 'r', name: 'real' },
  );
  fixture.database
    .prepare(
      `INSERT INTO artifacts (id, job_id, parent_id, name, size) VALUES (CAST(? AS TEXT), 1, 'r', 'bytes', 0)`,
    )
    .run(Buffer.from([0xff]));
  const oracle = openJob(fixture.file);
  expect(names(oracle, 'r')).toEqual(['real']);
  expect(oracle.lookup(idOf('r'), 'bytes')).toBeUndefined();
  expect(oracle.lookup(idOf('r'), 'null')).toBeUndefined();
  expect(oracle.byId(idOf('real \uFFFD'))).toMatchObject({ name: Buffer.from('real') });
});

test('names of 255 bytes and sizes of 2^53 - 1 are shown as they are', () => {
  const fixture = catalogue();
  const longest = `${'ü'.repeat(127)}x`;
  fixture.add(
    { id: 'r', parent: null, dir: true },
    { id: 'f', parent: 'r', name: longest, size: 2n ** 53n - 1n },
  );
  expect(children(openJob(fixture.file), 'r')).toMatchObject([
    { name: Buffer.from(longest), size: Number.MAX_SAFE_INTEGER },
  ]);
});

test('of rows with one name the lowest ordinal that can be shown wins', () => {
  const fixture = catalogue();
  fixture.add(
    { id: 'r', parent: null, dir: true },
    { id: 'broken', parent: 'r', name: 'same', size: -1 },
    { id: 'other job', parent: 'r', name: 'same', job: 2 },
    { id: 'first', parent: 'r', name: 'same', size: 1 },
    { id: 'second', parent: 'r', name: 'same', size: 2 },
    { id: 'third', parent: 'r', name: 'same', dir: true },
  );
  const oracle = openJob(fixture.file);
  expect(children(oracle, 'r')).toMatchObject([{ id: 'first' }]);
  expect(oracle.lookup(idOf('r'), 'same')).toMatchObject({ id: 'first' });
  expect(oracle.byId(idOf('second'))).toBeUndefined();
  expect(oracle.byId(idOf('first'))).toMatchObject({ size: 1 });
});

test.each([
  [null, 0],
  [-1, 0],
  [1_700_000_000_000, 0],
  [2n ** 62n, 0],
  ['yesterday', 0],
  [1_700_000_000.75, 1_700_000_000],
  [253_402_300_799, 253_402_300_799],
])('an mtime of %s is shown as %s', (stored, shown) => {
  const fixture = catalogue();
  fixture.add({ id: 'r', parent: null, dir: true }, { id: 'f', parent: 'r', mtime: stored });
  expect(children(openJob(fixture.file), 'r')).toMatchObject([{ id: 'f', mtime: shown }]);
});

test('a file with children is a file, and they are out of reach', () => {
  const fixture = catalogue();
  fixture.add(
    { id: 'r', parent: null, dir: true },
    { id: 'f', parent: 'r', size: 9 },
    { id: 'c', parent: 'f' },
  );
  const oracle = openJob(fixture.file);
  expect(children(oracle, 'r')).toMatchObject([{ id: 'f', isDirectory: false, size: 9 }]);
  expect(names(oracle, 'f')).toEqual([]);
  expect(oracle.lookup(idOf('f'), 'c')).toBeUndefined();
  expect(failure(() => oracle.sourcePath(idOf('c')))).toMatchObject({ code: 'NOT_FOUND' });
});
