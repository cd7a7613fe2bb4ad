/** Which job and path a typed path means: relative, over links, above a mount, mounted or not. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeOf } from '../../../src-main/cli/places.ts';
import type { Job } from '../../../src-main/ipc/contract.ts';
import { JOB } from './control-fixture.ts';

let top: string;
let jobs: readonly Job[];

/** `real/survey` is a mounted job, `real/films` one that is not; `link` leads to `real`. */
beforeAll(() => {
  top = mkdtempSync(join(realpathSync(tmpdir()), 'places-test-'));
  mkdirSync(join(top, 'real', 'survey', 'folder'), { recursive: true });
  mkdirSync(join(top, 'work'));
  symlinkSync('real', join(top, 'link'));
  symlinkSync(join(top, 'link', 'survey', 'folder'), join(top, 'work', 'shortcut'));
  symlinkSync('loop', join(top, 'loop'));
  jobs = [
    { ...JOB, key: 'ffffffff-1', name: 'survey', state: 'mounted', mountPoint: join(top, 'real', 'survey') },
    { ...JOB, key: 'ffffffff-2', name: 'films', mountPoint: join(top, 'link', 'films') },
  ];
});

afterAll(() => rmSync(top, { recursive: true, force: true }));

async function found(typed: string, from = top): Promise<readonly [string, string]> {
  const { job, path } = await placeOf(typed, jobs, from);
  return [job.name, path];
}

describe('a path is found', () => {
  it.each([
    ['real/survey', ['survey', '']],
    ['real/survey/folder/a.bin', ['survey', 'folder/a.bin']],
    ['./real//survey/./folder/', ['survey', 'folder']],
    ['real/survey/folder/../b', ['survey', 'b']],
    ['real/survey/../films/x', ['films', 'x']],
    ['link/survey/folder', ['survey', 'folder']],
    ['work/shortcut/a.bin', ['survey', 'folder/a.bin']],
    ['real/films/never/mounted', ['films', 'never/mounted']],
    ['link/films', ['films', '']],
  ])('%s', async (typed, place) => {
    expect(await found(typed)).toEqual(place);
    expect(await found(join(top, typed), '/')).toEqual(place);
  });

  it('from a folder in the mount', async () => {
    expect(await found('a.bin', join(top, 'link', 'survey', 'folder'))).toEqual(['survey', 'folder/a.bin']);
    expect(await found('..', join(top, 'real', 'survey', 'folder'))).toEqual(['survey', '']);
  });

  it('in the job that is mounted where another would be', async () => {
    const [mounted] = jobs;
    const other = { ...JOB, key: 'ffffffff-3', name: 'other', mountPoint: mounted!.mountPoint };
    for (const both of [
      [other, mounted!],
      [mounted!, other],
    ])
      expect((await placeOf('real/survey', both, top)).job.name).toBe('survey');
  });
});

describe('a path is refused', () => {
  it.each([
    ['real', /^real is not in a job's folder; `.* status` shows where the jobs are mounted\.$/],
    ['real/surveyor', /not in a job's folder/],
    ['/nowhere/at/all', /not in a job's folder/],
    ['loop/a', /^There are too many links on the way to .*loop\.$/],
  ])('%s', async (typed, sentence) => {
    await expect(placeOf(typed, jobs, top)).rejects.toThrow(sentence);
  });
});
