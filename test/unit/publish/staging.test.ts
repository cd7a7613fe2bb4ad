import { expect, onTestFinished, test } from 'vitest';
import { Staging } from '../../../src-main/engine/publish/staging.ts';
import { failure } from '../metadata/catalogue-fixture.ts';

function staging(): Staging {
  const made = new Staging();
  onTestFinished(() => made.close());
  return made;
}

const root = { path: [], isDirectory: true, size: undefined, mtime: 0 };
const file = { path: ['a'], isDirectory: false, size: 3, mtime: 5 };

test('a name that a listing shows twice is kept once', () => {
  const staged = staging();
  expect(staged.add(root)).toBe(true);
  expect(staged.add(file)).toBe(true);
  expect(staged.add({ ...file, size: 4 })).toBe(false);
  expect(staged.totals()).toEqual({ files: 1, directories: 1, bytes: 3 });
  expect([...staged.artifacts()].map(({ name }) => name)).toEqual(['', 'a']);
});

test('a failure of its own database is not one of the catalogue', () => {
  const staged = staging();
  // No number reaches SQLite as NULL, which its schema refuses.
  expect(failure(() => staged.add({ ...root, mtime: Number.NaN }))).toEqual({
    code: 'INTERNAL',
    message: expect.stringMatching(/^The temporary file of the publication failed .*SQLITE_TMPDIR/),
  });
});

test('what it yields can be left before the end, and asked for again', () => {
  const staged = staging();
  staged.add(root);
  staged.add(file);
  for (const { name } of staged.artifacts()) {
    expect(name).toBe('');
    break;
  }
  expect([...staged.artifacts()]).toHaveLength(2);
});
