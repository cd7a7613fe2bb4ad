/** Rows that make no sense are left out; whatever stands beside them works. */
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Row, TestCatalogue } from '../../helpers/driver-catalogue.ts';
import { newDirectory } from '../../helpers/system.ts';
import { newCatalogue, type Subject } from './subject.ts';

const OTHER_JOB = 2;
const GOOD_MTIME = 1_650_000_000;

const GOOD: readonly Row[] = [
  { id: 'good', parent: 'root', name: 'good', size: 4, mtime: GOOD_MTIME },
  { id: 'directory', parent: 'root', name: 'directory', isDirectory: true },
  { id: 'inside', parent: 'directory', name: 'inside', size: 4 },
  { id: 'time 1', parent: 'root', name: 'absurd time', size: 4, mtime: 9e17 },
  { id: 'time 2', parent: 'root', name: 'no time', size: 4, mtime: null },
  { id: 'time 3', parent: 'root', name: 'time before 1970', size: 4, mtime: -5 },
  { id: 'twin 1', parent: 'root', name: 'twin', size: 1 },
  { id: 'parent', parent: 'root', name: 'file with children', size: 4 },
];

const BAD: readonly Row[] = [
  { id: 'empty', parent: 'root', name: '' },
  { id: 'dot', parent: 'root', name: '.' },
  { id: 'dots', parent: 'root', name: '..' },
  { id: 'slash', parent: 'root', name: 'a/b' },
  { id: 'nul', parent: 'root', name: 'a\0b' },
  { id: 'long', parent: 'root', name: 'x'.repeat(256) },
  { id: 'null', parent: 'root', name: null },
  { id: 'blob', parent: 'root', name: Buffer.from('blob') },
  { id: 'twin 2', parent: 'root', name: 'twin', size: 2 },
  { id: 'size 1', parent: 'root', name: 'negative', size: -1 },
  { id: 'size 2', parent: 'root', name: 'too large', size: 2n ** 63n - 1n },
  { id: 'size 3', parent: 'root', name: 'no size', size: null },
  { id: 'size 4', parent: 'root', name: 'worded size', size: 'much' },
  { id: 'child', parent: 'parent', name: 'child of a file', size: 4 },
  { id: 'orphan', parent: 'nobody', name: 'orphan', size: 4 },
  { id: 'cycle 1', parent: 'cycle 2', name: 'cycle 1', isDirectory: true },
  { id: 'cycle 2', parent: 'cycle 1', name: 'cycle 2', isDirectory: true },
  { id: 'self', parent: 'self', name: 'self', isDirectory: true },
  { id: 'second root', parent: null, name: 'second root', isDirectory: true },
  { id: 'foreign', parent: 'root', name: 'foreign', size: 4, job: OTHER_JOB },
  { id: 'foreign root', parent: null, name: '', isDirectory: true, job: OTHER_JOB },
  { id: 'strayed', parent: 'foreign root', name: 'strayed', size: 4 },
];

/** Bytes as text, which no binding of values can do. */
function addNotText(catalogue: TestCatalogue): void {
  catalogue.database
    .prepare(
      `INSERT INTO artifacts (id, job_id, parent_id, name, size, is_dir, mtime)
       VALUES ('not text', 1, 'root', CAST(x'66ff' AS TEXT), 4, 0, 0)`,
    )
    .run();
}

export function badRowCases(subject: Subject): void {
  test('no bad row spoils a listing, a lookup or a read beside it', async () => {
    const source = newDirectory('source', 0o755);
    writeFileSync(join(source, 'good'), 'good');
    utimesSync(join(source, 'good'), GOOD_MTIME, GOOD_MTIME);
    const catalogue = newCatalogue(source);
    catalogue.addAll([...BAD.slice(0, 10), ...GOOD.slice(0, 6), ...BAD.slice(10), ...GOOD.slice(6)]);
    // The twin that counts is the one that came first.
    catalogue.database.prepare(`UPDATE artifacts SET rowid = 1000 WHERE id = 'twin 2'`).run();
    addNotText(catalogue);
    catalogue.database.close();
    const mounted = await subject.mount(catalogue.path);
    const path = (...names: readonly string[]): string => join(mounted.mountPoint, ...names);

    const top = GOOD.filter(({ parent }) => parent === 'root');
    expect(await subject.probe.value('listAll', mounted.mountPoint)).toEqual(
      [
        ...top.map(({ name, isDirectory }) => `${String(name)}${isDirectory === true ? '/' : ''}`),
        'directory/inside',
      ].toSorted(),
    );
    expect(await subject.probe.value('read', path('good'), 0, 10)).toMatchObject({ length: 4 });
    expect((await subject.probe.value('stat', path('twin'))).size).toBe(1);
    expect((await subject.probe.value('stat', path('absurd time'))).mtimeMs).toBe(0);
    const hidden = [
      'negative',
      'too large',
      'no size',
      'worded size',
      'orphan',
      'cycle 1',
      'self',
      'foreign',
      'strayed',
    ];
    expect(await subject.probe.codes(hidden.map((name) => ['stat', path(name)]))).toEqual(
      hidden.map(() => 'ENOENT'),
    );
    expect(await subject.probe.codes([['stat', path('file with children', 'child of a file')]])).toEqual([
      'ENOTDIR',
    ]);
    // Hidden as bytes; a driver that only knows text would have to find a name with U+FFFD to go wrong.
    expect(await subject.probe.value('existsBytes', mounted.mountPoint, '66ff')).toBe(false);
    await mounted[Symbol.asyncDispose]();
  });

  test('a name with U+FFFD is found by its own bytes', async () => {
    const catalogue = newCatalogue(newDirectory('source', 0o755));
    catalogue.add({ id: 'replacement', parent: 'root', name: 'f\uFFFD' });
    catalogue.database.close();
    const mounted = await subject.mount(catalogue.path);
    expect(await subject.probe.codes([['stat', join(mounted.mountPoint, 'f\uFFFD')]])).toEqual(['OK']);
    const { namesAreBytes } = subject.target.nature;
    expect(await subject.probe.value('existsBytes', mounted.mountPoint, '66ff')).toBe(!namesAreBytes);
    await mounted[Symbol.asyncDispose]();
  });
}
