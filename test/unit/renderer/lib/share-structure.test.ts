/** What did not change keeps its identity; what comes out always equals what came in. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shareStructure } from '../../../../src-renderer/lib/share-structure.ts';

it('keeps the parts that are equal', () => {
  const before = {
    jobs: [
      { key: 'a', sources: ['x'] },
      { key: 'b', sources: [] },
    ],
    paused: false,
  };
  const after = shareStructure(before, {
    jobs: [
      { key: 'a', sources: ['x'] },
      { key: 'b', sources: ['y'] },
    ],
    paused: false,
  });
  expect(after.jobs[0]).toBe(before.jobs[0]);
  expect(after.jobs[1]).not.toBe(before.jobs[1]);
  expect(after.jobs[1]?.sources).toEqual(['y']);
});

it('is the value before when nothing changed', () => {
  const before = { list: [1, { deep: null }], text: '' };
  expect(shareStructure(before, structuredClone(before))).toBe(before);
});

it('notices what was added or left out', () => {
  expect(shareStructure<object>({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
  expect(shareStructure<object>({ a: 1 }, { a: 1, b: undefined })).toHaveProperty('b');
  expect(shareStructure([1, 2, 3], [1, 2])).toEqual([1, 2]);
});

it('equals the new value, whatever the two are', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      expect(shareStructure(before, after)).toEqual(after);
    }),
  );
});
