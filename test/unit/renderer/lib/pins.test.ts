/** Which pin keeps a file or folder, and how it reads on the screen. */
import { describe, expect, it } from 'vitest';
import type { Pin } from '../../../../src-main/ipc/contract.ts';
import { pinsOfJob, pinText } from '../../../../src-renderer/lib/pins.ts';

const MIB = 1024 ** 2;
const PIN: Pin = {
  job: 'ffffffff-1',
  namespace: 'a',
  name: 'survey',
  path: 'films',
  kind: 'directory',
  files: 3,
  bytes: 4 * MIB,
  cachedBytes: MIB,
  state: 'fetching',
  reason: null,
};

describe('pins of a job', () => {
  const pins = pinsOfJob(
    [PIN, { ...PIN, path: 'a/b.bin' }, { ...PIN, job: 'ffffffff-2', path: '' }],
    PIN.job!,
  );

  it.each([
    ['films', 'itself'],
    ['films/new/b.bin', 'with-folder'],
    ['filmsy', undefined],
    ['a', undefined],
    ['a/b.bin', 'itself'],
    ['a/b.bin2', undefined],
    ['', undefined],
  ])('mark %j as %s', (path, mark) => {
    expect(pins.markOf(path)).toBe(mark);
  });

  it('keep everything where the job as a whole is pinned', () => {
    const whole = pinsOfJob([{ ...PIN, path: '' }], PIN.job!);
    expect(whole.keeping('any/thing')?.path).toBe('');
    expect([whole.markOf(''), whole.markOf('any')]).toEqual(['itself', 'with-folder']);
    expect(pinsOfJob([], PIN.job!).keeping('any')).toBeUndefined();
  });
});

describe('a pin reads', () => {
  it.each<[Partial<Pin>, string]>([
    [{}, '3 files, 1.0 MiB of 4.0 MiB cached. The rest is being fetched.'],
    [{ kind: 'file' }, '1.0 MiB of 4.0 MiB cached. The rest is being fetched.'],
    [{ state: 'kept', cachedBytes: 4 * MIB }, '3 files, all of 4.0 MiB cached.'],
    [{ state: 'waiting', reason: 'It is away.' }, '3 files, 1.0 MiB of 4.0 MiB cached. It is away.'],
  ])('%j', (change, text) => {
    expect(pinText({ ...PIN, ...change })).toBe(text);
  });
});
