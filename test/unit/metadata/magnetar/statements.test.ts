import { expect, test } from 'vitest';
import { digestsSql } from '../../../../src-main/engine/metadata/magnetar/digest-reader.ts';
import { JOB_SQL } from '../../../../src-main/engine/metadata/magnetar/job-description.ts';
import {
  navigationSql,
  plansToIndexes,
  populatedSql,
  queryPlan,
  totalsSql,
} from '../../../../src-main/engine/metadata/magnetar/statements.ts';
import { catalogue } from '../catalogue-fixture.ts';

const scope = { table: 'main.artifacts', job: 1, utf8: true };
const all = {
  ...navigationSql(scope),
  totals: totalsSql(scope),
  populated: populatedSql(scope),
  digests: digestsSql(1),
  ...JOB_SQL,
};

test.each(Object.entries(all))('%s uses an index and no sort on the full schema', (_name, sql) => {
  const { database } = catalogue();
  const plan = queryPlan(database, sql);
  expect(plan.length).toBeGreaterThan(0);
  expect(
    plan.filter(
      (step) =>
        !/^SEARCH \w+(\.\w+)? USING (COVERING )?(INDEX \w+|INTEGER PRIMARY KEY) \(\w+=\?|^CORRELATED SCALAR SUBQUERY \d$/.test(
          step,
        ),
    ),
  ).toEqual([]);
});

test('a listing goes on from an ordinal inside the index on parent_id', () => {
  const { database } = catalogue();
  expect(queryPlan(database, all.page)[0]).toMatch(/idx_artifacts_parent_id \(parent_id=\? AND rowid>\?.*\)/);
});

test('a plan that reads the whole table or sorts is recognised', () => {
  const { database } = catalogue();
  expect(plansToIndexes(database, 'SELECT * FROM artifacts WHERE size = ?')).toBe(false);
  expect(plansToIndexes(database, 'SELECT * FROM artifacts WHERE job_id = ? ORDER BY mtime')).toBe(false);
  expect(plansToIndexes(database, 'SELECT * FROM artifacts WHERE rowid > ?')).toBe(false);
  expect(plansToIndexes(database, 'SELECT * FROM artifacts WHERE id = ?')).toBe(true);
});
