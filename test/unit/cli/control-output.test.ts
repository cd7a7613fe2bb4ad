/** What the commands that talk to a running program print, and which job they take a word for. */
import { describe, expect, it } from 'vitest';
import { question, result } from '../../../src-main/cli/commands/cache-clear.ts';
import { cacheText } from '../../../src-main/cli/commands/cache-status.ts';
import { browserOpener } from '../../../src-main/cli/commands/open.ts';
import { chooseJob } from '../../../src-main/cli/job-choice.ts';
import { statusJson, statusText } from '../../../src-main/cli/status-view.ts';
import type { Job } from '../../../src-main/ipc/contract.ts';
import { ownCommand } from '../../../src-main/output/own-command.ts';
import { CACHE, JOB, statusOf } from './control-fixture.ts';

const OTHER = { ...JOB, key: 'ffffffff-1', catalogue: '/b.db', name: 'films' };
const NUMBERED = { ...JOB, key: 'ffffffff-2', id: 2, name: '1' };

describe('a job is found', () => {
  const jobs = [JOB, OTHER, NUMBERED, { ...JOB, key: 'ffffffff-3', id: 3, name: '2024' }];

  it('by key, by name, and by a number that only one has', () => {
    expect(chooseJob(jobs, 'ffffffff-1')).toBe(OTHER);
    expect(chooseJob(jobs, 'films')).toBe(OTHER);
    expect(chooseJob(jobs, '2')).toBe(NUMBERED);
    expect(chooseJob(jobs, '2024')?.id).toBe(3);
  });

  it('never by guessing', () => {
    expect(() => chooseJob(jobs, '1')).toThrow(
      '"1" means 2 jobs: 0a1b2c3d-1 (survey, in /a.db), ffffffff-1 (films, in /b.db). Name one by its key.',
    );
    expect(() => chooseJob(jobs, 'Films')).toThrow(
      `There is no job "Films". \`${ownCommand()} status\` lists them.`,
    );
    expect(() => chooseJob([], '1')).toThrow(/no job "1"\. No catalogue that is listed has jobs; /);
    const many = Array.from({ length: 20 }, (_, index) => ({ ...JOB, key: `0000000${index}-1` }));
    expect(() => chooseJob(many, 'survey')).toThrow(/means 20 jobs: .* and 12 more\. Name one/);
  });
});

describe('status', () => {
  it('fits 80 columns, whatever the numbers and names are', () => {
    const wide = {
      ...JOB,
      name: 'a very long name indeed, with much in it',
      state: 'unmounting' as const,
      bytes: 1023.94 * 1024 ** 3,
      cachedBytes: 1023.94 * 1024 ** 2,
    };
    const lines = statusText(statusOf([wide, NUMBERED])).split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.slice(-3)).toEqual([
      'JOB  NAME                STATE           CACHED          OF      READ/S  FETCH/S',
      '  1  a very long name …  unmounting  1023.9 MiB  1023.9 GiB  1023.9 MiB      1 B',
      '  2  1                   unmounted        1 MiB       3 GiB           -        -',
    ]);
  });

  it('counts what is cached at this moment, not when a job last told', () => {
    const jobs = [{ job: OTHER.key, namespace: 'a', name: OTHER.name, bytes: 5 * 1024 ** 2, blocks: 5 }];
    const status = { ...statusOf([JOB, OTHER]), cache: { ...CACHE, jobs } };
    expect(statusText(status)).toMatch(/survey +unmounted +1 MiB .*\n.*films +unmounted +5 MiB /);
    expect(JSON.parse(statusJson(status))).toMatchObject({
      jobs: [{ cachedBytes: 1024 ** 2 }, { cachedBytes: 5 * 1024 ** 2 }],
    });
  });

  it('shows where a job is mounted and what is wrong, and keys where numbers would not do', () => {
    const problem = { code: 'MOUNT_FAILED', sentence: 'It broke.\u001b[2J' };
    const text = statusText(
      statusOf(
        [
          { ...JOB, state: 'mounted' },
          { ...OTHER, state: 'failed', problem },
        ],
        {
          engine: { state: 'restarting', since: 0, restarts: 2, sentence: 'It was killed.' },
          paused: true,
          settingsProblem: 'The file is broken.',
          catalogues: [
            { path: '/c.db', jobs: 0, problem: { code: 'NOT_FOUND', sentence: 'It is not there.' } },
          ],
        },
      ),
    );
    expect(text.split('\n')).toEqual([
      'Orbit GhostFS 1.0.0, process 7, no screen',
      'Engine: restarting, restarted 2 times, fetching is paused: It was killed.',
      'Cache: 1 MiB, no limit',
      'Settings: The file is broken.',
      'Catalogue /c.db: It is not there.',
      '',
      expect.stringMatching(/^ +JOB {2}NAME/),
      expect.stringMatching(/^0a1b2c3d-1 {2}survey {2}mounted/),
      '    /m/survey',
      expect.stringMatching(/^ffffffff-1 {2}films {3}failed/),
      String.raw`    It broke.\x1b[2J`,
    ]);
  });

  it('tells a job whose sources are away or refuse the credentials from one that is well', () => {
    const at = (source: Job['source'], state: Job['state'] = 'mounted'): Job => ({ ...JOB, source, state });
    const text = statusText(statusOf([at('reachable'), at('away'), at('refused'), at('away', 'unmounted')]));
    const states = text.split('\n').flatMap((line) => / survey +(\S+)/.exec(line)?.[1] ?? []);
    expect(states).toEqual(['mounted', 'offline', 'refused', 'unmounted']);
  });

  it('says what to do when there are no jobs, and that the cache is not known without an engine', () => {
    const text = statusText({ ...statusOf([]), cache: undefined });
    expect(text).toMatch(/Cache: not known at the moment\n\nNo jobs\. Add a catalogue on the screen/);
    expect(text).toContain(`\`${ownCommand()} up --catalogue PATH\``);
  });

  it('says that a running engine does not answer, and how often it was started again', () => {
    const engine = { state: 'running', since: 0, restarts: 1, sentence: null } as const;
    const silent = { ...statusOf([], { engine }), cache: undefined, isSilent: true };
    expect(statusText(silent)).toContain('Engine: running but does not answer, restarted once\n');
    expect(JSON.parse(statusJson(silent))).toMatchObject({ engine: { state: 'running', answers: false } });
    // The last of its ends was not followed by a start.
    const failed = { ...engine, state: 'failed', restarts: 5, sentence: 'It ended.' } as const;
    expect(statusText(statusOf([], { engine: failed }))).toContain('failed, restarted 4 times: It ended.');
  });

  it('shows no rates of a job that is not mounted', () => {
    expect(JSON.parse(statusJson(statusOf([JOB])))).toMatchObject({ jobs: [{ readRate: 0, fetchRate: 0 }] });
    expect(statusText(statusOf([JOB]))).toMatch(/3 GiB +- +-$/);
  });

  it('is JSON for programs, with rates', () => {
    const json = JSON.parse(statusJson(statusOf([{ ...JOB, state: 'mounted' }, OTHER]))) as unknown;
    expect(json).toMatchObject({
      version: '1.0.0',
      pid: 7,
      screen: null,
      engine: { state: 'running' },
      cache: { usedBytes: 1024 ** 2, limitBytes: null },
      jobs: [
        { ...JOB, state: 'mounted', fetchRate: 1 },
        { key: OTHER.key, readRate: 0, fetchRate: 0 },
      ],
    });
    expect(JSON.parse(statusJson({ ...statusOf([]), cache: undefined }))).toMatchObject({ cache: null });
  });
});

describe('the cache', () => {
  it('is told with its limit, what can go, and its jobs, the largest first', () => {
    expect(
      cacheText({ ...CACHE, limitBytes: 20 * 1024 ** 3, freeDiskBytes: 5, trouble: 'The disk is full.' }),
    ).toBe(
      `/c
1 MiB in 1 block, limit 20 GiB, 5 B free on its disk
1 MiB can be removed now, 0 B are pinned
The disk is full.

JOB                      SIZE  BLOCKS
gone (no longer listed)  1 MiB       9
survey                   2 KiB       2
survey                   1 KiB       1`.replace('SIZE', ' SIZE'),
    );
    expect(cacheText({ ...CACHE, jobs: [] }).split('\n')).toHaveLength(3);
  });

  it('says what clearing would free, and what it freed', () => {
    expect(question(CACHE, undefined)).toMatch(
      /^This deletes 1 MiB in 1 block of all jobs from the cache\. /,
    );
    expect(question(CACHE, JOB)).toMatch(
      /^This deletes 3 KiB in 3 blocks of survey from the cache\. .*\[y\/N\] $/,
    );
    expect(result({ bytes: 5, blocks: 1 }, { bytes: 0, blocks: 0 })).toBe('Freed 5 B in 1 block.');
    expect(result({ bytes: 0, blocks: 0 }, { bytes: 5, blocks: 2 })).toBe(
      'Freed 0 B in 0 blocks. 5 B in 2 blocks stay: in use, pinned, or fetched meanwhile.',
    );
  });
});

it('a browser is opened only where there is a display', () => {
  expect(browserOpener('linux', {})).toBeUndefined();
  expect(browserOpener('linux', { DISPLAY: '' })).toBeUndefined();
  expect(browserOpener('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe('xdg-open');
  expect(browserOpener('darwin', {})).toBe('open');
});
