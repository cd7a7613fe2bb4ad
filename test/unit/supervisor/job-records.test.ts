/** What stands on a job's record of its sources, and what clears it. */
import { expect, it } from 'vitest';
import { jobKey } from '../../../src-main/supervisor/job-keys.ts';
import { JobRecords } from '../../../src-main/supervisor/job-records.ts';

const AWAY = { code: 'SOURCE_UNREACHABLE', sentence: 'It is away.' };
const LATE = { code: 'TIMEOUT', sentence: 'It took too long.' };
const CORRUPT = { code: 'BLOCK_CORRUPT', sentence: 'It is corrupt.' };
const database = '/catalogue.db';
const key = jobKey(database, 1);

/** A job that is mounted, and what is shown of it. */
function mounted() {
  const records = new JobRecords();
  const listed = { id: 1, name: 'one', sources: [], files: 1, bytes: 1, created: undefined, cachedBytes: 0 };
  records.list([{ catalogue: database, database, jobs: [listed] }]);
  records.move(key, 'mounting');
  records.move(key, 'mounted');
  const shown = () => {
    const { source, problem } = records.shown(records.get(key), '/mnt');
    return { source, problem };
  };
  return { records, shown };
}

const WELL = { source: 'reachable', problem: null };

it('a problem of the source is gone when the source is back', () => {
  const { records, shown } = mounted();
  records.noteSource(key, 'away', AWAY);
  expect(shown()).toEqual({ source: 'away', problem: AWAY });
  // One of the reads that fail for it says less.
  records.note(key, { problem: LATE });
  records.note(key, { cachedBytes: 5 });
  expect(shown()).toEqual({ source: 'away', problem: AWAY });
  records.noteSource(key, 'reachable', undefined);
  expect(shown()).toEqual(WELL);
});

it('a read that was too late counts until a block comes', () => {
  const { records, shown } = mounted();
  records.note(key, { problem: LATE });
  expect(shown()).toEqual({ source: 'reachable', problem: LATE });
  records.noteSource(key, 'reachable', undefined);
  expect(shown()).toEqual(WELL);
});

it('a problem of another kind stays', () => {
  const { records, shown } = mounted();
  records.note(key, { problem: CORRUPT });
  records.noteSource(key, 'away', AWAY);
  expect(shown()).toEqual({ source: 'away', problem: AWAY });
  records.noteSource(key, 'reachable', undefined);
  expect(shown()).toEqual({ source: 'reachable', problem: CORRUPT });
});

it('nothing is known of the sources of a job that is not mounted', () => {
  const { records, shown } = mounted();
  records.noteSource(key, 'refused', AWAY);
  records.move(key, 'unmounting');
  records.move(key, 'mounted');
  expect(shown().source).toBe('refused');
  records.move(key, 'unmounting');
  records.move(key, 'unmounted');
  expect(shown()).toEqual(WELL);
  records.noteSource(key, 'away', AWAY);
  expect(shown()).toEqual(WELL);
});

it('what an engine told while it mounted holds for the mount, what the one before told does not', () => {
  const { records, shown } = mounted();
  records.noteSource(key, 'refused', AWAY);
  records.move(key, 'mounting');
  expect(shown()).toEqual(WELL);
  records.noteSource(key, 'away', AWAY);
  records.move(key, 'mounted', { problem: undefined });
  expect(shown()).toEqual({ source: 'away', problem: AWAY });
});
