/** Folder names made of names that can hold anything. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasKey, jobKey } from '../../../src-main/supervisor/job-keys.ts';
import { assignFolders, folderName } from '../../../src-main/supervisor/mount-names.ts';

describe('folderName', () => {
  test.each([
    ['Far away', 'Far away'],
    ['/home/ann/photos', 'home-ann-photos'],
    ['..', 'job 7'],
    ['', 'job 7'],
    ['-rf', 'rf'],
    ['.hidden', 'hidden'],
    ['a\u202Egpj.exe', 'agpj.exe'],
    ['two\nlines\0', 'two lines'],
    ['  spaces   everywhere  ', 'spaces everywhere'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['日本語', '日本語'],
    ['ends with dots...', 'ends with dots'],
    ['\uD800', 'job 7'],
  ])('%j becomes %j', (name, folder) => {
    expect(folderName({ id: 7, name })).toBe(folder);
  });

  test('is one name that any file system takes, whatever the catalogue holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.nat(), (name, id) => {
        const folder = folderName({ id, name });
        expect(folder).not.toMatch(/[/\\\p{Cc}\p{Cf}]|^[.\s-]|[.\s]$/u);
        expect(Buffer.byteLength(folder)).toBeGreaterThan(0);
        expect(Buffer.byteLength(folder)).toBeLessThanOrEqual(160);
        expect(Buffer.from(folder).toString()).toBe(folder);
      }),
    );
    expect(Buffer.byteLength(folderName({ id: 1, name: '語'.repeat(10_000) }))).toBeLessThanOrEqual(160);
  });
});

describe('assignFolders', () => {
  const one = { key: 'aaaaaaaa-1', id: 1, name: 'photos' };
  const other = { key: 'bbbbbbbb-1', id: 1, name: 'Photos' };

  test('the second of the same name says which it is', () => {
    expect([...assignFolders([one, other], new Map())]).toEqual([
      [one.key, 'photos'],
      [other.key, 'Photos (bbbbbbbb-1)'],
    ]);
  });

  test('who has a name keeps it, whoever comes before it now', () => {
    const before = assignFolders([other], new Map());
    expect(assignFolders([one, other], before).get(other.key)).toBe('Photos');
    expect(assignFolders([one, other], before).get(one.key)).toBe('photos (aaaaaaaa-1)');
  });

  test('no two are the same', () => {
    const name = fc.constantFrom('a', 'A', 'a ', '/a', '', 'job 1', 'a (00000000-1)', 'a (00000000-2)');
    fc.assert(
      fc.property(fc.array(name, { maxLength: 12 }), (names) => {
        const jobs = names.map((text, id) => ({ key: `00000000-${id}`, id, name: text }));
        const folders = [...assignFolders(jobs, new Map()).values()].map((folder) => folder.toLowerCase());
        expect(new Set(folders).size).toBe(jobs.length);
      }),
    );
  });
});

test('a key tells catalogue and number, and fits the contract', () => {
  expect(jobKey('/a/magnetar.db', 12)).toMatch(/^[0-9a-f]{8}-12$/);
  expect(jobKey('/a/magnetar.db', 12)).not.toBe(jobKey('/b/magnetar.db', 12));
  expect([0, 1, 999_999_999_999_999].every(hasKey)).toBe(true);
  expect([-1, 1.5, 1e15, Number.NaN].some(hasKey)).toBe(false);
});
