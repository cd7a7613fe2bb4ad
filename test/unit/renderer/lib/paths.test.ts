/** Paths below the root of a job. */
import { expect, it } from 'vitest';
import { crumbsOf, joinPath, parentPath } from '../../../../src-renderer/lib/paths.ts';

it('joins and goes up', () => {
  expect(joinPath('', 'a')).toBe('a');
  expect(joinPath('a/b', 'c')).toBe('a/b/c');
  expect(parentPath('a/b/c')).toBe('a/b');
  expect(parentPath('a')).toBe('');
});

it('names each folder on the way', () => {
  expect(crumbsOf('')).toEqual([]);
  expect(crumbsOf('a/b')).toEqual([
    { name: 'a', path: 'a' },
    { name: 'b', path: 'a/b' },
  ]);
});
