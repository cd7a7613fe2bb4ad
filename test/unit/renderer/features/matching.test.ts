/** The search for jobs. */
import { expect, it } from 'vitest';
import { matchingJobs } from '../../../../src-renderer/features/jobs/matching.ts';
import type { Job } from '../../../../src-main/ipc/contract.ts';

const job = (name: string, state: Job['state'], source: string): Job => ({
  key: `a1b2c3d4-${name.length}`,
  id: 1,
  catalogue: '/c.db',
  name,
  sources: [source],
  files: 1,
  bytes: 1,
  created: null,
  state,
  mountPoint: `/mnt/${name}`,
  mountedAt: null,
  cachedBytes: 0,
  source: 'reachable',
  problem: null,
});

const JOBS = [job('Tiles', 'mounted', 'https://a.org'), job('Genomes', 'unmounted', 's3://bucket/x')];

it.each([
  ['', ['Tiles', 'Genomes']],
  ['  TILES ', ['Tiles']],
  ['s3: gen', ['Genomes']],
  ['s3: tiles', []],
  ['/mnt/', ['Tiles', 'Genomes']],
])('%j finds %j', (search, names) => {
  expect(matchingJobs(JOBS, search).map(({ name }) => name)).toEqual(names);
});
