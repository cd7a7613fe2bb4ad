/** Names: found, missed and listed, in directories of any size. */
import { expect, test } from 'vitest';
import { awkwardNames } from '../../helpers/tree-names.ts';
import { MANY_ENTRIES, manyName, treeDirectories, treeFiles, type Subject } from './subject.ts';

export function listingCases(subject: Subject): void {
  test('names with blanks, quotes, other scripts and 255 bytes are found and belong to their artifacts', async () => {
    const outcomes = await subject.probe.codes(
      awkwardNames.map((name) => ['getxattr', subject.path('names', name), 'user.ghost.artifact', 1000]),
    );
    expect(outcomes).toEqual(awkwardNames.map(() => 'OK'));
    const longest = awkwardNames.find((name) => Buffer.byteLength(name) === 255) ?? '';
    const { size } = await subject.probe.value('stat', subject.path('names', longest));
    expect(size).toBe(100 + 255);
  });

  test('what is not there is ENOENT, ENAMETOOLONG or ENOTDIR', async () => {
    expect(
      await subject.probe.codes([
        ['stat', subject.path('missing')],
        ['stat', subject.path('names', 'missing')],
        ['stat', subject.path('missing', 'below')],
        ['stat', subject.path('names', 'GRÜN')],
        ['stat', subject.path('names', 'x'.repeat(256))],
        ['stat', subject.path('one.bin', 'below')],
        ['list', subject.path('one.bin')],
        ['read', subject.path('names'), 0, 10],
      ]),
    ).toEqual(['ENOENT', 'ENOENT', 'ENOENT', 'ENOENT', 'ENAMETOOLONG', 'ENOTDIR', 'ENOTDIR', 'EISDIR']);
  });

  test('a listing is complete and exact', async () => {
    const names = [...awkwardNames].toSorted();
    expect(await subject.probe.value('list', subject.path('names'))).toEqual(names);
    expect(await subject.probe.value('list', subject.path('no entries'))).toEqual([]);
    const top = [...treeDirectories.map((path) => `${path}/`), 'many/', ...treeFiles.map(({ path }) => path)];
    expect(await subject.probe.value('list', subject.path())).toEqual(
      top.filter((path) => !path.slice(0, -1).includes('/')).toSorted(),
    );
    expect(await subject.probe.value('listAll', subject.path('nested'))).toEqual(
      top
        .filter((path) => path.startsWith('nested/') && path !== 'nested/')
        .map((path) => path.slice('nested/'.length))
        .toSorted(),
    );
  });

  test('a directory of 100,000 entries is listed at the first try, each entry once, and can be sought in', async () => {
    const positions = [0, 1, 2, 3, 31, 32, 33, 1000, 50_000, 99_998, MANY_ENTRIES];
    const { names, mismatches } = await subject.probe.value('stream', subject.path('many'), positions);
    expect(mismatches).toEqual([]);
    const wanted = Array.from({ length: MANY_ENTRIES }, (_, index) => manyName(index));
    // Not toEqual on the arrays: its message would be 100,000 lines long.
    expect(names.toSorted().join('\n') === ['.', '..', ...wanted].join('\n')).toBe(true);
  });

  test('ten listings of one directory at once are all complete', async () => {
    const lists = await Promise.all(
      Array.from({ length: 10 }, () => subject.probe.run('ls', '-f', subject.path('many'))),
    );
    expect(lists.map((list) => new Set(list.trimEnd().split('\n')).size)).toEqual(
      Array.from({ length: 10 }, () => MANY_ENTRIES + 2),
    );
  });

  test('an entry in the middle of a large directory shows its own attributes', async () => {
    const { size } = await subject.probe.value('stat', subject.path('many', manyName(54_321)));
    expect(size).toBe(54_321);
  });

  test('a name that is no UTF-8 names nothing', async () => {
    const notText = Buffer.from([0x66, 0xff]).toString('hex');
    expect(await subject.probe.value('existsBytes', subject.path('names'), notText)).toBe(false);
  });
}
