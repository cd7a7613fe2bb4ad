import { expect, test } from 'vitest';
import { auditJob, auditSentences } from '../../../../src-main/engine/metadata/magnetar/audit.ts';
import { catalogue, failure } from '../catalogue-fixture.ts';

function counts(file: string, job = 1): Record<string, number> {
  return Object.fromEntries(auditJob(file, job).problems.map(({ kind, count }) => [kind, count]));
}

test('a sound job has nothing to report', () => {
  const fixture = catalogue();
  fixture.add({ id: 'r', parent: null, name: '/', dir: true }, { id: 'f', parent: 'r' });
  const report = auditJob(fixture.file, 1);
  expect(report).toEqual({ file: fixture.file, job: 1, rows: 2, problems: [] });
  expect(auditSentences(report)).toEqual([]);
});

test('every kind of problem is counted once, with examples', () => {
  const fixture = catalogue();
  fixture.add(
    { id: 'r', parent: null, name: '', dir: true },
    { id: 'r again', parent: '', dir: true },
    { id: 'r2', parent: null, dir: true, job: 2 },
    { id: 'd', parent: 'r', dir: true },
    { id: 'f', parent: 'd' },
    { id: 'empty', parent: 'd', name: '' },
    { id: 'dot', parent: 'd', name: '.' },
    { id: 'dots', parent: 'd', name: '..' },
    { id: 'slash', parent: 'd', name: 'a/b' },
    { id: 'nul', parent: 'd', name: 'a\0b' },
    { id: 'long', parent: 'd', name: 'x'.repeat(300) },
    { id: 'huge', parent: 'd', name: 'x'.repeat(100_000) },
    { id: 'latin', parent: 'd', rawName: Buffer.from([0xe9]) },
    { id: 'blob', parent: 'd', name: Buffer.from('blob') },
    { id: null, parent: 'd', name: 'no id' },
    { id: 'negative', parent: 'd', size: -1 },
    { id: 'sizeless', parent: 'd', size: null },
    { id: 'future', parent: 'd', mtime: 2n ** 60n },
    { id: 'timeless', parent: 'd', mtime: null },
    { id: 'twin', parent: 'd', name: 'f' },
    { id: 'orphan', parent: 'gone' },
    { id: 'stranger', parent: 'r2' },
    { id: 'below file', parent: 'f' },
    { id: 'c1', parent: 'c2', dir: true },
    { id: 'c2', parent: 'c1', dir: true },
    { id: 'self', parent: 'self', dir: true },
    { id: 'hidden', parent: 'd', name: 'a/c', dir: true },
    { id: 'below hidden', parent: 'hidden' },
  );
  expect(counts(fixture.file)).toEqual({
    'name-empty': 1,
    'name-dot': 2,
    'name-slash': 2,
    'name-nul': 1,
    'name-too-long': 2,
    'name-not-utf8': 1,
    'name-not-text': 1,
    'id-missing': 1,
    'size-invalid': 2,
    'mtime-invalid': 2,
    'duplicate-name': 1,
    'extra-root': 1,
    orphan: 1,
    'foreign-parent': 1,
    'child-of-file': 1,
    unreachable: 4,
  });
  const sentences = auditSentences(auditJob(fixture.file, 1));
  expect(sentences).toContain(
    `In job 1 of ${fixture.file} 1 row is out of reach, because no directory of that id exists: "orphan" ("orphan").`,
  );
  expect(sentences.find((sentence) => sentence.includes('"nul"'))).toMatch(/NUL byte/);
  expect(Math.max(...sentences.map((sentence) => sentence.length))).toBeLessThan(1_000);
  expect(counts(fixture.file, 2)).toEqual({});
});

test('a job without rows or root is audited too, and examples are few', () => {
  const fixture = catalogue();
  fixture.add(...Array.from({ length: 20 }, (_, n) => ({ id: `o${n}`, parent: 'gone' })));
  const report = auditJob(fixture.file, 1);
  expect(report.problems).toEqual([{ kind: 'orphan', count: 20, examples: expect.any(Array) }]);
  expect(report.problems[0]?.examples.length).toBe(5);
  expect(auditSentences(report)[0]).toMatch(/20 rows are .*, …\.$/);
  expect(auditJob(fixture.file, 9)).toMatchObject({ rows: 0, problems: [] });
});

test('rows that share a key are counted where nothing forbids them', () => {
  const fixture = catalogue('CREATE TABLE artifacts (id, job_id, parent_id, name, size, is_dir, mtime)');
  fixture.add({ id: 'r', parent: null, dir: true }, { id: 'x', parent: 'r' }, { id: 'x', parent: 'r' });
  expect(counts(fixture.file)).toEqual({ 'id-duplicate': 1 });
});

test('a long cycle below a large directory ends', () => {
  const fixture = catalogue();
  fixture.database.exec(`
    INSERT INTO artifacts (id, job_id, parent_id, name, size, is_dir, mtime) VALUES ('r', 1, NULL, '', 0, 1, 0);
    INSERT INTO artifacts (id, job_id, parent_id, name, size, is_dir, mtime)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      SELECT 'f' || i, 1, 'r', 'f' || i, 0, 0, 0 FROM n UNION ALL
      SELECT 'c' || i, 1, 'c' || (i % 20000 + 1), 'c', 0, 1, 0 FROM n;
  `);
  expect(counts(fixture.file)).toEqual({ unreachable: 20_000 });
}, 60_000);

test('a locked catalogue is busy', () => {
  const fixture = catalogue();
  fixture.database.exec('BEGIN EXCLUSIVE');
  expect(failure(() => auditJob(fixture.file, 1))).toMatchObject({ code: 'CATALOGUE_BUSY' });
});
