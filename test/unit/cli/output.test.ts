/** What the commands print: tables, sentences, progress. */
import { describe, expect, it } from 'vitest';
import { ownCommand, shellQuoted } from '../../../src-main/output/own-command.ts';
import { jobsJson, jobsText } from '../../../src-main/cli/commands/jobs.ts';
import {
  exitCodeFor,
  resultJson,
  resultSentence,
  skippedLines,
} from '../../../src-main/cli/commands/publish.ts';
import { formatBytes } from '../../../src-main/output/format.ts';
import { progressText } from '../../../src-main/cli/progress.ts';
import { renderTable } from '../../../src-main/cli/table.ts';
import { defaultName } from '../../../src-main/engine/publish/default-name.ts';
import type { JobSummary } from '../../../src-main/engine/publish/jobs.ts';

const JOB: JobSummary = {
  id: 12,
  name: 'pictures',
  sources: ['http://ann:pw@h.example/p?token=t0k', '/srv/p'],
  files: 10_000,
  directories: 4,
  bytes: 3 * 1024 ** 3,
  blockSize: 1024 ** 2,
  created: '2024-01-01 00:00:00',
};

describe('jobs', () => {
  it('are an aligned table', () => {
    const other = { ...JOB, id: 3, name: '', sources: [], blockSize: undefined, bytes: 5 };
    expect(jobsText([other, JOB], 'c.db').split('\n')).toEqual([
      'ID  NAME       FILES   SIZE  BLOCK  SOURCES',
      ' 3  -         10,000    5 B      -  -',
      '12  pictures  10,000  3 GiB  1 MiB  http://h.example/p?..., /srv/p',
    ]);
  });

  it('say so when there are none', () => {
    expect(jobsText([], 'c.db')).toBe(
      `The catalogue c.db has no jobs yet; \`${ownCommand()} publish\` adds one.`,
    );
    expect(JSON.parse(jobsJson([]))).toEqual([]);
  });

  it('are JSON with null for what is unknown, and without credentials', () => {
    const [job] = JSON.parse(jobsJson([{ ...JOB, blockSize: undefined, created: undefined }])) as unknown[];
    expect(job).toEqual({
      ...JOB,
      blockSize: null,
      created: null,
      sources: ['http://h.example/p?...', '/srv/p'],
    });
  });
});

describe('renderTable', () => {
  it('keeps absurd cells from spoiling it', () => {
    const table = renderTable(
      [
        { title: 'A', align: 'left' },
        { title: 'B', align: 'left' },
      ],
      [
        ['x'.repeat(10_000), 'end'],
        ['\x1b[2J\n', '👩‍🚀é'],
      ],
    );
    const [head, long, strange] = table.split('\n');
    expect(head).toBe(`A${' '.repeat(61)}B`);
    expect(long).toBe(`${'x'.repeat(59)}…  end`);
    expect(strange).toBe(`${String.raw`\x1b[2J\n`.padEnd(62)}👩‍🚀é`);
  });
});

describe('publish', () => {
  const result = {
    jobId: 4,
    files: 1,
    directories: 1,
    bytes: 1536,
    blockSize: 65_536,
    contentId: 'x',
    skipped: [],
    skippedCount: 0,
    failedCount: 0,
  };

  it('tells its result as a sentence or as one line of JSON', () => {
    expect(resultSentence(result, 'c.db')).toBe('Published job 4 in c.db: 1 file, 1.5 KiB.');
    expect(resultSentence({ ...result, files: 10_000 }, 'c.db')).toContain('10,000 files');
    expect(resultJson(result)).toBe('{"jobId":4,"files":1,"bytes":1536}');
  });

  it('fails when a file could not be read, not when one was left out', () => {
    expect(exitCodeFor({ failedCount: 1 })).toBe(1);
    expect(exitCodeFor(result)).toBe(0);
  });

  it('lists the first twenty it left out, and counts the rest', () => {
    const skipped = Array.from({ length: 30 }, (_, index) => ({
      path: `p${index}`,
      reason: 'it is a socket',
    }));
    const lines = skippedLines({ skipped, skippedCount: 1_234 });
    expect(lines).toHaveLength(22);
    expect(lines.slice(0, 2)).toEqual(['Left out (1,234):', '  p0: it is a socket']);
    expect(lines.at(-1)).toBe('  and 1,214 more');
    expect(skippedLines({ skipped: skipped.slice(0, 1), skippedCount: 1 })).toHaveLength(2);
    expect(skippedLines({ skipped: [], skippedCount: 0 })).toEqual([]);
  });

  it.each([
    ['/srv/pictures/', 'pictures'],
    ['relative/deep', 'deep'],
    ['/', '/'],
    ['file:///srv/a%20b/', 'a b'],
    ['http://h.example/tree/', 'tree'],
    ['http://h.example/', 'h.example'],
    ['http://h.example/%zz', '%zz'],
  ])('names the job of %s %j', (directory, name) => {
    expect(defaultName(directory)).toBe(name);
  });
});

describe('progressText', () => {
  const reading = {
    phase: 'reading',
    path: 'x',
    files: 5,
    totalFiles: 10,
    bytes: 512,
    totalBytes: 2048,
  } as const;

  it('counts while listing', () => {
    const listing = { ...reading, phase: 'listing', totalFiles: undefined, totalBytes: undefined } as const;
    expect(progressText(listing, Number.NaN)).toBe('Listing: 5 files, 512 B');
  });

  it('draws the part of the bytes that is read', () => {
    expect(progressText(reading, 11.2)).toBe(
      '[=====---------------] 25 %, 512 B of 2 KiB, 5 of 10 files, 12 s left',
    );
  });

  it('goes by files where the bytes are unknown', () => {
    expect(progressText({ ...reading, totalBytes: undefined }, Infinity)).toBe(
      '[==========----------] 50 %, 512 B, 5 of 10 files',
    );
  });

  it('is complete for a tree of empty files, and never more than complete', () => {
    expect(progressText({ ...reading, bytes: 0, totalBytes: 0 }, 0)).toContain('100 %');
    expect(progressText({ ...reading, bytes: 4096 }, 0)).toContain('[====================] 100 %');
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [15.1, '15 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1_048_575, '1 MiB'],
    [1.55 * 1024 ** 3, '1.6 GiB'],
    [Number.MAX_SAFE_INTEGER, '8 PiB'],
  ])('shows %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('shellQuoted', () => {
  it.each([
    ['/home/ann/x-1.bin', '/home/ann/x-1.bin'],
    ['/home/ann b/$x', "'/home/ann b/$x'"],
    ["it's", String.raw`'it'\''s'`],
  ])('writes %s as %s', (text, quoted) => {
    expect(shellQuoted(text)).toBe(quoted);
  });
});
