import { expect, test } from 'vitest';
import { catalogue, failure, idOf, openJob, smallTree, type Fixture } from '../catalogue-fixture.ts';

function digested(jobRow: string | undefined, blockSize: number): Fixture {
  const fixture = catalogue();
  smallTree(fixture);
  fixture.database
    .prepare(`INSERT INTO ghost_digests VALUES (1, 'f', ?, 'sha256', ?)`)
    .run(blockSize, Buffer.alloc(32));
  if (jobRow !== undefined)
    fixture.database.exec(`INSERT INTO ghost_job (job_id, block_size) VALUES ${jobRow}`);
  return fixture;
}

test('a job without a block size has that of its digests, which else would verify nothing', () => {
  for (const jobRow of [undefined, '(1, NULL)']) {
    const oracle = openJob(digested(jobRow, 131_072).file);
    expect(oracle.job.blockSize).toBe(131_072);
    expect(oracle.digests(idOf('f'))?.blockSize).toBe(131_072);
  }
  expect(openJob(digested('(1, 65536)', 131_072).file).job.blockSize).toBe(65_536);
});

test('digests of an impossible block size, or of another job, are not mixed in', () => {
  expect(failure(() => openJob(digested(undefined, 100_000).file))).toMatchObject({
    code: 'CATALOGUE_INVALID',
    message: /block size/,
  });
  const fixture = digested(undefined, 131_072);
  fixture.add({ id: 'other', parent: null, dir: true, job: 2 });
  expect(openJob(fixture.file, 2).job.blockSize).toBeUndefined();
});
