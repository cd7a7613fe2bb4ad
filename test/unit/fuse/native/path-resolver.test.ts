import { describe, expect, test } from 'vitest';
import { GhostFilesystem } from '../../../../src-main/engine/filesystem/ghost-filesystem.ts';
import type { MountSettings } from '../../../../src-main/engine/filesystem/mount-settings.ts';
import { PathResolver } from '../../../../src-main/engine/fuse/native/path-resolver.ts';
import { openMagnetar } from '../../../../src-main/engine/metadata/magnetar/magnetar-adapter.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';
import { catalogue } from '../../metadata/catalogue-fixture.ts';

const settings: MountSettings = {
  database: '',
  job: 1,
  mountPoint: '/nowhere',
  cache: undefined,
  cacheNamespace: 'test',
  blockSize: 65_536,
  uid: 0,
  gid: 0,
  umask: 0,
  allowOther: false,
};

function resolverOfTree() {
  const fixture = catalogue();
  fixture.add(
    { id: 'root', parent: null, dir: true },
    { id: 'a', parent: 'root', name: 'a', dir: true },
    { id: 'b', parent: 'a', name: 'b', dir: true },
    { id: 'c', parent: 'b', name: 'c' },
    { id: 'other', parent: 'root', name: 'other', dir: true },
  );
  const oracle = openMagnetar(fixture.file, 1);
  const clock = new VirtualClock();
  return { fixture, clock, paths: new PathResolver(new GhostFilesystem(oracle, settings), clock) };
}

describe('PathResolver', () => {
  test('walks from the root', () => {
    const { paths } = resolverOfTree();
    expect(['/', '/a', '/a/b', '/a/b/c'].map((path) => paths.resolve(path).id)).toEqual([
      'root',
      'a',
      'b',
      'c',
    ]);
  });

  test('what is not there is NOT_FOUND, below a file too', () => {
    const { paths } = resolverOfTree();
    for (const path of ['/x', '/a/x', '/x/b', '/a/b/c/d']) {
      expect(() => paths.resolve(path), path).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    }
  });

  test('a directory that moved is believed for 100 ms, then looked for again', async () => {
    const { fixture, clock, paths } = resolverOfTree();
    expect(paths.resolve('/a/b/c').id).toBe('c');
    fixture.database.prepare(`UPDATE artifacts SET parent_id = 'other' WHERE id = 'b'`).run();
    await clock.advance(99);
    expect(paths.resolve('/a/b/c').id).toBe('c');
    await clock.advance(1);
    expect(() => paths.resolve('/a/b/c')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(paths.resolve('/other/b/c').id).toBe('c');
  });

  test('the last component is never remembered', () => {
    const { fixture, paths } = resolverOfTree();
    expect(paths.resolve('/a/b/c').size).toBe(0);
    fixture.database.prepare(`UPDATE artifacts SET size = 7 WHERE id = 'c'`).run();
    expect(paths.resolve('/a/b/c').size).toBe(7);
  });
});
